"""Os produtos de um cliente: o que mais compra, o que parou de comprar e o que o segmento compra e ele não.

Só contam itens de pedidos que contam como compra, até a referência. O produto é o do código; sem código, o do
nome sem acentos. Duas consultas, cada uma sobre um conjunto limitado: os itens do cliente, e o resumo de
compras (`CompraDeProduto`) de uma amostra do segmento.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import connection

DIAS_PARA_RITMO = 3  # dias de compra do item para ele ter ciclo próprio, como o do cliente
VEZES_PARA_PARAR = Decimal("1.5")  # silêncio do item, em ciclos dele, acima do qual parou
MAIS_COMPRADOS = 8
PARADOS = 6
PARTE_DO_SEGMENTO = 20  # % dos clientes do segmento que compram o que se sugere
MINIMO_DO_SEGMENTO = 5  # menos vizinhos que isto não dizem nada
AMOSTRA_DO_SEGMENTO = 1000  # os que compraram por último: o custo não cresce com a carteira
SUGERIDOS = 6


def _chave(codigo: str, nome: str) -> str:
    """C: só se compara igualdade, e a ordem da língua custaria o dobro."""
    return f"""(CASE WHEN {codigo} <> '' THEN 'c:' || {codigo} ELSE 'n:' || sem_acento({nome}) END) COLLATE "C\""""


_CHAVE = _chave("t.produto_codigo", "t.produto_nome")
_CHAVE_DO_RESUMO = _chave("d.codigo", "d.nome")

_DO_CLIENTE = f"""
WITH itens AS (
    SELECT {_CHAVE} AS chave, p.data, t.valor, t.produto_nome
    FROM clientes_pedido p JOIN clientes_itemdepedido t ON t.pedido_id = p.id
    WHERE p.cliente_id = %(cliente)s AND p.conta AND p.data <= %(em)s
), dias AS (
    SELECT chave, data, sum(valor) AS valor, (array_agg(produto_nome ORDER BY produto_nome))[1] AS nome,
           data - lag(data) OVER (PARTITION BY chave ORDER BY data) AS vao,
           max(data) OVER (PARTITION BY chave) AS ultima
    FROM itens GROUP BY chave, data
), datas AS (
    SELECT data, count(*) OVER () - row_number() OVER (ORDER BY data) AS depois FROM (SELECT DISTINCT data FROM dias) d
), produtos AS (
    SELECT chave, (array_agg(nome ORDER BY data DESC))[1] AS nome, count(*) AS dias, ultima, sum(valor) AS valor,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY vao) AS ciclo,
           coalesce(sum(valor) FILTER (WHERE data > (%(em)s::date - interval '12 months')::date), 0) AS valor_12m,
           sum(valor) FILTER (WHERE data > (ultima - interval '12 months')::date) AS valor_do_ano
    FROM dias GROUP BY chave, ultima
)
SELECT p.chave, p.nome, p.dias, p.ultima, p.valor, p.ciclo, p.valor_12m, p.valor_do_ano, d.depois,
       coalesce(p.dias >= %(ritmo)s AND %(em)s::date - p.ultima > %(vezes)s * p.ciclo, false) AS parou
FROM produtos p JOIN datas d ON d.data = p.ultima
"""

_DO_SEGMENTO = f"""
WITH vizinhos AS (
    SELECT i.cliente_id
    FROM atividade_indicadores i JOIN clientes_cliente c ON c.id = i.cliente_id
    WHERE i.empresa_id = %(empresa)s AND i.segmento_id = %(segmento)s AND i.cliente_id <> %(cliente)s
      AND i.ultima_compra > (%(em)s::date - interval '12 months')::date
      AND c.encerrado_em IS NULL AND NOT c.fora_do_perfil
    ORDER BY i.ultima_compra DESC, i.cliente_id LIMIT %(amostra)s
), compras AS (
    SELECT DISTINCT v.cliente_id, {_CHAVE_DO_RESUMO} AS chave, d.nome
    FROM vizinhos v
    JOIN clientes_compradeproduto k ON k.cliente_id = v.cliente_id
    JOIN clientes_produto d ON d.id = k.produto_id
    WHERE width_bucket(%(em)s::date, k.datas) > width_bucket((%(em)s::date - interval '12 months')::date, k.datas)
), total AS (SELECT count(DISTINCT cliente_id) AS clientes FROM compras),
meus AS (
    SELECT DISTINCT {_CHAVE_DO_RESUMO} AS chave
    FROM clientes_compradeproduto k JOIN clientes_produto d ON d.id = k.produto_id
    WHERE k.cliente_id = %(cliente)s AND k.primeira <= %(em)s
), populares AS (
    SELECT k.chave, max(k.nome) AS nome, count(DISTINCT k.cliente_id) AS clientes
    FROM compras k WHERE NOT EXISTS (SELECT 1 FROM meus m WHERE m.chave = k.chave)
    GROUP BY k.chave HAVING count(DISTINCT k.cliente_id) * 100 >= %(parte)s * (SELECT clientes FROM total)
    ORDER BY clientes DESC, nome, chave LIMIT %(sugeridos)s
)
SELECT t.clientes, (SELECT count(*) FROM vizinhos), s.chave, s.nome, s.clientes
FROM total t LEFT JOIN populares s ON true
ORDER BY s.clientes DESC, s.nome, s.chave
"""


