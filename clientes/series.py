"""Repetições: cada agendamento de uma série traz em si a repetição, e o seguinte nasce quando ele se resolve."""

from datetime import date

from django.utils import timezone

from clientes.models import Agendamento
from clientes.mudancas_da_agenda import regras_de
from clientes.pitch import atual as pitch_atual
from clientes.regras_da_agenda import proxima_da_serie
from contas.models import Usuario

_HERDA = ("cliente", "hora", "tipo", "nota", "recorrencia", "repetir_ate", "ciclo_dias", "criado_por")


def continuar(anterior: Agendamento, *, depois_de: date) -> Agendamento | None:
    """Marca o seguinte da série, se ela ainda anda e ele ainda não existe; quem chama travou o anterior."""
    desde = anterior.serie_desde or anterior.em
    em = proxima_da_serie(
        desde=desde,
        recorrencia=anterior.recorrencia,
        depois_de=depois_de,
        ate=anterior.repetir_ate,
        ciclo_dias=anterior.ciclo_dias,
        uf=regras_de(anterior).uf,
    )
    if em is None or anterior.seguintes.filter(cancelado_em__isnull=True).exists():
        return None
    return Agendamento.objects.create(
        anterior=anterior,
        em=em,
        serie_desde=desde,
        responsavel=_responsavel(anterior),
        pitch=pitch_atual(anterior.cliente_id),
        **{campo: getattr(anterior, campo) for campo in _HERDA},
    )


def _responsavel(anterior: Agendamento) -> Usuario:
    """O mesmo, enquanto estiver na casa; depois dele, o dono do cliente."""
    if anterior.responsavel.is_active or anterior.cliente.vendedor is None:
        return anterior.responsavel
    return anterior.cliente.vendedor


def retirar_seguinte(anterior: Agendamento) -> bool:
    """Cancela o seguinte que ninguém tocou ainda; falso se ele já andou."""
    seguinte = anterior.seguintes.select_for_update().filter(cancelado_em__isnull=True).first()
    if seguinte is None:
        return True
    if seguinte.concluido_em or seguinte.mudancas.exists():
        return False
    seguinte.cancelado_em = timezone.now()
    seguinte.save(update_fields=["cancelado_em"])
    return True
