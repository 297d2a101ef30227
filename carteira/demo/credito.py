"""Scores e restrições da demonstração: função da semente e do código do cliente, mês a mês, como o birô os mandaria.

Uma partida mais tarde só acrescenta os meses que faltam e as baixas que venceram.
"""

from datetime import date
from typing import Any

from django.db import connection

from contas.models import Empresa

FONTE, CARTORIO = "Serasa", "Cartório"
MESES = 6


def _sorte(chave: str) -> str:
    """Número em [0, 1) tirado de um texto: igual em qualquer versão do PostgreSQL."""
    return f"(('x' || substr(md5({chave} || %(semente)s), 1, 7))::bit(28)::int / 268435456.0)"


# Sete em dez clientes têm score; o de cada mês passeia em volta do seu, e uns poucos sobem ou descem de faixa.
_SCORES = f"""
INSERT INTO clientes_scoredecredito (empresa_id, cliente_id, fonte, em, valor, criado_em, atualizado_em)
SELECT c.empresa_id, c.id, %(fonte)s, dia, greatest(0, least(1000, round(
           250 + 600 * {_sorte("'score' || c.codigo")} + 110 * ({_sorte("c.codigo || dia")} - 0.5)))),
       dia + interval '9 hours', dia + interval '9 hours'
FROM clientes_cliente c
CROSS JOIN (SELECT (date_trunc('month', %(hoje)s::date) - make_interval(months => n) + interval '4 days')::date AS dia
            FROM generate_series(0, %(meses)s - 1) n) meses
WHERE c.empresa_id = %(empresa)s AND dia <= %(hoje)s AND {_sorte("'tem' || c.codigo")} < 0.7
ON CONFLICT DO NOTHING
"""
# Um em doze teve um protesto ou uma pendência nos últimos meses; dois em três já os baixaram, umas semanas depois.
_RESTRICOES = f"""
INSERT INTO clientes_restricaodecredito (empresa_id, cliente_id, fonte, tipo, em, numero, valor, baixada_em, descricao,
                                         criado_em, atualizado_em)
SELECT empresa_id, id, CASE WHEN tipo = 'protesto' THEN %(cartorio)s ELSE %(fonte)s END, tipo, em, 'D' || codigo,
       round((180 + 4200 * {_sorte("'valor' || codigo")})::numeric, 2), NULL, '',
       em + interval '9 hours', em + interval '9 hours'
FROM (SELECT c.id, c.empresa_id, c.codigo, (%(base)s::date - (12 + 330 * {_sorte("'em' || c.codigo")})::int) AS em,
             (ARRAY['pendencia', 'protesto', 'pendencia', 'acao', 'cheque'])
                 [1 + (5 * {_sorte("'tipo' || c.codigo")})::int %% 5]
                 AS tipo
      FROM clientes_cliente c
      WHERE c.empresa_id = %(empresa)s AND {_sorte("'restrito' || c.codigo")} < 0.085) r
ON CONFLICT DO NOTHING
"""
_BAIXAS = f"""
UPDATE clientes_restricaodecredito r SET baixada_em = d.em, atualizado_em = d.em + interval '9 hours'
FROM (SELECT r.id, r.em + (20 + 90 * {_sorte("'prazo' || r.numero")})::int AS em FROM clientes_restricaodecredito r
      WHERE r.empresa_id = %(empresa)s AND r.importacao_id IS NULL AND r.baixada_em IS NULL
        AND r.numero LIKE 'D%%' AND {_sorte("'baixa' || r.numero")} < 0.66) d
WHERE r.id = d.id AND d.em <= %(hoje)s
"""


def trazer(*, empresa: Empresa, semente: int, base: date, hoje: date) -> int:
    """O que o birô diria até `hoje`; devolve quantas linhas. Repetir não escreve nenhuma."""
    parametros: dict[str, Any] = {
        "empresa": empresa.pk,
        "semente": str(semente),
        "base": base,
        "hoje": hoje,
        "meses": MESES,
        "fonte": FONTE,
        "cartorio": CARTORIO,
    }
    linhas = 0
    with connection.cursor() as cursor:
        for comando in (_SCORES, _RESTRICOES, _BAIXAS):
            cursor.execute(comando, parametros)
            linhas += int(cursor.rowcount)
    return linhas
