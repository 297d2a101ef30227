"""Para onde leva cada número de um relatório: o relatório diz o lugar e os parâmetros, e aqui mora a URL."""

from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from carteira.ver_como import PERMITIDAS
from carteira.web.recorte import elo_da_lista
from contas.models import Usuario
from contas.papeis import pode
from relatorios.base import Elo
from relatorios.catalogo import achar
from relatorios.composicao import Recorte

# O lugar que o relatório nomeia e a rota; os que precisam de `pk` o levam no caminho.
LUGARES = {
    "cliente": "clientes:ficha",
    "relatorio": "relatorios:pagina",
    "risco": "risco:pagina",
    "painel": "painel:painel",
    "positivacao": "positivacao:pagina",
    "mapa": "clientes:mapa",
    "retorno": "retorno:pagina",
    "fornecedores": "fornecedores:lista",
    "fornecedor": "fornecedores:ficha",
    "lista": "listas:abrir",
    "plano": "credito:plano",
    "mudancas": "composicao:mudancas",
    "na_data": "composicao:clientes",
    "migracao": "migracao:nomes",
    "eventos": "migracao:eventos",
    "contatos_um_a_um": "resultados:registros",
    "resultados_clientes": "resultados:clientes",
}


def url_do_elo(elo: Elo, recorte: Recorte, usuario: Usuario) -> str:
    """Vazia, quando aquela página não se abre à pessoa: não é do papel dela, ou ela olha como outra."""
    if elo.lugar == "clientes":
        return elo_da_lista(recorte, **{k: _texto(v) for k, v in elo.parametros.items()})
    rota = LUGARES[elo.lugar]
    if usuario.olhado_por and rota not in PERMITIDAS:
        return ""
    if elo.lugar == "relatorio" and not _ve_o_relatorio(usuario, str(elo.pk)):
        return ""
    caminho = reverse(rota, args=[] if elo.pk is None else [elo.pk])
    consulta = urlencode({k: _texto(v) for k, v in elo.parametros.items()}, doseq=True)
    return f"{caminho}?{consulta}" if consulta else caminho


def _ve_o_relatorio(usuario: Usuario, chave: str) -> bool:
    relatorio = achar(chave)
    return relatorio is not None and pode(usuario, relatorio.permissao)


def _texto(valor: Any) -> Any:
    return valor if isinstance(valor, str) else [str(v) for v in valor] if _varios(valor) else str(valor)


def _varios(valor: Any) -> bool:
    return isinstance(valor, list | tuple | set | frozenset)
