"""Séries: concluir marca o seguinte uma vez, e se edita ou cancela só este ou este e os próximos."""

from datetime import date, time
from typing import Any

import pytest

from clientes.agenda import (
    Proximo,
    cancelar_agendamento,
    concluir_agendamento,
    editar_agendamento,
    insistir,
    reabrir_agendamento,
    remarcar_agendamento,
)
from clientes.models import Agendamento, MudancaDeAgendamento
from clientes.relacionamento import desfazer_contato
from contas.models import Usuario
from tests.clientes.historias_da_agenda import SEGUNDA, VESPERA, em_aberto, marcar, registrar, visto

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quinta")]


def test_concluir_marca_o_seguinte_uma_vez_so(ana: Usuario, cliente: Any) -> None:
    marcado = marcar(cliente, ana, hora=time(9), tipo="visita", nota="amostras", recorrencia="semanal")
    assert concluir_agendamento(agendamento=marcado) is True
    assert concluir_agendamento(agendamento=marcado) is False
    seguinte = marcado.seguintes.get()
    copiados = (seguinte.em, seguinte.hora, seguinte.tipo, seguinte.nota, seguinte.responsavel)
    assert copiados == (date(2026, 11, 26), time(9), "visita", "amostras", ana)
    assert (seguinte.recorrencia, seguinte.serie_desde, seguinte.tentativas) == ("semanal", VESPERA, 0)


def test_contato_efetivo_tambem_anda_a_serie_e_desfazer_a_devolve(ana: Usuario, cliente: Any) -> None:
    marcado = marcar(cliente, ana, recorrencia="mensal")
    contato = registrar(cliente, ana, "Vai pensar")
    assert em_aberto() == [date(2026, 12, 21)]  # 19/12 é sábado
    desfazer_contato(contato=contato, por=ana)
    assert em_aberto() == [VESPERA]
    registrar(cliente, ana, "Vai pensar")
    assert em_aberto() == [date(2026, 12, 21)]
    assert marcado.seguintes.filter(cancelado_em__isnull=True).count() == 1


def test_a_serie_para_em_repetir_ate(ana: Usuario, cliente: Any, relogio: Any) -> None:
    marcado = marcar(cliente, ana, recorrencia="semanal", repetir_ate=date(2026, 11, 26))
    concluir_agendamento(agendamento=marcado)
    relogio(date(2026, 11, 26))
    concluir_agendamento(agendamento=marcado.seguintes.get())
    assert em_aberto() == []
    assert Agendamento.objects.count() == 2


def test_no_ritmo_do_cliente(ana: Usuario, cliente: Any) -> None:
    marcado = marcar(cliente, ana, recorrencia="ciclo", ciclo_dias=32)
    concluir_agendamento(agendamento=marcado)
    assert em_aberto() == [date(2026, 12, 21)]


def test_cancelar_so_este_ou_a_serie(ana: Usuario, cliente: Any) -> None:
    marcado = marcar(cliente, ana, recorrencia="semanal")
    cancelar_agendamento(agendamento=marcado)
    assert em_aberto() == [date(2026, 11, 26)]
    cancelar_agendamento(agendamento=marcado.seguintes.get(), serie=True)
    assert em_aberto() == []


def test_reabrir_cancela_o_seguinte_intocado(ana: Usuario, cliente: Any) -> None:
    marcado = marcar(cliente, ana, recorrencia="semanal")
    concluir_agendamento(agendamento=marcado)
    assert reabrir_agendamento(agendamento=marcado) is True
    assert em_aberto() == [VESPERA]
    concluir_agendamento(agendamento=marcado)
    assert em_aberto() == [date(2026, 11, 26)]
    cancelado = marcado.seguintes.exclude(cancelado_em=None).get()
    assert reabrir_agendamento(agendamento=cancelado) is False  # o lugar dele já é de outro
    assert em_aberto() == [date(2026, 11, 26)]


def test_reabrir_depois_que_o_seguinte_andou_deixa_a_serie_com_ele(ana: Usuario, cliente: Any) -> None:
    marcado = marcar(cliente, ana, recorrencia="semanal")
    concluir_agendamento(agendamento=marcado)
    remarcar_agendamento(agendamento=marcado.seguintes.get(), para=date(2026, 11, 27), por=ana)
    reabrir_agendamento(agendamento=marcado)
    assert em_aberto() == [VESPERA, date(2026, 11, 27)]
    concluir_agendamento(agendamento=marcado)
    assert em_aberto() == [date(2026, 11, 27)]


def test_editar_so_este_destaca_e_a_serie_segue_como_era(ana: Usuario, cliente: Any) -> None:
    marcado = marcar(cliente, ana, hora=time(9), recorrencia="semanal")
    for _ in range(2):
        novo = Proximo(SEGUNDA, time(15), "visita", "levar amostra", recorrencia="semanal")
        assert editar_agendamento(agendamento=marcado, proximo=novo, por=ana, so_este=True) is True
    este, seguinte = Agendamento.objects.order_by("em")
    assert (este.em, este.hora, este.tipo, este.recorrencia) == (SEGUNDA, time(15), "visita", "")
    assert (seguinte.em, seguinte.hora, seguinte.tipo) == (date(2026, 11, 26), time(9), "ligacao")
    concluir_agendamento(agendamento=este)
    assert em_aberto() == [date(2026, 11, 26)]


def test_editar_este_e_os_proximos_muda_o_dia_da_serie(ana: Usuario, cliente: Any) -> None:
    marcado = marcar(cliente, ana, recorrencia="semanal")
    novo = Proximo(SEGUNDA, time(15), recorrencia="quinzenal")
    editar_agendamento(agendamento=marcado, proximo=novo, por=ana)
    concluir_agendamento(agendamento=marcado)
    seguinte = marcado.seguintes.get()
    assert (seguinte.em, seguinte.hora, seguinte.recorrencia) == (date(2026, 12, 8), time(15), "quinzenal")


def test_editar_so_a_nota_nao_remarca_nem_desloca_a_serie(ana: Usuario, cliente: Any) -> None:
    marcado = marcar(cliente, ana, recorrencia="semanal")
    novo = Proximo(VESPERA, nota="falar do frete", recorrencia="semanal")
    editar_agendamento(agendamento=marcado, proximo=novo, por=ana)
    assert visto(marcado) == (VESPERA, None, 0, 0, None)
    assert Agendamento.objects.get().nota == "falar do frete"
    assert MudancaDeAgendamento.objects.get().tipo == "editado"


def test_fechado_nao_se_edita(ana: Usuario, cliente: Any) -> None:
    marcado = marcar(cliente, ana)
    concluir_agendamento(agendamento=marcado)
    assert editar_agendamento(agendamento=marcado, proximo=Proximo(SEGUNDA), por=ana) is False
    assert insistir(agendamento=marcado, por=ana) is None
    assert visto(marcado)[0] == VESPERA
