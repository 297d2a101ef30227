"""Fora do ritmo: o dia em que o silêncio de um cliente passa de 1,3 vez o ciclo próprio, o aviso antes do aviso.

É um dia, e não uma razão, para um índice o guardar (`ind_fora_do_ritmo`): só muda quando o cliente muda.
"""

from decimal import Decimal

from django.db.models import DateField, F, Func, IntegerField, Q
from django.db.models.functions import Cast, Ceil

from atividade.regras import DIAS_PARA_CICLO_PROPRIO, Status

ATRASO = Decimal("1.3")
# Quem tem ciclo próprio e ainda não se perdeu.
TEM_RITMO = Q(dias_de_compra__gte=DIAS_PARA_CICLO_PROPRIO) & ~Q(status=Status.INATIVO.value)
FORA_DO_RITMO_EM = Func(
    F("ultima_compra"),
    Cast(Ceil(F("intervalo_mediano_dias") * ATRASO), IntegerField()),
    template="(%(expressions)s)",
    arg_joiner=" + ",
    output_field=DateField(),
)
