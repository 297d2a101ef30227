"""O relógio e o cliente das histórias da agenda."""

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any

import pytest
import time_machine

from contas.models import Usuario
from tests.conftest import SAO_PAULO


@pytest.fixture
def quinta() -> Iterator[Any]:
    """Congela o relógio na manhã de 19/11/2026, véspera do feriado da Consciência Negra."""
    with time_machine.travel(datetime(2026, 11, 19, 9, 0, tzinfo=SAO_PAULO), tick=False) as relogio:
        yield relogio


@pytest.fixture
def relogio(quinta: Any) -> Any:
    """`relogio(date)`: a manhã desse dia."""
    return lambda dia: quinta.move_to(datetime.combine(dia, time(9), SAO_PAULO))


@pytest.fixture
def cliente(ana: Usuario, novo_cliente: Any) -> Any:
    return novo_cliente("C1", vendedor=ana, razao_social="Casa Azul", uf="SC")
