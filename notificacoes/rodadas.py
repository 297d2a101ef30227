"""O que a rotina da noite entrega aos avisos: que empresas chegaram à data, e quais ficaram para trás."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Max

from atividade.models import EstadoDaExecucao, Execucao
from contas.models import Empresa

NOTURNA = "noturna"


@dataclass(frozen=True, slots=True)
class Pronta:
    """Empresa recalculada: só dela se fala.

    `desde` é a referência da noite avisada antes desta; `volume_devido` é verdade às segundas-feiras,
    e na primeira noite feita depois de uma segunda que não rodou.
    """

    empresa: Empresa
    referencia: date
    desde: date | None = None
    volume_devido: bool = False


@dataclass(frozen=True, slots=True)
class Noite:
    """A vaga e o que saiu dela."""

    vaga: date
    prontas: Sequence[Pronta]
    paradas: Sequence[Empresa] = ()


def ultima_avisada(empresa: Empresa, antes_de: date) -> date | None:
    """A última noite avisada da empresa: o que cruzou um limite depois dela é novidade."""
    feitas = Execucao.objects.filter(
        rotina=NOTURNA, empresa=empresa, estado=EstadoDaExecucao.FEITA, referencia__lt=antes_de
    )
    anterior: date | None = feitas.aggregate(Max("referencia"))["referencia__max"]
    return anterior
