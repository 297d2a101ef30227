"""Chaves de comparação de nomes: a mesma regra do `sem_acento()` do banco."""

import re
import unicodedata

_ACENTOS = re.compile("[\u0300-\u036f]")
_ESPACOS = re.compile(r"\s+")


def sem_acento(texto: str) -> str:
    """Minúsculas sem acentos: 'São João' → 'sao joao'. Gêmea de `sem_acento()` em SQL."""
    return _ACENTOS.sub("", unicodedata.normalize("NFD", texto)).lower()


def chave_de_nome(texto: str) -> str:
    """Chave para reconhecer a mesma pessoa ou segmento: sem acento e com um espaço só."""
    return _ESPACOS.sub(" ", sem_acento(texto)).strip()
