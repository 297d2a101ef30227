"""CEP: oito dígitos, com o zero que o Excel comeu devolvido; o que não se reconhece fica como veio, com aviso."""

import re
from typing import NamedTuple

TAMANHO_MAXIMO = 20
# Não há CEP abaixo de 01000-000, e um dígito só repetido é coisa de quem não sabia o CEP.
FORMA = r"^(?!1{8}|2{8}|3{8}|4{8}|5{8}|6{8}|7{8}|8{8}|9{8})(0[1-9]|[1-9][0-9])[0-9]{6}$"
# Um pedaço da forma, onde cabem quase todos: os dois primeiros algarismos diferentes já excluem os oito iguais.
COMUM = r"^(0[1-9]|1[02-9]|2[013-9]|3[0-24-9]|4[0-35-9]|5[0-46-9]|6[0-57-9]|7[0-689]|8[0-79]|9[0-8])[0-9]{6}$"
_FORMA = re.compile(FORMA, re.ASCII)
_MASCARA = re.compile(r"[\s.\-]+")


class Cep(NamedTuple):
    valor: str
    valido: bool
    aviso: str = ""


def cep_valido(valor: str) -> bool:
    return bool(_FORMA.fullmatch(valor))


def normalizar_cep(texto: str) -> Cep:
    """'1310-100' volta a ser 01310100."""
    bruto = texto.strip()
    if not bruto:
        return Cep("", False)
    limpo = _MASCARA.sub("", bruto).removesuffix(",0")
    inteiro = limpo.zfill(8) if limpo.isascii() and limpo.isdigit() and len(limpo) == 7 else limpo
    if cep_valido(inteiro):
        return Cep(inteiro, True, "" if inteiro == limpo else "zero à esquerda do CEP devolvido")
    return Cep(bruto[:TAMANHO_MAXIMO], False, "CEP inválido, guardado como texto")
