"""O que as histórias da agenda têm em comum: a véspera do feriado, um cliente da Ana e os gestos curtos."""

import uuid
from datetime import date
from typing import Any

from clientes.agenda import Proximo, agendar
from clientes.models import Agendamento, Contato, Ocorrencia
from clientes.relacionamento import registrar_contato
from contas.models import Usuario

VESPERA = date(2026, 11, 19)  # quinta; sexta é feriado, e o útil seguinte é a segunda 23
SEGUNDA = date(2026, 11, 23)


def marcar(cliente: Any, por: Usuario, em: date = VESPERA, **campos: Any) -> Agendamento:
    return agendar(cliente=cliente, proximo=Proximo(em, **campos), por=por)


def registrar(cliente: Any, por: Usuario, ocorrencia: str = "Não atendeu", **resto: Any) -> Contato:
    achada = Ocorrencia.objects.get(nome=ocorrencia)
    return registrar_contato(
        cliente=cliente, canal="ligacao", ocorrencia=achada, por=por, chave=uuid.uuid4(), **resto
    )


def visto(agendamento: Agendamento) -> tuple[Any, ...]:
    """Como está no banco: data, hora, tentativas, remarcações e a data do começo."""
    a = Agendamento.objects.get(pk=agendamento.pk)
    return a.em, a.hora, a.tentativas, a.remarcacoes, a.em_original


def em_aberto() -> list[date]:
    abertos = Agendamento.objects.filter(concluido_em__isnull=True, cancelado_em__isnull=True)
    return list(abertos.order_by("em").values_list("em", flat=True))
