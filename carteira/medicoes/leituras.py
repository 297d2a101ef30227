"""O que as pessoas esperam: páginas da lista, a composição e a prévia de uma regra, cada uma ao lado do SQL puro."""

import re
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import connection
from django.test import Client

from atividade.models import Indicadores
from atividade.previa import Rascunho, previa
from atividade.regras import MESES, Periodo, Regra
from carteira.medicoes import dados
from carteira.medicoes.custo import Custo, medir
from contas.models import Empresa, Equipe, Papel, Usuario
from relatorios.composicao import DIMENSOES, Recorte, agrupar, linhas
from relatorios.evolucao import evolucao
from relatorios.passado import Leitura, Passado

Custos = dict[str, list[Custo]]
Trabalho = Callable[[], Any]
FUNDO = 40  # páginas que o cursor já andou
_MAIS = re.compile(r'hx-get="([^"]+)" hx-target="#mais"')
# A página que o produto mostra: as chaves na ordem, e só depois as linhas delas.
_PAGINA = """
WITH chaves AS (SELECT i.cliente_id, {ordem} AS chave FROM atividade_indicadores i
                 WHERE {filtro} ORDER BY chave DESC, i.cliente_id LIMIT 51)
SELECT i.*, c.razao_social FROM chaves
  JOIN atividade_indicadores i USING (cliente_id) JOIN clientes_cliente c ON c.id = cliente_id
 ORDER BY chave DESC, cliente_id
"""


def medir_tudo(empresa: Empresa, vezes: int, dizer: Callable[[str], None]) -> Custos:
    """Cada leitura e o seu chão, intercalados; uma vez antes, para aquecer."""
    custos: Custos = defaultdict(list)
    trabalhos = {**_paginas(empresa), **_composicao(empresa), **_previa(empresa)}
    for fazer in trabalhos.values():
        fazer()
    for _ in range(vezes):
        for nome, fazer in trabalhos.items():
            custos[nome].append(medir(fazer))
    dizer(f"  leituras, {vezes} vezes cada uma")
    return custos


def quantos(empresa: Empresa) -> dict[str, int]:
    """O tamanho do que cada leitura lê, para a tabela dizer."""
    return {
        "lista": Indicadores.objects.visiveis_para(_vendedor()).count(),
        "composicao": Indicadores.objects.visiveis_para(_gestor()).count(),
        "previa": Indicadores.objects.filter(empresa=empresa).count(),
    }


def _vendedor() -> Usuario:
    return Usuario.objects.filter(papel=Papel.VENDEDOR).earliest("pk")


def _gestor() -> Usuario:
    """Gere duas das dez equipes: um quinto da carteira."""
    gestor = Usuario.objects.filter(papel=Papel.GESTOR).earliest("pk")
    for equipe in Equipe.objects.order_by("pk")[:2]:
        equipe.gestores.add(gestor)
    return gestor


# ── Páginas da lista ─────────────────────────────────────────────────────────


def _paginas(empresa: Empresa) -> dict[str, Trabalho]:
    """A primeira página e uma funda, de quem tem carteira própria e de quem vê a empresa inteira."""
    vendedor, admin = _vendedor(), Usuario.objects.filter(papel=Papel.ADMIN).earliest("pk")
    trabalhos: dict[str, Trabalho] = {}
    da_empresa = f"i.empresa_id = {empresa.pk:d}"
    for nome, pessoa, filtro, ordem in (
        (
            "vendedor",
            vendedor,
            f"{da_empresa} AND i.vendedor_id = {vendedor.pk:d}",
            "coalesce(i.valor_12m, i.valor_12m)",
        ),
        ("admin", admin, da_empresa, "i.valor_12m"),
    ):
        navegador = Client(SERVER_NAME="localhost")
        navegador.force_login(pessoa, backend="django.contrib.auth.backends.ModelBackend")
        primeira = "/clientes/?ordem=-valor&por=50"
        funda = _andar(navegador, primeira)
        trabalhos[f"pagina_{nome}_sql"] = lambda f=filtro, o=ordem: _sql(_PAGINA.format(filtro=f, ordem=o))
        trabalhos[f"pagina_{nome}"] = lambda n=navegador, e=primeira: _pedir(n, e)
        trabalhos[f"funda_{nome}"] = lambda n=navegador, e=funda: _pedir(n, e, "mais")
        if pessoa == admin:  # a carteira de um vendedor conta-se na própria página
            trabalhos[f"contagens_{nome}"] = lambda n=navegador, e=primeira: _pedir(n, e, "contagens")
    return trabalhos


def _andar(navegador: Client, endereco: str) -> str:
    """O endereço da página que está FUNDO páginas adiante, ou da última."""
    for _ in range(FUNDO):
        achado = _MAIS.search(_pedir(navegador, endereco, "mais" if "apos=" in endereco else "lista"))
        if not achado:
            break
        endereco = "/clientes/" + unescape(achado[1])
    return endereco


def _pedir(navegador: Client, endereco: str, alvo: str = "lista") -> str:
    resposta = navegador.get(endereco, headers={"HX-Request": "true", "HX-Target": alvo})
    if resposta.status_code != 200:
        raise RuntimeError(f"{endereco} respondeu {resposta.status_code}")
    return str(resposta.content.decode())


def _sql(sql: str, valores: Any = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, valores)
        return list(cursor.fetchall())


# ── Composição e prévia ──────────────────────────────────────────────────────


def _composicao(empresa: Empresa) -> dict[str, Trabalho]:
    gestor, hoje = _gestor(), empresa.referencia
    assert hoje is not None
    ontem: date = hoje - relativedelta(months=8)
    return {
        "composicao_viva": lambda: agrupar(linhas(gestor, Recorte()), DIMENSOES["segmento"]),
        "composicao_retratos": lambda: evolucao(gestor, Recorte(), dados.HOJE, meses=1),
        "composicao_passada": lambda: Passado(gestor, Recorte(), [empresa], Leitura(ontem), hoje).somas(
            DIMENSOES["segmento"], valores=False
        ),
    }


def _previa(empresa: Empresa) -> dict[str, Trabalho]:
    rascunho = Rascunho(empresa, Regra(Periodo(18, MESES), Periodo(6, MESES)))
    return {"previa": lambda: previa(rascunho, referencia=empresa.referencia)}
