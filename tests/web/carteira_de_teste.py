"""Indicadores como a rodada os deixaria, sem rodar a rotina: as telas leem só o resultado."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange

from atividade.models import Indicadores, Status
from clientes.models import Cliente, PeriodoDeCarteira


def indicar(
    cliente: Cliente, ultima: date | None = None, *, status: str | None = None, **campos: Any
) -> Cliente:
    """Quatro dias de compra, ciclo de 30, limites em 60 e 120 dias; `campos` muda o que importa."""
    if ultima is not None:
        campos = {
            "ultima_compra": ultima,
            "primeira_compra": ultima - timedelta(days=100),
            "pedidos": 4,
            "dias_de_compra": 4,
            "intervalo_mediano_dias": Decimal(30),
            "quase_inativo_em": ultima + timedelta(days=60),
            "inativo_em": ultima + timedelta(days=120),
            "proxima_compra_esperada": ultima + timedelta(days=30),
            **campos,
        }
    Indicadores.objects.filter(pk=cliente.pk).update(status=status or Status.PROSPECT, **campos)
    return cliente


def datar_posse(*clientes: Cliente) -> None:
    """A primeira posse conhecida, como a importação a escreve: do dono de agora, desde sempre."""
    PeriodoDeCarteira.objects.bulk_create(
        PeriodoDeCarteira(
            cliente=cliente, vendedor=cliente.vendedor, equipe=cliente.equipe, periodo=DateRange(None, None)
        )
        for cliente in clientes
    )
