"""Quanto de um sorteio, ou de um produto, corre sempre; o resto corre na resistência."""

from collections.abc import Iterable
from typing import Any

import pytest


def sementes(quaisquer: Iterable[int], *, sempre: int) -> list[Any]:
    """As primeiras `sempre` correm na suíte; as outras, com ./rodar testes --resistencia."""
    return [s if n < sempre else na_resistencia(s) for n, s in enumerate(quaisquer)]


def na_resistencia(*valores: Any) -> Any:
    return pytest.param(*valores, marks=pytest.mark.resistencia)
