"""A noite pede o ajuste e segue; a varredura acha o pedido que se perdeu; o mês seguinte pede outro."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from atividade.models import EstadoDaExecucao, Execucao, ProbabilidadeEmVigor
from carteira.probabilidades import PROBABILIDADE, atender
from carteira.recalculos import recalcular_empresa
from carteira.rotinas import Desfecho, rotina_noturna
from carteira.varredura import varrer
from contas.models import Empresa
from tests.conftest import novo_pedido
from tests.probabilidade.conftest import DIA

pytestmark = pytest.mark.django_db
DEPOIS_DA_NOITE = datetime(2026, 11, 20, 3, 0, tzinfo=ZoneInfo("America/Sao_Paulo"))


@pytest.fixture(autouse=True)
def tocadas(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    lista: list[tuple[Any, ...]] = []
    tocar = lambda tarefa, *args: lista.append((tarefa.name.rsplit(".", 1)[-1], *args))  # noqa: E731
    monkeypatch.setattr("carteira.varredura.tocar", tocar)
    monkeypatch.setattr("carteira.tasks.tocar", tocar)
    return lista


def pedidos() -> list[tuple[Any, str]]:
    return list(
        Execucao.objects.filter(rotina=PROBABILIDADE)
        .order_by("referencia")
        .values_list("referencia", "estado")
    )


def test_a_noite_pede_uma_vez_por_mes_e_a_varredura_cobra(
    empresa: Empresa, novo_cliente: Any, tocadas: list[Any]
) -> None:
    cliente = novo_cliente("C", compras=[(DIA - timedelta(days=n), 10) for n in (0, 30)])
    assert rotina_noturna(DIA, hoje=DIA) == Desfecho.FEITA
    assert pedidos() == [(DIA, EstadoDaExecucao.PENDENTE)]
    assert varrer(agora=DEPOIS_DA_NOITE)["probabilidades"] == [empresa.pk]
    assert ("ajustar_probabilidade_task", empresa.pk) in tocadas
    feita = atender(empresa.pk)
    assert feita is not None
    assert feita.passos["ajuste"]["contagens"] == {"clientes": 1, "linhas": 0, "modelo": ""}
    assert "probabilidades" not in varrer(agora=DEPOIS_DA_NOITE)

    amanha = DIA + timedelta(days=1)
    novo_pedido(cliente, "N1", amanha)
    rotina_noturna(amanha, hoje=amanha)
    assert pedidos() == [(DIA, EstadoDaExecucao.FEITA)]
    no_outro_mes = DIA + timedelta(days=11)
    novo_pedido(cliente, "N2", no_outro_mes)
    rotina_noturna(no_outro_mes, hoje=no_outro_mes)
    assert pedidos() == [(DIA, EstadoDaExecucao.FEITA), (no_outro_mes, EstadoDaExecucao.PENDENTE)]


def test_o_recalculo_depois_de_importar_tambem_pede(
    empresa: Empresa, davi: Any, novo_cliente: Any, hoje: Any
) -> None:
    novo_cliente("C", compras=[(hoje, 10)])
    recalcular_empresa(empresa.pk, por=davi)
    assert pedidos() == [(hoje, EstadoDaExecucao.PENDENTE)]
    atender(empresa.pk)
    assert ProbabilidadeEmVigor.objects.get().ajuste.referencia == hoje


def test_o_que_quebra_no_pedido_nao_muda_o_desfecho_da_noite(
    empresa: Empresa, novo_cliente: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    novo_cliente("C", compras=[(DIA, 10)])
    monkeypatch.setattr("carteira.probabilidades.devido", lambda empresa: 1 / 0)
    assert rotina_noturna(DIA, hoje=DIA) == Desfecho.FEITA
    assert pedidos() == []
