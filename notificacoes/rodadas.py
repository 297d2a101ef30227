"""O que a rotina da noite entrega aos avisos: que empresas chegaram à data, e quais ficaram para trás."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from atividade.models import EstadoDaExecucao, Execucao
from contas.models import Empresa

NOTURNA = "noturna"
# As que um feriado prolongado pode esconder atrás de si, com folga.
NOITES = 15


@dataclass(frozen=True, slots=True)
class Pronta:
    """Empresa recalculada: só dela se fala.

    `desde` é a referência da noite avisada antes desta, e `noites` as últimas, a mais nova na frente; `volume_devido` é
    verdade na noite que a regra do volume diz (de fábrica, segunda-feira) e na primeira feita depois de uma perdida.
    """

    empresa: Empresa
    referencia: date
    desde: date | None = None
    volume_devido: bool = False
    noites: Sequence[date] = ()


@dataclass(frozen=True, slots=True)
class Noite:
    """A vaga e o que saiu dela."""

    vaga: date
    prontas: Sequence[Pronta]
    paradas: Sequence[Empresa] = ()


def noites_avisadas(empresa: Empresa, antes_de: date) -> tuple[date, ...]:
    """As últimas noites avisadas da empresa, da mais nova à mais velha: o que veio depois delas é novidade."""
    feitas = Execucao.objects.filter(
        rotina=NOTURNA, empresa=empresa, estado=EstadoDaExecucao.FEITA, referencia__lt=antes_de
    )
    return tuple(feitas.order_by("-referencia").values_list("referencia", flat=True)[:NOITES])
