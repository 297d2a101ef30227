"""A história de um cliente numa linha do tempo só: pedidos, contatos e mudanças de situação.

Uma consulta por página, com os itens dos pedidos dentro: o custo não depende do tamanho da história.
"""

import json
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection

PEDIDO, CONTATO, SITUACAO = "pedido", "contato", "situacao"
TIPOS = (PEDIDO, CONTATO, SITUACAO)
TAMANHO = 20

_PARTES = {
    PEDIDO: """
        SELECT p.data AS dia, 'pedido' AS tipo, p.id, NULL::timestamptz AS em, p.valor,
               jsonb_build_object('numero', p.numero, 'situacao', p.situacao, 'conta', p.conta) AS dados
        FROM clientes_pedido p WHERE p.cliente_id = %(cliente)s""",
    CONTATO: """
        SELECT (c.em AT TIME ZONE %(fuso)s)::date, 'contato', c.id, c.em, NULL::numeric,
               jsonb_build_object('canal', c.canal, 'ocorrencia', o.nome, 'efetiva', o.efetiva,
                                  'observacao', c.observacao, 'pessoa', c.pessoa,
                                  'atendente', u.nome, 'atendente_id', u.id)
        FROM clientes_contato c
        JOIN clientes_ocorrencia o ON o.id = c.ocorrencia_id
        JOIN contas_usuario u ON u.id = c.atendente_id
        WHERE c.cliente_id = %(cliente)s AND c.desfeito_em IS NULL""",
    SITUACAO: """
        SELECT m.em, 'situacao', m.id, NULL::timestamptz, NULL::numeric,
               jsonb_build_object('de', m.de, 'para', m.para, 'motivo', m.motivo)
        FROM atividade_mudancastatus m WHERE m.cliente_id = %(cliente)s""",
}
_PAGINA = """
WITH tudo (dia, tipo, id, em, valor, dados) AS ({partes}),
pagina AS (SELECT * FROM tudo ORDER BY dia DESC, em DESC NULLS LAST, tipo, id DESC
           LIMIT %(limite)s OFFSET %(pular)s)
SELECT g.dia, g.tipo, g.id, g.em, g.valor, g.dados, i.itens
FROM pagina g
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('produto', t.produto_nome, 'quantidade', t.quantidade::text,
                                        'valor', t.valor::text) ORDER BY t.sequencia) AS itens
    FROM clientes_itemdepedido t WHERE g.tipo = 'pedido' AND t.pedido_id = g.id
) i ON true
ORDER BY g.dia DESC, g.em DESC NULLS LAST, g.tipo, g.id DESC
"""


@dataclass(frozen=True, slots=True)
class Fato:
    dia: date
    tipo: str
    id: int
    em: datetime | None
    valor: Decimal | None
    dados: dict[str, Any]
    itens: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PaginaDaHistoria:
    fatos: list[Fato]
    tem_mais: bool


def historico(*, cliente_id: int, tipos: tuple[str, ...] = TIPOS, pagina: int = 1) -> PaginaDaHistoria:
    """Os fatos do mais novo ao mais velho; `tipos` escolhe quais."""
    consulta = _PAGINA.format(partes=" UNION ALL ".join(_PARTES[tipo] for tipo in tipos))
    parametros = {
        "cliente": cliente_id,
        "fuso": settings.TIME_ZONE,
        "limite": TAMANHO + 1,
        "pular": (max(pagina, 1) - 1) * TAMANHO,
    }
    with connection.cursor() as cursor:
        cursor.execute(consulta, parametros)
        linhas = cursor.fetchall()
    fatos = [_fato(*linha) for linha in linhas[:TAMANHO]]
    return PaginaDaHistoria(fatos, len(linhas) > TAMANHO)


def _fato(
    dia: date, tipo: str, pk: int, em: datetime | None, valor: Decimal | None, dados: Any, itens: Any
) -> Fato:
    return Fato(dia, tipo, pk, em, valor, _json(dados), [_item(i) for i in _json(itens) or []])


def _item(item: dict[str, Any]) -> dict[str, Any]:
    numeros = {nome: Decimal(item[nome]) for nome in ("quantidade", "valor")}
    return {**item, **numeros}


def _json(valor: Any) -> Any:
    """O cursor do Django entrega jsonb como texto."""
    return json.loads(valor) if isinstance(valor, str) else valor
