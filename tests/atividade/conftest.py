"""Atalhos das histórias de atividade: rodar a noite de uma data e ler os números de um cliente."""

from datetime import date
from typing import Any

import pytest

from atividade.models import Indicadores, MudancaStatus
from atividade.recalculo import ResultadoRecalculo, recalcular
from clientes.models import Cliente
from contas.models import Empresa


@pytest.fixture
def rodar(empresa: Empresa) -> Any:
    """`rodar(dia)` faz a rodada regular de `dia`; `hoje` e `completo` podem ser ditos."""

    def _rodar(referencia: date, *, hoje: date | None = None, completo: bool = False) -> ResultadoRecalculo:
        return recalcular(empresa=empresa, referencia=referencia, hoje=hoje or referencia, completo=completo)

    return _rodar


def de(cliente: Cliente) -> Indicadores:
    return Indicadores.objects.get(cliente=cliente)


def historia(cliente: Cliente) -> list[tuple[str, str, date, str]]:
    """As mudanças do cliente, em ordem: (de, para, em, motivo)."""
    return list(MudancaStatus.objects.filter(cliente=cliente).values_list("de", "para", "em", "motivo"))
