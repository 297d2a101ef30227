"""Repartir clientes entre várias pessoas: pura, determinística, sem banco.

*Igual* dá a cada um o mesmo número, pela ordem do código. *Equilíbrio* dá a cada um a mesma quantidade de A, de
B e de C, e dentro da curva o cliente seguinte (do maior ao menor) vai para quem recebeu menos valor.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence, Set
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple


class Modo(StrEnum):
    IGUAL = "igual"
    EQUILIBRIO = "equilibrio"


class Candidato(NamedTuple):
    """O que se precisa saber de um cliente para decidir com quem ele fica."""

    pk: int
    codigo: str
    empresa: int
    vendedor: int | None
    equipe: int | None
    curva: str
    valor: Decimal
    status: str
    na_carteira: bool


def repartir(
    clientes: Iterable[Candidato], destinos: Sequence[int], modo: str, atende: Set[tuple[int, int]]
) -> dict[int, int]:
    """Cliente → destino, só entre quem atende a empresa dele; sem ninguém que a atenda, o cliente fica de fora."""
    if modo == Modo.EQUILIBRIO:
        return _equilibrar(clientes, destinos, atende)
    recebidos: Counter[int] = Counter()
    partilha = {}
    for cliente in sorted(clientes, key=lambda c: (c.codigo, c.pk)):
        possiveis = [d for d in destinos if (d, cliente.empresa) in atende]
        if possiveis:
            partilha[cliente.pk] = escolhido = min(possiveis, key=lambda d: recebidos[d])
            recebidos[escolhido] += 1
    return partilha


def _equilibrar(
    clientes: Iterable[Candidato], destinos: Sequence[int], atende: Set[tuple[int, int]]
) -> dict[int, int]:
    na_curva: Counter[tuple[int, str]] = Counter()
    valores: dict[int, Decimal] = defaultdict(Decimal)
    partilha = {}
    for cliente in sorted(clientes, key=lambda c: (c.curva or "Z", -c.valor, c.codigo, c.pk)):
        possiveis = [d for d in destinos if (d, cliente.empresa) in atende]
        if not possiveis:
            continue
        curva = cliente.curva
        escolhido = min(possiveis, key=lambda d: (na_curva[d, curva], valores[d]))
        partilha[cliente.pk] = escolhido
        na_curva[escolhido, curva] += 1
        valores[escolhido] += cliente.valor
    return partilha
