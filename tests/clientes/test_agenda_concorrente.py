"""Muitos ao mesmo tempo sobre o mesmo compromisso: a série anda uma vez só."""

import threading
import uuid
from datetime import date
from typing import Any

import pytest
from django.db import connections

from clientes.agenda import Proximo, agendar, concluir_agendamento
from clientes.models import Agendamento, Contato, MudancaDeAgendamento, Ocorrencia
from clientes.relacionamento import registrar_contato
from contas.models import Usuario

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hoje")]
HOJE = date(2026, 11, 20)


def juntos(gesto: Any, quantos: int = 8) -> None:
    """Todos largam no mesmo instante; um erro em qualquer um reprova."""
    largada, erros = threading.Barrier(quantos), []

    def correr() -> None:
        try:
            largada.wait()
            gesto()
        except Exception as erro:
            erros.append(erro)
        finally:
            connections.close_all()

    corredores = [threading.Thread(target=correr) for _ in range(quantos)]
    for corredor in corredores:
        corredor.start()
    for corredor in corredores:
        corredor.join()
    assert erros == []


def test_concluir_ao_mesmo_tempo_marca_um_seguinte(ana: Usuario, novo_cliente: Any) -> None:
    cliente = novo_cliente("C1", vendedor=ana)
    marcado = agendar(cliente=cliente, proximo=Proximo(HOJE, recorrencia="semanal"), por=ana)
    juntos(lambda: concluir_agendamento(agendamento=Agendamento(pk=marcado.pk)))
    assert list(marcado.seguintes.values_list("em", flat=True)) == [date(2026, 11, 27)]


def test_contatos_efetivos_ao_mesmo_tempo_andam_a_serie_uma_vez(ana: Usuario, novo_cliente: Any) -> None:
    cliente = novo_cliente("C1", vendedor=ana)
    marcado = agendar(cliente=cliente, proximo=Proximo(HOJE, recorrencia="semanal"), por=ana)
    falou = Ocorrencia.objects.get(nome="Vai pensar")
    juntos(
        lambda: registrar_contato(
            cliente=cliente, canal="ligacao", ocorrencia=falou, chave=uuid.uuid4(), por=ana
        )
    )
    assert Contato.objects.count() == 8
    assert list(marcado.seguintes.values_list("em", flat=True)) == [date(2026, 11, 27)]


def test_tentativas_ao_mesmo_tempo_contam_uma_por_dia(ana: Usuario, novo_cliente: Any) -> None:
    cliente = novo_cliente("C1", vendedor=ana)
    marcado = agendar(cliente=cliente, proximo=Proximo(HOJE), por=ana)
    nao_atendeu = Ocorrencia.objects.get(nome="Não atendeu")
    juntos(
        lambda: registrar_contato(
            cliente=cliente, canal="ligacao", ocorrencia=nao_atendeu, chave=uuid.uuid4(), por=ana
        )
    )
    marcado.refresh_from_db()
    assert (marcado.em, marcado.tentativas) == (date(2026, 11, 23), 1)
    assert MudancaDeAgendamento.objects.count() == 1


def test_marcar_ao_mesmo_tempo_o_mesmo_combinado_marca_um(ana: Usuario, novo_cliente: Any) -> None:
    cliente = novo_cliente("C1", vendedor=ana)
    juntos(lambda: agendar(cliente=cliente, proximo=Proximo(HOJE, nota="ligar"), por=ana))
    assert Agendamento.objects.count() == 1
