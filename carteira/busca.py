"""A caixa de busca: nome, fantasia, código, documento, cidade e telefone, sem acento e sem máscara."""

import re

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q

from contas.texto import sem_acento

TAMANHO_MAXIMO = 100
_MASCARA = re.compile(r"[\s.\-/()+]+")
_PALAVRA = re.compile(r"[^\W_]+")
_DOCUMENTO = re.compile(r"(?=(?:.*\d){3})[0-9A-Z]{3,14}", re.ASCII)


def condicao_de_busca(texto: str, prefixo: str = "cliente__") -> Q:
    """Q que acha o cliente por qualquer começo de palavra, ou por código, documento ou telefone."""
    limpo = texto.replace("\x00", "").strip()[:TAMANHO_MAXIMO]
    if not limpo:
        return Q()
    condicao = _por_palavras(limpo, prefixo)
    for codigo in {limpo, limpo.upper()}:
        condicao |= Q(**{f"{prefixo}codigo__startswith": codigo})
    return condicao | _por_numero(_MASCARA.sub("", limpo).upper(), prefixo)


def _por_palavras(texto: str, prefixo: str) -> Q:
    """Os termos inteiros, que o banco divide como dividiu os nomes, ou só as palavras deles."""
    simples = sem_acento(texto)
    inteiros = [termo.replace("'", "").replace("\\", "") for termo in simples.split()]
    condicao = Q(pk__in=[])
    for termos in ([t for t in inteiros if t], _PALAVRA.findall(simples)):
        if termos:
            consulta = " & ".join(f"'{termo}':*" for termo in termos)
            condicao |= Q(**{f"{prefixo}busca": SearchQuery(consulta, config="simple", search_type="raw")})
    return condicao


def _por_numero(numero: str, prefixo: str) -> Q:
    """CPF/CNPJ pelo começo; telefone pelo começo com DDD, ou inteiro sem ele."""
    if not _DOCUMENTO.fullmatch(numero):
        return Q(pk__in=[])
    condicao = Q(**{f"{prefixo}documento__startswith": numero})
    if numero.isdigit():
        # guardado com o país ou como veio; digitado com ou sem ele
        formas = " | ".join(f"'{inicio}{numero}':*" for inicio in ("+55", "+", "55", ""))
        telefone = SearchQuery(formas, config="simple", search_type="raw")
        condicao |= Q(**{f"{prefixo}busca": telefone})
        if len(numero) in (8, 9):
            condicao |= Q(**{f"{prefixo}telefone__endswith": numero})
    return condicao
