"""Resultados: os limites do período e da regra, as colunas do relatório, e dez contatos que dão 30 %."""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from atividade.giro import Janela
from atividade.limiares import configurar
from atividade.regras import Periodo
from clientes.models import Cliente, Contato, Ocorrencia, Pedido
from contas.models import Empresa, Usuario
from relatorios.resultados import contatos, reativados
from relatorios.resultados.consulta import Consulta, Recorte
from tests.conftest import HOJE, SAO_PAULO, novo_pedido

pytestmark = pytest.mark.django_db


def _em(dia: date, hora: int = 10) -> datetime:
    return datetime.combine(dia, time(hora, 30), SAO_PAULO)


def _consulta(quem: Usuario, janela: Janela, **recorte: Any) -> Consulta:
    return Consulta(quem, janela, HOJE, Recorte(**recorte))


@pytest.fixture
def regra_de_60(empresa: Empresa) -> Empresa:
    configurar(
        empresa=empresa, periodo=Periodo(60, "d"), antecedencia=Periodo(20, "d"), vigente_desde=date(2020, 1, 1),
        por=None,
    )  # fmt: skip
    Empresa.objects.filter(pk=empresa.pk).update(referencia=HOJE)
    empresa.refresh_from_db()
    return empresa


NOVEMBRO = Janela(date(2026, 11, 1), date(2026, 11, 15))


@pytest.mark.parametrize(
    ("anterior", "compra", "lista"),
    [
        (
            date(2026, 9, 2),
            date(2026, 11, 1),
            True,
        ),  # 60 dias: inativo no dia em que comprou; e o primeiro dia conta
        (date(2026, 9, 3), date(2026, 11, 1), False),  # 59: era quase inativo, e quase inativo nunca entra
        (date(2026, 8, 1), date(2026, 11, 15), True),  # o último dia conta
        (date(2026, 8, 1), date(2026, 11, 16), False),  # o dia seguinte, não
        (date(2026, 8, 1), date(2026, 10, 31), False),
    ],
)
def test_os_limites_do_periodo_e_da_regra(
    anterior: date,
    compra: date,
    lista: bool,
    ana: Usuario,
    novo_cliente: Callable[..., Cliente],
    regra_de_60: Empresa,
    hoje: date,
) -> None:
    novo_cliente("A1", vendedor=ana, compras=[(anterior, "50.00"), (compra, "105.00")])
    assert [x.codigo for x in reativados.listar(_consulta(ana, NOVEMBRO))] == (["A1"] if lista else [])


def test_as_colunas_do_relatorio_e_o_total(
    ana: Usuario, carla: Usuario, novo_cliente: Callable[..., Cliente], regra_de_60: Empresa, hoje: date
) -> None:
    """Do pedido que reativou ao fim do período; o cancelado não conta; sem impostos onde o ERP os separa."""
    um = novo_cliente("A1", vendedor=ana, compras=[(date(2026, 6, 1), "50.00")])
    novo_pedido(um, "P1", date(2026, 11, 3), "100.00")
    novo_pedido(um, "P2", date(2026, 11, 9), "70.00", "cancelado")
    Pedido.objects.filter(pk=novo_pedido(um, "P3", date(2026, 11, 15), "40.00").pk).update(
        valor_sem_impostos="32.10"
    )
    novo_pedido(um, "P4", date(2026, 11, 16), "900.00")
    novo_cliente("C1", vendedor=carla, compras=[(date(2026, 6, 1), "1.00"), (date(2026, 11, 3), "9.00")])
    (linha,) = reativados.listar(_consulta(ana, NOVEMBRO))
    assert (linha.empresa_codigo, linha.nome, linha.pedidos, linha.valor, linha.ultimo, linha.silencio) == (
        "1", "Cliente A1", 2, Decimal("132.10"), date(2026, 11, 15), 155,
    )  # fmt: skip
    (soma,) = reativados.somar(_consulta(ana, NOVEMBRO), [NOVEMBRO])
    assert (soma.clientes, soma.pedidos, soma.valor, soma.ticket) == (
        1,
        2,
        Decimal("132.10"),
        Decimal("66.05"),
    )
    assert soma.sem_separar_impostos == 1


def test_vale_a_regra_do_dia_da_compra_e_nao_a_de_hoje(
    ana: Usuario, novo_cliente: Callable[..., Cliente], regra_de_60: Empresa, hoje: date
) -> None:
    configurar(
        empresa=regra_de_60, periodo=Periodo(100, "d"), antecedencia=Periodo(20, "d"),
        vigente_desde=date(2026, 11, 8), por=None,
    )  # fmt: skip
    novo_cliente("A1", vendedor=ana, compras=[(date(2026, 8, 20), "50.00"), (date(2026, 11, 7), "5.00")])
    novo_cliente("A2", vendedor=ana, compras=[(date(2026, 8, 20), "50.00"), (date(2026, 11, 8), "5.00")])
    assert [x.codigo for x in reativados.listar(_consulta(ana, NOVEMBRO))] == ["A1"]


def test_dez_contatos_tres_pedidos_sao_30_por_cento(
    ana: Usuario, novo_cliente: Callable[..., Cliente], regra_de_60: Empresa, hoje: date
) -> None:
    efetiva = Ocorrencia.objects.filter(efetiva=True).first()
    for n in range(10):
        cliente = novo_cliente(f"A{n}", vendedor=ana)
        Contato.objects.create(
            cliente=cliente, canal="ligacao", ocorrencia=efetiva, atendente=ana, em=_em(date(2026, 11, 2))
        )
        if n < 3:
            novo_pedido(cliente, f"P{n}", date(2026, 11, 2 + n), "10.00")
    total = contatos.esforco(_consulta(ana, NOVEMBRO))
    assert (total.contatos, total.pedidos, total.conversao) == (10, 3, Decimal(30))
