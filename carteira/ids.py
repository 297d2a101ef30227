"""O id, ou o número pequeno, que vem escrito num endereço ou num formulário."""

from collections.abc import Iterable

ALGARISMOS = 18  # cabem todos num bigint


def id_de(texto: str) -> int | None:
    """O número, ou nada: sinal, letra, algarismo de outra escrita ou um tamanho que o banco não guarda."""
    return int(texto) if texto.isascii() and texto.isdigit() and len(texto) <= ALGARISMOS else None


def ids_de(textos: Iterable[str]) -> list[int]:
    """Os que são ids, na ordem em que vieram."""
    return [lido for texto in textos if (lido := id_de(texto)) is not None]


def inteiro_entre(texto: str, menor: int, maior: int) -> int | None:
    """Um número da URL dentro dos limites, ou nada."""
    lido = id_de(texto)
    return lido if lido is not None and menor <= lido <= maior else None
