"""Giro e positivação em planilha: a tabela da tela, e os nomes atrás de um número."""

from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import path

from atividade.giro import Tocado
from atividade.rotulos import NOMES
from carteira.positivacao import Linha
from carteira.web.acesso import exige
from carteira.web.planilha import responder_planilha
from carteira.web.positivacao import ABAS, Nomes, Pedido, linhas_da_tabela
from contas.auditoria import registrar
from contas.papeis import Permissao
from relatorios.planilhas import Coluna

COLUNAS = (
    Coluna("Quem", largura=28),
    Coluna("O quê", largura=12),
    Coluna("De", "data"),
    Coluna("Até", "data"),
    Coluna("Clientes no primeiro dia", "inteiro"),
    Coluna("Contatados", "inteiro"),
    Coluna("Giro %", "decimal2"),
    Coluna("Giro % anterior", "decimal2"),
    Coluna("Meta de giro %", "decimal2"),
    Coluna("Ritmo da meta de giro %", "decimal2"),
    Coluna("Compraram", "inteiro"),
    Coluna("Positivação %", "decimal2"),
    Coluna("Positivação % anterior", "decimal2"),
    Coluna("Meta de positivação %", "decimal2"),
    Coluna("Ritmo da meta de positivação %", "decimal2"),
    Coluna("Intocados", "inteiro"),
)


def _celulas(linha: Linha, o_que: str) -> list[Any]:
    medidas = []
    for m in linha.medidas:
        partes = (m.porcento, m.antes, m.meta, m.ritmo)
        medidas += [m.tocados, *(None if parte is None else round(parte, 2) for parte in partes)]
    visto = linha.d.periodo.visto
    return [linha.rotulo, o_que, visto.de, visto.ate, linha.clientes, *medidas, linha.intocados]


def linhas_da_planilha(pedido: Pedido) -> Iterator[list[Any]]:
    total, equipes, vendedores = linhas_da_tabela(pedido)
    for linhas, o_que in ((equipes, "Equipe"), (vendedores, "Vendedor"), ([total], "Total")):
        yield from (_celulas(linha, o_que) for linha in linhas)


@exige(Permissao.VER_CARTEIRAS, Permissao.EXPORTAR)
def exportar(request: HttpRequest) -> HttpResponseBase:
    """A tabela da tela; quem exportou, quando e de quem fica na auditoria."""
    pedido = Pedido(request.user, request.GET)
    formato = _registrar(request, "exportar positivação", pedido)
    nome = f"positivacao-{pedido.periodo.visto.de}-{pedido.periodo.visto.ate}"
    return responder_planilha(formato, nome, COLUNAS, linhas_da_planilha(pedido), aba="Positivação")


@exige(Permissao.VER_CARTEIRAS, Permissao.EXPORTAR)
def exportar_nomes(request: HttpRequest) -> HttpResponseBase:
    pedido = Pedido(request.user, request.GET)
    achados = Nomes(pedido)
    formato = _registrar(request, "exportar nomes da positivação", pedido)
    colunas = (
        Coluna("Código", largura=12),
        Coluna("Cliente", largura=36),
        Coluna("Vendedor no primeiro dia", largura=26),
        Coluna("Situação"),
        Coluna("Contatado em", "data"),
        Coluna("Comprou em", "data"),
        Coluna("R$ em 12 meses", "moeda", 18),
    )
    linhas = (_do_nome(ind, *achados.de(ind)) for ind in achados.clientes().iterator(chunk_size=2000))
    nome = f"positivacao-{achados.quais.value}-{pedido.periodo.visto.de}-{pedido.periodo.visto.ate}"
    return responder_planilha(formato, nome, colunas, linhas, aba=ABAS[achados.quais])


def _do_nome(ind: Any, tocado: Tocado, dono: str) -> list[Any]:
    cliente = ind.cliente
    dias = [tocado.contato, tocado.compra]
    return [cliente.codigo, cliente.nome, dono, NOMES[ind.status], *dias, ind.valor_12m]


def _registrar(request: HttpRequest, acao: str, pedido: Pedido) -> str:
    formato = "xlsx" if request.GET.get("formato") == "xlsx" else "csv"
    registrar(
        acao,
        por=request.user,
        objeto=f"{pedido.periodo.nome} ({formato})",
        depois={"de quem": pedido.de_quem or "todos"},
    )
    return formato


urlpatterns = [
    path("exportar/", exportar, name="exportar"),
    path("clientes/exportar/", exportar_nomes, name="exportar_nomes"),
]
