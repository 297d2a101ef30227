"""Telefones do Brasil em E.164; o que não se reconhece fica como veio, com aviso."""

import re
from functools import lru_cache
from typing import NamedTuple

import phonenumbers

TAMANHO_MAXIMO = 40
# A forma do que se guardou como válido, lida por Python e pelo banco: DDD que existe com fixo ou celular, os números
# sem DDD (0800, 4004…) ou o de outro país. O número exato quem confere é a biblioteca, ao guardar.
_DDD = "(1[1-9]|2[12478]|3[1-578]|4[1-9]|5[1345]|6[1-9]|7[134579]|8[1-9]|9[1-9])"
_COM_DDD = rf"{_DDD}([2-5][0-9]{{7}}|7[0-9]{{7}}|9[0-9]{{8}})"
_SEM_DDD = r"30[03][0-9]{7}|[589]00[0-9]{6,7}|300[0-9]{5}|4(00[0-9]|020|370)[0-9]{4}"
FORMA = rf"^\+(55({_COM_DDD}|{_SEM_DDD})|(?!55)[1-9][0-9]{{6,14}})$"
# Um pedaço da forma, onde cabem quase todos: com DDD, fixo ou celular.
COMUM = rf"^[+]55{_DDD}([2-5]|9[0-9])[0-9]{{7}}$"
_FORMA = re.compile(FORMA, re.ASCII)


class Telefone(NamedTuple):
    valor: str
    valido: bool
    aviso: str = ""


def telefone_valido(valor: str) -> bool:
    """O que está guardado é um telefone, e não um texto que ninguém entendeu?"""
    return bool(_FORMA.fullmatch(valor))


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


def como_se_le(valor: object) -> str:
    """(47) 3322-0198 · (47) 99922-0198 · 0800 722 0198; o que não reconhece fica como veio."""
    digitos = re.sub(r"\D", "", str(valor or ""))
    if len(digitos) in (12, 13) and digitos.startswith("55"):
        digitos = digitos[2:]
    if digitos.startswith(("0800", "0300")) and len(digitos) == 11:
        return f"{digitos[:4]} {digitos[4:7]} {digitos[7:]}"
    if len(digitos) in (10, 11):
        return f"({digitos[:2]}) {digitos[2:-4]}-{digitos[-4:]}"
    return str(valor or "")
