"""O funil dos avisos: avisados, procurados, responderam, compraram, compraram de novo.

Junta o que notificacoes e relatorios sabem, que entre si não se conhecem. Cada etapa é parte da anterior, e as que o
retorno dos avisos também mostra são as mesmas: responder é o contato efetivo no prazo, comprar é o pedido que conta
do contato até o prazo da compra. Comprar de novo é outro dia de compra, até a data dos números.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import QuerySet

from notificacoes.retorno import Prazo
from relatorios.resultados.consulta import Consulta

FILTROS = ("empresa", "vendedor", "equipe", "segmento", "uf", "municipio")


class Etapa(StrEnum):
    AVISADOS = "avisados"
    PROCURADOS = "procurados"
    RESPONDERAM = "responderam"
    COMPRARAM = "compraram"
    DE_NOVO = "de_novo"


NOMES = {
    Etapa.AVISADOS: "Avisados",
    Etapa.PROCURADOS: "Procurados",
    Etapa.RESPONDERAM: "Responderam",
    Etapa.COMPRARAM: "Compraram",
    Etapa.DE_NOVO: "Compraram de novo",
}
_CONDICOES = {
    Etapa.AVISADOS: "true",
    Etapa.PROCURADOS: "procurado",
    Etapa.RESPONDERAM: "resposta IS NOT NULL",
    Etapa.COMPRARAM: "compra IS NOT NULL",
    Etapa.DE_NOVO: "de_novo",
}
_MEDIDOS = """
WITH a AS MATERIALIZED ({alertas}),
primeiros AS (
    SELECT a.cliente_id, min(a.dia) AS dia FROM a WHERE a.cliente_id IN ({escopo}) GROUP BY 1
),
linhas AS (
    SELECT p.cliente_id, p.dia, c.empresa_id, c.segmento_id, c.uf, c.municipio_id,
           CASE WHEN o.id IS NULL THEN c.vendedor_id ELSE o.vendedor_id END AS vendedor_id,
           CASE WHEN o.id IS NULL THEN c.equipe_id ELSE o.equipe_id END AS equipe_id,
           coalesce(e.referencia, %(hoje)s::date) AS referencia
    FROM primeiros p
    JOIN clientes_cliente c ON c.id = p.cliente_id
    JOIN contas_empresa e ON e.id = c.empresa_id
    LEFT JOIN clientes_periododecarteira o ON o.cliente_id = p.cliente_id AND o.periodo @> p.dia
),
medidos AS (
    SELECT x.cliente_id, k.procurado, k.resposta, p.compra,
           p.compra IS NOT NULL AND EXISTS (
               SELECT 1 FROM clientes_pedido d
               WHERE d.empresa_id = x.empresa_id AND d.cliente_id = x.cliente_id AND d.conta
                 AND d.data > p.compra AND d.data <= x.referencia) AS de_novo
    FROM linhas x
    CROSS JOIN LATERAL (
        SELECT count(*) > 0 AS procurado,
               (min(k.em) FILTER (WHERE r.efetiva) AT TIME ZONE %(fuso)s)::date AS resposta
        FROM clientes_contato k JOIN clientes_ocorrencia r ON r.id = k.ocorrencia_id
        WHERE k.cliente_id = x.cliente_id AND k.desfeito_em IS NULL
          AND k.em >= x.dia::timestamp AT TIME ZONE %(fuso)s
          AND k.em < (x.dia + %(contato)s + 1)::timestamp AT TIME ZONE %(fuso)s
    ) k
    CROSS JOIN LATERAL (
        SELECT min(d.data) AS compra FROM clientes_pedido d
        WHERE d.empresa_id = x.empresa_id AND d.cliente_id = x.cliente_id AND d.conta
          AND d.data >= k.resposta AND d.data <= least(x.dia + %(compra)s, x.referencia)
    ) p
    WHERE {condicao}
)
"""


@dataclass(frozen=True, slots=True)
class Passo:
    etapa: Etapa
    nome: str
    clientes: int
    do_comeco: Decimal | None  # % dos avisados
    da_anterior: Decimal | None  # % da etapa de antes


def funil(alertas: QuerySet[Any], consulta: Consulta, prazo: Prazo) -> list[Passo]:
    """As cinco etapas em uma consulta; cada cliente conta uma vez, do primeiro aviso do período."""
    contas = ", ".join(f"count(*) FILTER (WHERE {c})" for c in _CONDICOES.values())
    (numeros,) = _linhas(alertas, consulta, prazo, f"SELECT {contas} FROM medidos")
    passos, anterior = [], None
    for etapa, n in zip(Etapa, numeros, strict=True):
        passos.append(Passo(etapa, NOMES[etapa], n, _pct(n, numeros[0]), _pct(n, anterior)))
        anterior = n
    return passos


def _pct(parte: int, todo: int | None) -> Decimal | None:
    return Decimal(parte) * 100 / todo if todo else None


def clientes_da(etapa: Etapa, alertas: QuerySet[Any], consulta: Consulta, prazo: Prazo) -> list[int]:
    """Os clientes de uma etapa."""
    saida = f"SELECT cliente_id FROM medidos WHERE {_CONDICOES[etapa]}"
    return [pk for (pk,) in _linhas(alertas, consulta, prazo, saida)]


def _linhas(alertas: QuerySet[Any], consulta: Consulta, prazo: Prazo, saida: str) -> Sequence[Any]:
    texto, valores = alertas.order_by().values("cliente_id", "dia").query.sql_with_params()
    nomes = [f"alerta_{n}" for n in range(len(valores))]
    sql = _MEDIDOS.replace("{alertas}", texto % tuple(f"%({n})s" for n in nomes))
    sql = sql.replace("{condicao}", consulta.condicao(*FILTROS))
    return consulta.linhas(
        sql + saida, contato=prazo.contato, compra=prazo.compra, **dict(zip(nomes, valores, strict=True))
    )
