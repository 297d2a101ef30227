"""Num clone limpo, ler e compilar os testes e as suas bibliotecas custa tanto quanto os coletar.

Cada processo da suíte os leria todos, na mesma ordem e ao mesmo tempo. O que os outros já compilaram fica no disco:
os ímpares leem de trás para diante, antes da coleta, e encontram-se no meio.
"""

import importlib
from contextlib import suppress
from pathlib import Path

import pytest

RAIZ = Path(__file__).resolve().parent.parent


def ler_de_tras(config: pytest.Config) -> None:
    """Só importa; o que não se importa, a coleta o diz."""
    if int(getattr(config, "workerinput", {}).get("workerid", "gw0").removeprefix("gw")) % 2 == 0:
        return
    for arquivo in reversed(_arquivos(config)):
        with suppress(Exception, pytest.skip.Exception):
            importlib.import_module(".".join(arquivo.relative_to(RAIZ).with_suffix("").parts))


def _arquivos(config: pytest.Config) -> list[Path]:
    alvos = [(RAIZ / argumento.partition("::")[0]).resolve() for argumento in config.args]
    return sorted(arquivo for alvo in alvos if alvo.is_dir() for arquivo in alvo.rglob("test_*.py"))
