"""O que aconteceu a cada linha de uma carga, pela chave natural: para quem mandou saber de cada uma."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, NamedTuple

from django.db import connection

from clientes.importacao.cliente_do_fato import IGNORADA
from clientes.importacao.staging import Carga
from clientes.importacao.tipos import TIPOS

_DO_CLIENTE = ("cliente_codigo", "cliente_documento")
_DO_FORNECEDOR = ("fornecedor_codigo", "fornecedor_documento")
# Os campos que dizem de que linha se fala; dos que faltam na carga não se fala.
CHAVES: dict[str, tuple[str, ...]] = {
    "clientes": ("codigo",),
    "itens": ("pedido_numero", "sequencia"),
    "pessoas": (*_DO_CLIENTE, "nome"),
    "scores": (*_DO_CLIENTE, "fonte", "em"),
    "restricoes": (*_DO_CLIENTE, "fonte", "tipo", "em", "numero"),
    "fornecedores": ("codigo",),
    "scores_de_fornecedores": (*_DO_FORNECEDOR, "fonte", "em"),
    "restricoes_de_fornecedores": (*_DO_FORNECEDOR, "fonte", "tipo", "em", "numero"),
}
_NUMERO = ("numero",)


class SituacaoDaLinha(StrEnum):
    NOVA = "nova"
    ATUALIZADA = "atualizada"
    INALTERADA = "inalterada"
    REJEITADA = "rejeitada"


class LinhaJulgada(NamedTuple):
    """`coluna`, `valor` e `motivo` dizem algo da rejeitada; o `motivo`, também da que se ignorou."""

    linha: int
    chave: dict[str, Any]
    situacao: str
    coluna: str
    valor: str
    motivo: str


def chave_de(tipo: str) -> tuple[str, ...]:
    return CHAVES.get(tipo, _NUMERO)


def julgadas(tipo: str, carga: Carga) -> Iterator[LinhaJulgada]:
    """Uma por linha da carga, na ordem; lê-se entre a conferência e a gravação."""
    chave = [campo for campo in chave_de(tipo) if campo in carga.colunas]
    existente = TIPOS[tipo].existente
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT s.linha,
                  CASE WHEN e.linha IS NOT NULL THEN 'rejeitada' WHEN r.linha IS NOT NULL OR p.igual THEN 'inalterada'
                       WHEN p.{existente} IS NOT NULL THEN 'atualizada' WHEN p.linha IS NOT NULL THEN 'nova' END,
                  coalesce(e.coluna, ''), coalesce(e.valor, ''),
                  coalesce(e.motivo, CASE WHEN i.linha IS NOT NULL THEN '{IGNORADA}' ELSE '' END)
                  {"".join(f", s.{campo}::text" for campo in chave)}
                FROM _carga s
                LEFT JOIN _pronto p ON p.linha = s.linha
                LEFT JOIN _erros e ON e.linha = s.linha
                LEFT JOIN _repetidas r ON r.linha = s.linha
                LEFT JOIN _repetidas i ON i.linha = r.primeira AND i.primeira = i.linha
                ORDER BY s.linha"""
        )
        for linha, situacao, coluna, valor, motivo, *valores in cursor.fetchall():
            yield LinhaJulgada(
                linha,
                dict(zip(chave, valores, strict=True)),
                SituacaoDaLinha(situacao),
                coluna,
                valor,
                motivo,
            )
