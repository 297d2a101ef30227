"""Contas miúdas e de toda hora (chamadas da API, avisos repetidos), que o Redis faz melhor que o banco."""

from django.core.cache import cache

from contas import contagens


def contar(chave: str, prazo: int, mais: int = 1) -> int:
    """Mais uma (ou mais algumas), na janela que se abriu com a primeira.

    Com o Redis fora conta o banco: o limite não se abre.
    """
    if cache.add(chave, mais, prazo):
        return mais
    try:
        vezes = int(cache.incr(chave, mais))
    except ValueError:  # a janela se fechou neste instante
        return mais
    return vezes or contagens.contar(chave, prazo, mais)


def uma_vez(chave: str, prazo: int) -> bool:
    """Verdadeiro só a quem chega primeiro, dentro do prazo."""
    return contar(chave, prazo) == 1
