"""CPF e CNPJ: texto em maiúsculas, sem máscara, com os zeros que o Excel comeu devolvidos.

Um documento inválido não é jogado fora: fica como texto, com aviso, e nunca serve de chave.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from validate_docbr import CNPJ, CPF

TAMANHO_MAXIMO = 30
_MASCARA = re.compile(r"[\s.\-/\\\u2010-\u2015]+")
_CNPJ_FORMA = re.compile(r"[0-9A-Z]{12}[0-9]{2}", re.ASCII)
_CIENTIFICA = re.compile(r"([0-9])(?:[.,]([0-9]+))?E\+?([0-9]{1,2})", re.ASCII)
# Menos que isto não é um documento que perdeu zeros: é outra coisa ("0", "191", "ISENTO").
_MINIMO_PARA_COMPLETAR = 6
# Com letras o Excel não come zeros, só o ERP, um ou dois; mais curto que isto é um registro de outro país.
_ALFANUMERICO_SEM_ZEROS = re.compile(r"[0-9A-Z]{10,11}[0-9]{2}", re.ASCII)


class Documento(NamedTuple):
    """`tipo` é "cpf", "cnpj" ou "" quando não se sabe."""

    valor: str
    tipo: str
    valido: bool
    aviso: str = ""


@lru_cache(maxsize=4096)
def _cpf_valido(digitos: str) -> bool:
    return len(set(digitos)) > 1 and bool(CPF().validate(digitos))


@lru_cache(maxsize=4096)
def _cnpj_valido(valor: str) -> bool:
    return len(set(valor)) > 1 and bool(CNPJ().validate(valor))


def _sem_notacao_cientifica(texto: str) -> str | None:
    """'9.588906000143E12' volta a ser dígitos; None quando o expoente escondeu dígitos."""
    achado = _CIENTIFICA.fullmatch(texto)
    if not achado:
        return texto
    inteiro, fracao, expoente = achado[1], achado[2] or "", int(achado[3])
    # Com a mantissa mais curta que o expoente os dígitos do fim se perderam no Excel.
    return inteiro + fracao if len(fracao) == expoente else None


def _so_digitos(digitos: str, parece_cnpj: bool) -> Documento:
    cpf, cnpj = digitos.zfill(11), digitos.zfill(14)
    longo_o_bastante = len(digitos) >= _MINIMO_PARA_COMPLETAR
    if longo_o_bastante and len(digitos) <= 11 and not parece_cnpj and _cpf_valido(cpf):
        return Documento(cpf, "cpf", True, "" if len(digitos) == 11 else "zeros à esquerda do CPF devolvidos")
    if longo_o_bastante and len(digitos) <= 14 and _cnpj_valido(cnpj):
        return Documento(
            cnpj, "cnpj", True, "" if len(digitos) == 14 else "zeros à esquerda do CNPJ devolvidos"
        )
    tipo = {11: "cpf", 14: "cnpj"}.get(len(digitos), "")
    return Documento(
        digitos[:TAMANHO_MAXIMO], tipo, False, f"{tipo.upper() or 'documento'} inválido, guardado como texto"
    )


def sem_mascara(texto: str) -> str:
    """O que se escreve de um documento, inteiro ou um pedaço, como ele se guarda."""
    return _MASCARA.sub("", texto.strip().upper())


def normalizar_documento(texto: str) -> Documento:
    """Lê um CPF ou CNPJ (também o alfanumérico) como as pessoas e as planilhas os escrevem."""
    bruto = texto.strip().upper()
    if not bruto:
        return Documento("", "", False)
    inteiro = _sem_notacao_cientifica(bruto)
    if inteiro is None:
        return Documento(
            bruto[:TAMANHO_MAXIMO], "", False, "a planilha perdeu dígitos do documento (notação científica)"
        )
    limpo = _MASCARA.sub("", inteiro)
    if limpo.isascii() and limpo.isdigit():
        return _so_digitos(limpo, parece_cnpj="/" in bruto)
    if _CNPJ_FORMA.fullmatch(limpo) and _cnpj_valido(limpo):
        return Documento(limpo, "cnpj", True)
    if _ALFANUMERICO_SEM_ZEROS.fullmatch(limpo) and _cnpj_valido(limpo.zfill(14)):
        return Documento(limpo.zfill(14), "cnpj", True, "zeros à esquerda do CNPJ devolvidos")
    return Documento((limpo or bruto)[:TAMANHO_MAXIMO], "", False, "documento inválido, guardado como texto")


def mascarar(valor: str) -> str:
    """O documento como pode ir num e-mail: ***.605.38*-** ou **.588.906/****-**; outra forma não se mostra."""
    if len(valor) == 11 and valor.isdigit():
        return f"***.{valor[3:6]}.{valor[6:8]}*-**"
    if _CNPJ_FORMA.fullmatch(valor):
        return f"**.{valor[2:5]}.{valor[5:8]}/****-**"
    return ""