@dataclass(frozen=True, slots=True)
class Produto:
    """Um produto na vida deste cliente, até a referência."""

    chave: str
    nome: str
    dias: int
    ultima: date
    valor: Decimal
    ciclo: float | None
    valor_12m: Decimal
    valor_do_ano: Decimal
    compras_depois: int  # dias em que ele comprou outras coisas desde a última vez
    parou: bool


@dataclass(frozen=True, slots=True)
class Sugerido:
    """O que tantos clientes do segmento compraram em 12 meses, e este nunca."""

    nome: str
    clientes: int
    parte: Decimal


@dataclass(frozen=True, slots=True)
class DoSegmento:
    """`clientes` é de quantos se fala: os do segmento que compraram itens em 12 meses, na amostra."""

    clientes: int
    amostra: bool
    sugeridos: list[Sugerido]

    @property
    def diz_algo(self) -> bool:
        return self.clientes >= MINIMO_DO_SEGMENTO


@dataclass(frozen=True, slots=True)
class Produtos:
    """As três listas de um cliente, e de quantos produtos se escolheram."""

    total: int
    em_12_meses: list[Produto]
    sempre: list[Produto]
    parados: list[Produto]

    @property
    def maior_valor(self) -> Decimal:
        return max((p.valor_12m for p in self.em_12_meses), default=Decimal(0))


def produtos_de(cliente_id: int, em: date) -> Produtos:
    """Mais comprados por valor; parados pelo que valiam no último ano em que se compraram.

    Quem parou um item e segue comprando outros diz mais que quem parou tudo: vem na frente.
    """
    achados = [Produto(*linha) for linha in _linhas(_DO_CLIENTE, cliente=cliente_id, em=em)]

    def maiores(valor: str, quantos: int, escolhidos: list[Produto]) -> list[Produto]:
        return sorted(escolhidos, key=lambda p: (-getattr(p, valor), p.nome, p.chave))[:quantos]

    parados = maiores("valor_do_ano", len(achados), [p for p in achados if p.parou])
    return Produtos(
        len(achados),
        maiores("valor_12m", MAIS_COMPRADOS, [p for p in achados if p.valor_12m > 0]),
        maiores("valor", MAIS_COMPRADOS, achados),
        sorted(parados, key=lambda p: p.compras_depois == 0)[:PARADOS],
    )


def do_segmento(*, cliente_id: int, empresa_id: int, segmento_id: int, em: date) -> DoSegmento:
    """O que o segmento compra e este cliente nunca comprou."""
    linhas = _linhas(_DO_SEGMENTO, cliente=cliente_id, empresa=empresa_id, segmento=segmento_id, em=em)
    total, vizinhos = linhas[0][:2]
    sugeridos = [Sugerido(nome, n, Decimal(n * 100) / total) for _, _, chave, nome, n in linhas if chave]
    return DoSegmento(
        total, vizinhos >= AMOSTRA_DO_SEGMENTO, sugeridos if total >= MINIMO_DO_SEGMENTO else []
    )


def _linhas(consulta: str, **parametros: Any) -> list[Any]:
    constantes: dict[str, Any] = {
        "ritmo": DIAS_PARA_RITMO,
        "vezes": VEZES_PARA_PARAR,
        "amostra": AMOSTRA_DO_SEGMENTO,
        "parte": PARTE_DO_SEGMENTO,
        "sugeridos": SUGERIDOS,
    }
    with connection.cursor() as cursor:
        cursor.execute(consulta, constantes | parametros)
        return list(cursor.fetchall())
