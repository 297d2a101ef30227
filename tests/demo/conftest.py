"""A demonstração, criada uma vez por módulo e desfeita depois de cada teste."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
import time_machine
from django.test import override_settings

from carteira.demo.criacao import criar
from tests.conftest import SAO_PAULO
from tests.de_modulo import no_modulo

BASE = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def _var(tmp_path: Any, settings: Any) -> None:
    settings.VAR_DIR = tmp_path


@pytest.fixture(scope="module")
def _demo_do_modulo(
    request: Any, django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any
) -> Iterator[None]:
    def _criar() -> None:
        manha = datetime(2026, 11, 20, 9, 0, tzinfo=SAO_PAULO)
        with (
            override_settings(VAR_DIR=tmp_path_factory.mktemp("var")),
            time_machine.travel(manha, tick=False),
        ):
            criar(clientes=getattr(request.module, "CLIENTES", 200), hoje=BASE)

    with no_modulo(django_db_blocker, _criar):
        yield


@pytest.fixture
def demo(_demo_do_modulo: None, hoje: date) -> None:
    """`CLIENTES` clientes (200, se o módulo não disser) na manhã de 20/11/2026."""
