"""A ordem da fila numa data qualquer: p, valor em 12 meses, perda esperada e chance de ainda ser cliente.

Tudo é reajustado para a data, só com pedidos até ela: nenhuma rodada é usada nem escrita.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import connection, transaction

from atividade.formula_sql import em_sql
from atividade.prioridade import P
from atividade.probabilidade.calibracao import calibrar, literais
from atividade.probabilidade.expressoes import P_VIVO
from atividade.probabilidade.formulas import DIAS_NA_SEMANA
from atividade.probabilidade.janelas import Janelas, medir_em
from clientes.importacao.rejeitadas import neutralizar
from contas.models import Empresa

CABECALHO = ["cliente_codigo", "p", "valor_12m", "perda_esperada", "p_vivo"]
_LOTE = 5000
_MEDIDAS = {"n": "l.n", "r": "l.r", "tx": "l.tx"}
_P = em_sql(P, **_MEDIDAS, m0="%(m0)s::float8", b0="%(b0)s::float8", s="%(s)s::float8")
_CONSULTA = """
SELECT c.codigo, j.p, j.valor_12m, j.p * j.valor::float8, j.p_vivo
  FROM (SELECT l.*, {p} AS p, {p_vivo} AS p_vivo
          FROM (SELECT cliente_id, valor_12m, dias_de_compra AS n,
                       CASE WHEN valor_12m = 0 THEN valor_ano_ativo ELSE valor_12m END AS valor,
                       %(referencia)s::date - ultima_compra AS r, ultima_compra - primeira_compra AS tx
                  FROM ({linhas}) x WHERE dias_de_compra >= 2) l) j
  JOIN clientes_cliente c ON c.id = j.cliente_id
 ORDER BY c.codigo"""


def prioridade(empresas: list[Empresa], data: date, hoje: date) -> Iterator[list[str]]:
    """Para máquinas, como `indicadores`: ponto decimal, em ordem de código."""
    varias = len(empresas) > 1
    yield [*CABECALHO, *(["empresa"] if varias else [])]
    for empresa in empresas:
        for linha in _da_empresa(empresa, data, hoje):
            yield [*linha, *([empresa.codigo] if varias else [])]


def _da_empresa(empresa: Empresa, data: date, hoje: date) -> Iterator[list[str]]:
    p_vivo = _p_vivo(empresa, data)
    with transaction.atomic(), connection.cursor() as cursor:
        calibracao = calibrar(Janelas(empresa, hoje, cursor), data)
        rodada, linhas = medir_em(empresa, data, hoje, cursor)
        rodada.valores |= {"b0": calibracao.b0, "s": calibracao.s}
        # Cursor no servidor: a memória não cresce com a carteira.
        with connection.chunked_cursor() as leitura:
            leitura.execute(_CONSULTA.format(p=_P, p_vivo=p_vivo, linhas=linhas), rodada.valores)
            while lote := leitura.fetchmany(_LOTE):
                yield from map(_linha, lote)


def _linha(fato: tuple[Any, ...]) -> list[str]:
    codigo, p, valor, perda, vivo = fato
    return [
        neutralizar(codigo),
        f"{p:.8f}",
        f"{valor:.2f}",
        f"{perda:.4f}",
        "" if vivo is None else f"{vivo:.8f}",
    ]


def _p_vivo(empresa: Empresa, data: date) -> str:
    """A fórmula do modelo mais verossímil na data, ou nulo se nenhum foi aceito."""
    from atividade.probabilidade.ajuste import ajustar_todos, escolher
    from atividade.probabilidade.estatisticas import estatisticas

    escolhido = escolher(ajustar_todos(estatisticas(empresa, data), DIAS_NA_SEMANA).values())
    if escolhido is None:
        return "NULL::float8"
    return em_sql(P_VIVO, **_MEDIDAS, **literais(escolhido.parametros))
