"""Os planos de ação que passaram do prazo, ditos ao dono deles: quantos, desde quando e onde estão.

Só a conta: o que fazer e com que clientes lê-se na página, que confere o que a pessoa vê na hora em que a abre.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Min

from clientes.models import PlanoDeAcao


@dataclass(frozen=True, slots=True)
class PlanosVencidos:
    quantos: int
    desde: date  # o prazo do mais antigo


def planos_vencidos(donos: Collection[int], vaga: date) -> dict[int, PlanosVencidos]:
    """Dos que estão em curso na vaga, de todos os donos em uma consulta; quem não tem nenhum não aparece."""
    vencidos = PlanoDeAcao.objects.em_curso().filter(dono__in=donos, prazo__lt=vaga)
    por_dono = vencidos.order_by().values_list("dono").annotate(Count("pk"), Min("prazo"))
    return {dono: PlanosVencidos(quantos, desde) for dono, quantos, desde in por_dono}
