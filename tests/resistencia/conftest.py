"""A instalação da prova, com a estrutura copiada da suíte e a demonstração dentro."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.correio import Correio
from tests.local.conftest import var, var_migrada  # noqa: F401
from tests.resistencia.casa import Casa
from tests.test_resistencia_rotina import carteiras  # noqa: F401


@pytest.fixture
def casa(var_migrada: Path, correio: Correio) -> Iterator[Casa]:  # noqa: F811
    """Duzentos clientes com história, nada rodando: cada prova liga o que vai matar."""
    aberta = Casa(var_migrada, correio)
    try:
        assert aberta.feito("migrate", "--noinput") == 0, aberta.registros("migrate")
        assert aberta.feito("criar_demo", "--tamanho", "P") == 0, aberta.registros("criar_demo")
        yield aberta
    finally:
        aberta.desligar()
