"""A caixa de busca: nome, fantasia, código, documento, município, telefone, pessoas e anotações do cliente.

Sem acentos, por começo de palavra e em conjunto: cada palavra pode estar num lugar ("maria timbo" acha a Maria do
cliente de Timbó). Código, documento e telefone valem com ou sem máscara; do telefone, também os finais.
"""

import re
from typing import Any

from django.db.models import BooleanField, F, Func, Q, Value

from clientes.models import TextoDeBusca
from contas.texto import sem_acento

TAMANHO_MAXIMO = 100
PALAVRAS_MAXIMAS = 8
MAIOR_PALAVRA = 60
MENOR_FINAL = 4
# Gêmea de `clientes_palavras()` no banco: o que separa palavras nos dois lados.
_SEPARA = re.compile("[\x00-\x2f\x3a-\x60\x7b-\xbf\u2000-\u206f]+")
_COM_MASCARA = re.compile(r"(?=(?:.*\d){3})[0-9a-z]{3,20}", re.ASCII)
_FINAL = re.compile(rf"\d{{{MENOR_FINAL},}}", re.ASCII)


class _Casa(Func):
    """`palavras @@ consulta`; a consulta vai como está, porque as palavras já foram separadas."""

    template = "%(expressions)s::tsquery"
    arg_joiner = " @@ "
    output_field = BooleanField()
    conditional = True


def palavras(texto: str) -> list[str]:
    return [p[:MAIOR_PALAVRA] for p in _SEPARA.split(sem_acento(texto)) if p]


def condicao_de_busca(texto: str, prefixo: str = "cliente__") -> Q:
    """Q dos clientes achados; texto sem nenhuma palavra não acha ninguém, e vazio não restringe."""
    limpo = texto.strip()[:TAMANHO_MAXIMO]
    if not limpo:
        return Q()
    consulta = consulta_de(limpo)
    if not consulta:
        return Q(pk__in=[])
    achados: Any = TextoDeBusca.objects.filter(_Casa(F("palavras"), Value(consulta)))
    return Q(**{f"{prefixo}pk__in": achados.values("cliente")})


def consulta_de(texto: str) -> str:
    """A `tsquery`: todas as palavras, ou o texto inteiro sem máscara."""
    ditas = palavras(texto)[:PALAVRAS_MAXIMAS]
    if not ditas:
        return ""
    todas = " & ".join(_palavra(p) for p in ditas)
    inteiro = "".join(ditas)
    if len(ditas) > 1 and _COM_MASCARA.fullmatch(inteiro):
        return f"({todas}) | {_palavra(inteiro)}"
    return todas


def _palavra(palavra: str) -> str:
    """O começo da palavra; se são algarismos, também o final de um telefone."""
    comeco = f"'{palavra}':*"
    return f"({comeco} | '<{palavra[::-1]}':*)" if _FINAL.fullmatch(palavra) else comeco
