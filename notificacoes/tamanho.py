"""O tamanho de um e-mail: o Gmail corta o HTML em 102 KB, e o que passasse dali ninguém leria.

Em vez de ser cortada pelo leitor, a mensagem mostra menos linhas de cada lista e diz quantas ficaram. O que não se
mostrou não se decidiu: só vai para as decisões o que foi escrito.
"""

from collections.abc import Callable, Iterable
from dataclasses import fields, replace
from typing import Any, TypeVar

from notificacoes.caixa import Rascunho

LIMITE = 102 * 1024
# A folga é de quem põe um rodapé ou um rastreio no caminho.
TETO = LIMITE - 4 * 1024

L = TypeVar("L")


def que_caiba(compor: Callable[[int], Rascunho], linhas: int) -> Rascunho:
    """O rascunho com mais linhas que cabe no teto; `compor(n)` o escreve com até n de cada lista."""
    inteiro = compor(linhas)
    if cabe(inteiro) or not linhas:
        return inteiro
    cabem, nao_cabem, melhor = 0, linhas, compor(0)
    while nao_cabem - cabem > 1:
        meio = (cabem + nao_cabem) // 2
        tentativa = compor(meio)
        if cabe(tentativa):
            cabem, melhor = meio, tentativa
        else:
            nao_cabem = meio
    return melhor


def cabe(rascunho: Rascunho) -> bool:
    return len(rascunho.html.encode()) <= TETO


def mais_longa(listas: Iterable[Any]) -> int:
    return max((len(lista.linhas) for lista in listas if lista is not None), default=0)


def encurtar(lista: L, teto: int) -> L:
    """A mesma lista com as primeiras linhas (e as decisões delas); o total continua o de todas."""
    if lista is None or len(lista.linhas) <= teto:  # type: ignore[attr-defined]
        return lista
    cortes = {"linhas": lista.linhas[:teto]}  # type: ignore[attr-defined]
    if any(campo.name == "itens" for campo in fields(lista)):  # type: ignore[arg-type]
        cortes["itens"] = lista.itens[:teto]  # type: ignore[attr-defined]
    return replace(lista, **cortes)  # type: ignore[type-var]
