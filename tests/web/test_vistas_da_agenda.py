"""As vistas da agenda: dia, semana e lista, o atrasado no alto, e quem abre a de quem."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db.backends.postgresql.psycopg_any import DateRange

from carteira.web.agenda import NO_ALTO
from clientes.models import Agendamento
from contas.models import Cobertura, Empresa
from tests.conftest import SAO_PAULO
from tests.web.test_agenda import SEGUNDA, VESPERA, marcado, nomes

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _relogio(empresa: Empresa) -> Iterator[None]:
    Empresa.objects.update(referencia=VESPERA)
    with time_machine.travel(datetime(2026, 11, 19, 9, 0, tzinfo=SAO_PAULO), tick=False):
        yield


@pytest.fixture
def cliente(ana: Any, novo_cliente: Any) -> Any:
    return novo_cliente("C1", vendedor=ana, razao_social="Casa Azul", uf="SC")


def test_semana_traz_cada_dia_com_hora_e_o_feriado_dito(ana: Any, cliente: Any, entrar: Any) -> None:
    marcado(cliente, ana, SEGUNDA, hora=time(14))
    marcado(cliente, ana, SEGUNDA, hora=time(8, 30))
    marcado(cliente, ana, SEGUNDA)
    marcado(cliente, ana, date(2026, 11, 28))  # sábado
    dias = entrar(ana).get("/agenda/?ver=semana&dia=2026-11-25").context["dias"]
    assert [d.em.day for d in dias] == [23, 24, 25, 26, 27, 28]  # domingo vazio não aparece
    assert [c.hora for c in dias[0].itens] == [time(8, 30), time(14), None]
    desta = entrar(ana).get("/agenda/?ver=semana")
    assert [d.em.day for d in desta.context["dias"]] == [16, 17, 18, 19, 20]
    assert "Feriado: Dia Nacional de Zumbi e da Consciência Negra" in desta.content.decode()


def test_dia_tem_o_que_falta_e_o_que_ja_se_fez(ana: Any, cliente: Any, entrar: Any) -> None:
    feito = marcado(cliente, ana)
    navegador = entrar(ana)
    navegador.post(f"/agenda/{feito.pk}/concluir/")
    marcado(cliente, ana, hora=time(16))
    resposta = navegador.get("/agenda/?ver=dia")
    (hoje,) = resposta.context["dias"]
    assert ([c.pk for c in hoje.feitos], [c.hora for c in hoje.itens]) == ([feito.pk], [time(16)])
    navegacao = resposta.context["navegacao"]
    assert navegacao == {
        "anterior": "/agenda/?ver=dia&dia=2026-11-18",
        "hoje": "/agenda/?ver=dia",
        "proximo": "/agenda/?ver=dia&dia=2026-11-20",
    }
    assert "Nada combinado para este dia." in navegador.get(navegacao["proximo"]).content.decode()


def test_dia_sem_sentido_na_url_e_hoje(ana: Any, entrar: Any) -> None:
    navegador = entrar(ana)
    for dia in ("ontem", "2026-99-99", "0001-01-01", "9999-12-31", "²"):
        for ver in ("dia", "semana"):
            resposta = navegador.get(f"/agenda/?ver={ver}&dia={dia}")
            assert resposta.context["pedido"].dia == VESPERA, (dia, ver)


def test_vista_desconhecida_e_404(ana: Any, entrar: Any) -> None:
    assert entrar(ana).get("/agenda/?ver=mes").status_code == 404


def test_gestor_ve_a_de_cada_um_da_equipe_e_o_conjunto(
    ana: Any, bruno: Any, carla: Any, cliente: Any, novo_cliente: Any, entrar: Any
) -> None:
    de_carla = novo_cliente("C9", vendedor=carla)
    marcado(cliente, ana)
    marcado(cliente, bruno)
    marcado(de_carla, carla)
    navegador = entrar(bruno)

    def quantos(consulta: str) -> list[str]:
        resposta = navegador.get(f"/agenda/{consulta}")
        return [c.responsavel.nome for g in resposta.context["grupos"] for c in g["itens"]]

    assert quantos("") == ["Bruno Lima"]
    assert quantos(f"?pessoa={ana.pk}") == ["Ana Souza"]
    assert quantos("?pessoa=todos") == ["Ana Souza", "Bruno Lima"]
    for alheia in (carla.pk, 999999, "x"):
        assert navegador.get(f"/agenda/?pessoa={alheia}").status_code == 404
    assert entrar(ana).get("/agenda/?pessoa=todos").status_code == 404
    assert entrar(ana).get(f"/agenda/?pessoa={bruno.pk}").status_code == 404


def test_quem_cobre_ferias_abre_a_agenda_de_quem_saiu(
    ana: Any, carla: Any, cliente: Any, novo_cliente: Any, entrar: Any
) -> None:
    marcado(cliente, ana)
    Cobertura.objects.create(ausente=ana, substituto=carla, periodo=DateRange(VESPERA, SEGUNDA))
    assert nomes(entrar(carla).get(f"/agenda/?pessoa={ana.pk}"), "Hoje") == ["C1"]


def test_muitos_atrasados_nao_empurram_o_dia_e_a_lista_traz_todos(
    ana: Any, cliente: Any, entrar: Any
) -> None:
    for n in range(NO_ALTO + 4):
        marcado(cliente, ana, VESPERA - timedelta(days=20 - n))
    marcado(cliente, ana, hora=time(10))
    do_dia = entrar(ana).get("/agenda/?ver=dia")
    (alto,) = do_dia.context["grupos"]
    assert [c.em.day for c in alto["itens"]][:2] == [30, 31]
    assert len(alto["itens"]) == NO_ALTO
    assert "Ver todos os atrasados" in do_dia.content.decode()
    assert len(do_dia.context["dias"][0].itens) == 1
    lista = entrar(ana).get(do_dia.context["mais_no_alto"]).context["grupos"]
    assert {g["titulo"]: len(g["itens"]) for g in lista} == {"Atrasados": NO_ALTO + 4, "Hoje": 1}


def test_lista_longa_se_pagina_com_o_atrasado_na_primeira(ana: Any, cliente: Any, entrar: Any) -> None:
    Agendamento.objects.bulk_create(
        Agendamento(cliente=cliente, responsavel=ana, criado_por=ana, em=VESPERA + timedelta(days=n))
        for n in range(-1, 100)
    )
    primeira, segunda = (entrar(ana).get(f"/agenda/?pagina={n}") for n in (1, 2))
    assert primeira.context["grupos"][0]["titulo"] == "Atrasados"
    assert [sum(len(g["itens"]) for g in r.context["grupos"]) for r in (primeira, segunda)] == [100, 1]
    assert "101" in primeira.content.decode()
