"""Treze meses de história, escritos pelo próprio produto: uma rodada em cada fim de mês e uma hoje."""

from collections.abc import Callable
from datetime import date, timedelta

from django.db import transaction

from atividade.recalculo import recalcular
from atividade.retratos import fotografar
from contas.models import Empresa

MESES_DE_RETRATO = 13


def fins_de_mes(base: date, ate: date) -> list[date]:
    """Último dia de cada mês em [base, ate)."""
    dias = []
    dia = (base.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    while dia < ate:
        dias.append(dia)
        dia = (dia + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    return dias


def escrever(*, base: date, ate: date, dizer: Callable[[str], None], refazer_hoje: bool = False) -> int:
    """Rodadas que faltam até `ate`; a primeira vez volta treze meses. Devolve quantas fez."""
    rodadas = 0
    for empresa in Empresa.objects.order_by("pk"):
        feita = empresa.referencia_regular
        inicio = feita or base - timedelta(days=31 * MESES_DE_RETRATO)
        dias = [dia for dia in fins_de_mes(inicio, ate) if feita is None or dia > feita]
        if refazer_hoje or feita is None or feita < ate:
            dias.append(ate)
        for dia in dias:
            _rodar(empresa, dia)
        rodadas += len(dias)
        if dias:
            dizer(f"história de {empresa} até {ate:%d/%m/%Y}")
    return rodadas


@transaction.atomic
def _rodar(empresa: Empresa, dia: date) -> None:
    recalcular(empresa=empresa, referencia=dia, hoje=dia)
    fotografar(empresa=empresa, data=dia)
