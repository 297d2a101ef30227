"""O que o navegador diz de si, em palavras: “Chrome no Android”. Serve para reconhecer, nunca para decidir."""

import re

_NAVEGADORES = (
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera"),
    ("Samsung Internet", r"SamsungBrowser/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Chrome", r"Chrome/|CriOS/"),
    ("Safari", r"Safari/"),
)
_SISTEMAS = (
    ("iPhone", r"iPhone"),
    ("iPad", r"iPad"),
    ("Android", r"Android"),
    ("Windows", r"Windows"),
    ("Mac", r"Mac OS X|Macintosh"),
    ("ChromeOS", r"CrOS"),
    ("Linux", r"Linux"),
)


def em_palavras(agente: str) -> str:
    """Da frase que o navegador manda, o nome dele e o do sistema; o que não se reconhece se diz assim."""
    return " no ".join(reconhecer(agente)) or "Navegador desconhecido"


def reconhecer(agente: str) -> list[str]:
    """O navegador e o sistema que se conhecem, nesta ordem; nenhum, se quem pede é um programa."""
    return [nome for nome in (_achar(_NAVEGADORES, agente), _achar(_SISTEMAS, agente)) if nome]


def _achar(nomes: tuple[tuple[str, str], ...], agente: str) -> str:
    return next((nome for nome, marca in nomes if re.search(marca, agente)), "")
