"""Contas miúdas e de toda hora (chamadas da API, avisos repetidos), que o Redis faz melhor que o banco."""

from django.core.cache import cache

from contas import contagens


def contar(chave: str, prazo: int) -> int:
    """Mais uma, na janela que se abriu com a primeira. Com o Redis fora conta o banco: o limite não se abre."""
    if cache.add(chave, 1, prazo):
        return 1
    try:
        vezes = int(cache.incr(chave))
    except ValueError:  # a janela se fechou neste instante
        return 1
    return vezes or contagens.contar(chave, prazo)


def uma_vez(chave: str, prazo: int) -> bool:
    """Verdadeiro só a quem chega primeiro, dentro do prazo."""
    return contar(chave, prazo) == 1
