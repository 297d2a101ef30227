"""Telefones do Brasil em E.164; o que não se reconhece fica como veio, com aviso."""

from functools import lru_cache
from typing import NamedTuple

import phonenumbers

TAMANHO_MAXIMO = 40


class Telefone(NamedTuple):
    valor: str
    valido: bool
    aviso: str = ""


def _ler(texto: str) -> phonenumbers.PhoneNumber | None:
    try:
        numero = phonenumbers.parse(texto, "BR")
    except phonenumbers.NumberParseException:
        return None
    return numero if phonenumbers.is_valid_number(numero) else None


def _sugestao_de_nono_digito(texto: str) -> str:
    """Celular antigo (DDD + 8 dígitos começados por 6 a 9): sugere o 9, sem pôr sozinho."""
    digitos = "".join(c for c in texto if c.isdigit()).removeprefix("0")
    digitos = digitos.removeprefix("55") if len(digitos) == 12 else digitos
    if len(digitos) == 10 and digitos[2] in "6789":
        return f"telefone sem o nono dígito; seria ({digitos[:2]}) 9{digitos[2:6]}-{digitos[6:]}?"
    return "telefone inválido, guardado como texto"


@lru_cache(maxsize=4096)
def normalizar_telefone(texto: str) -> Telefone:
    """Lê um telefone; com vários no mesmo campo ("3201-0900 / 98765-4321"), vale o primeiro válido."""
    bruto = texto.strip()
    if not bruto:
        return Telefone("", False)
    for parte in (bruto, *bruto.replace(";", "/").replace(",", "/").split("/")):
        numero = _ler(parte)
        if numero:
            e164 = phonenumbers.format_number(numero, phonenumbers.PhoneNumberFormat.E164)
            return Telefone(
                e164, True, "" if parte == bruto else "vários telefones no campo; ficou o primeiro válido"
            )
    return Telefone(bruto[:TAMANHO_MAXIMO], False, _sugestao_de_nono_digito(bruto))
