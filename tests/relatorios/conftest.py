"""Peças comuns às histórias do relatório de risco."""

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from atividade.models import Status
from contas.models import Empresa, Usuario
from tests.conftest import HOJE
from tests.web.carteira_de_teste import indicar


@pytest.fixture
def calculada(empresa: Empresa, hoje: date, tmp_path: Path, settings: Any) -> None:
    Empresa.objects.filter(pk=empresa.pk).update(referencia=HOJE)
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def em_risco(novo_cliente: Any) -> Any:
    """`em_risco("A1", ana, valor="900")`: quase inativo há 84 dias, ciclo de 30, limites 60 e 120."""

    def _em_risco(
        codigo: str, dono: Usuario | None, *, valor: str = "1000", ha: int = 84, **campos: Any
    ) -> Any:
        status = Status.QUASE_INATIVO if ha >= 60 else Status.ATIVO
        cliente = novo_cliente(codigo, vendedor=dono, **{"razao_social": f"Loja {codigo}", **campos})
        return indicar(cliente, HOJE - timedelta(days=ha), status=status, valor_12m=Decimal(valor))

    return _em_risco
