"""O que a rotina da noite entrega aos avisos: que empresas chegaram à data, e quais ficaram para trás."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from contas.models import Empresa


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
