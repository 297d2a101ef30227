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

from atividade.models import Limiar, MudancaStatus

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
               jsonb_build_object('de', m.de, 'para', m.para, 'motivo', m.motivo, 'ordem', m.ordem,
                                  'limiar', m.limiar_id, 'pedido', q.numero, 'valor', q.valor::text,
                                  'silencio', m.em - (SELECT max(a.data) FROM clientes_pedido a
                                                      WHERE a.empresa_id = c.empresa_id AND a.cliente_id = c.id
                                                        AND a.conta AND a.data < m.em))
        FROM atividade_mudancastatus m
        JOIN clientes_cliente c ON c.id = m.cliente_id
        LEFT JOIN clientes_pedido q ON q.id = m.pedido_id
        WHERE m.cliente_id = %(cliente)s""",
}
_PAGINA = """
WITH tudo (dia, tipo, id, em, valor, dados) AS ({partes}),
pagina AS (SELECT * FROM tudo ORDER BY dia DESC, em DESC NULLS LAST, tipo, (dados->>'ordem')::int DESC, id DESC
           LIMIT %(limite)s OFFSET %(pular)s)
SELECT g.dia, g.tipo, g.id, g.em, g.valor, g.dados, i.itens
FROM pagina g
LEFT JOIN LATERAL (
    SELECT jsonb_agg(jsonb_build_object('produto', t.produto_nome, 'quantidade', t.quantidade::text,
                                        'valor', t.valor::text) ORDER BY t.sequencia) AS itens
    FROM clientes_itemdepedido t WHERE g.tipo = 'pedido' AND t.pedido_id = g.id
) i ON true
ORDER BY g.dia DESC, g.em DESC NULLS LAST, g.tipo, (g.dados->>'ordem')::int DESC, g.id DESC
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
    """Os fatos e as regras por trás das mudanças de situação deles."""

    fatos: list[Fato]
    tem_mais: bool
    limiares: dict[int, Limiar] = field(default_factory=dict)


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
    return PaginaDaHistoria(fatos, len(linhas) > TAMANHO, _limiares(fatos))


def _limiares(fatos: list[Fato]) -> dict[int, Limiar]:
    """As regras de todas as mudanças da página, em uma consulta."""
    ids = {f.dados["limiar"] for f in fatos if f.tipo == SITUACAO and f.dados["limiar"]}
    return Limiar.objects.select_related("empresa", "segmento", "por").in_bulk(ids) if ids else {}


@dataclass(frozen=True, slots=True)
class Mudanca:
    """Uma passagem de uma situação a outra, para o desenho da linha do tempo."""

    em: date
    de: str
    para: str


def situacoes_de(cliente_id: int) -> list[Mudanca]:
    """Todas as mudanças do cliente, da mais velha à mais nova."""
    mudancas = MudancaStatus.objects.filter(cliente=cliente_id).order_by("em", "ordem")
    return [Mudanca(*linha) for linha in mudancas.values_list("em", "de", "para")]


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
