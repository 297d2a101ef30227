"""Que versão é esta."""

import tomllib
from functools import cache

from django.conf import settings


@cache
def versao() -> str:
    """A do `pyproject.toml`, que vai junto na imagem."""
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as arquivo:
        return str(tomllib.load(arquivo)["project"]["version"])
