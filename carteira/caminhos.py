"""Caminhos de páginas de um id só, prontos para as listas que escrevem centenas deles."""

from functools import lru_cache

from django.urls import get_script_prefix, reverse

_LUGAR_DO_ID = 9_876_543_210_123


def caminho(rota: str, pk: int) -> str:
    """O mesmo que `reverse(rota, args=[pk])`, que resolve a rota inteira a cada vez."""
    antes, depois = partes_do_caminho(rota)
    return f"{antes}{pk}{depois}"


def partes_do_caminho(rota: str) -> tuple[str, str]:
    """O que vem antes e depois do id, para quem escreve a mesma rota muitas vezes numa página."""
    return _partes(rota, get_script_prefix())


@lru_cache(maxsize=256)
def _partes(rota: str, prefixo: str) -> tuple[str, str]:
    antes, _, depois = reverse(rota, args=[_LUGAR_DO_ID]).partition(str(_LUGAR_DO_ID))
    return antes, depois
