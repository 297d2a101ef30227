"""As pendências de um cliente, em cada limite e na referência da empresa."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clientes.models import Atendimento, Orcamento, ProrrogacaoDeTitulo, Titulo
from clientes.pendencias import Farol, Pendencias, itens_pendentes, pendencias_de
from contas.models import Empresa
from tests.conftest import HOJE

pytestmark = pytest.mark.django_db
REFERENCIA = HOJE - timedelta(days=2)


@pytest.fixture(autouse=True)
def _referencia(empresa: Empresa) -> None:
    Empresa.objects.update(referencia=REFERENCIA)


def titulo(cliente: Any, numero: str, em_dias: int, saldo: str = "100.00", valor: str = "") -> Titulo:
    vencimento = REFERENCIA + timedelta(days=em_dias)
    return Titulo.objects.create(
        empresa=cliente.empresa, numero=numero, cliente=cliente, emissao=vencimento - timedelta(days=30),
        vencimento=vencimento, valor=Decimal(valor or saldo), saldo=Decimal(saldo),
    )  # fmt: skip


def orcamento(cliente: Any, numero: str, em_dias: int | None, situacao: str = "aberto") -> Orcamento:
    validade = None if em_dias is None else REFERENCIA + timedelta(days=em_dias)
    return Orcamento.objects.create(
        empresa=cliente.empresa, numero=numero, cliente=cliente, data=REFERENCIA - timedelta(days=40),
        validade=validade, valor=Decimal("50.00"), situacao=situacao,
    )  # fmt: skip


def resumo(cliente: Any) -> Pendencias:
    return pendencias_de([cliente.pk], HOJE)[cliente.pk]


@pytest.mark.parametrize(
    ("em_dias", "farol"),
    [
        (-1, Farol.VERMELHO),
        (0, Farol.AMARELO),
        (5, Farol.AMARELO),
        (6, Farol.VERDE),
    ],
)
def test_farol_em_cada_limite_do_vencimento(ana, novo_cliente, em_dias: int, farol: Farol):
    cliente = novo_cliente("C1", vendedor=ana)
    titulo(cliente, "T1", em_dias)
    assert resumo(cliente).farol == farol


@pytest.mark.parametrize(
    ("saldo", "limite", "uso", "farol"),
    [
        ("900.00", "1000.00", Decimal(90), Farol.VERDE),
        ("900.01", "1000.00", Decimal("90.001"), Farol.AMARELO),
        ("1500.00", "1000.00", Decimal(150), Farol.AMARELO),
        ("10.00", "0", Decimal(100), Farol.AMARELO),
        ("10.00", None, None, Farol.VERDE),
    ],
)
def test_farol_do_limite_de_credito(ana, novo_cliente, saldo: str, limite: Any, uso: Any, farol: Farol):
    cliente = novo_cliente("C1", vendedor=ana, limite_credito=limite and Decimal(limite))
    titulo(cliente, "T1", 40, saldo)
    achado = resumo(cliente)
    assert (achado.uso_do_limite, achado.farol) == (uso, farol)


def test_o_resumo_soma_saldos_e_nao_valores_e_diz_o_atraso_do_mais_velho(ana, novo_cliente):
    cliente = novo_cliente("C1", vendedor=ana, limite_credito=Decimal("5000.00"))
    titulo(cliente, "T1", -49, "2170.00")
    titulo(cliente, "T2", -10, "242.50", valor="1242.50")
    titulo(cliente, "T3", 3, "450.00")
    titulo(cliente, "T4", 33, "900.00")
    titulo(cliente, "T5", -90, "0.00", valor="810.00")
    achado = resumo(cliente)
    assert achado.em == REFERENCIA
    assert (achado.vencidos, achado.valor_vencido, achado.dias_de_atraso) == (2, Decimal("2412.50"), 49)
    assert (achado.vencem_logo, achado.valor_que_vence_logo) == (1, Decimal("450.00"))
    assert (achado.a_vencer, achado.valor_a_vencer) == (2, Decimal("1350.00"))
    assert (achado.em_aberto, achado.livre) == (Decimal("3762.50"), Decimal("1237.50"))


def test_orcamento_expirado_nao_e_pendencia_e_o_do_dia_ainda_e(ana, novo_cliente):
    cliente = novo_cliente("C1", vendedor=ana)
    orcamento(cliente, "O1", -1)
    orcamento(cliente, "O2", 0)
    orcamento(cliente, "O3", None)
    orcamento(cliente, "O4", 20, "perdido")
    achado = resumo(cliente)
    assert (achado.orcamentos, achado.orcamento_vence_em, achado.orcamento_vence_logo) == (
        2,
        REFERENCIA,
        True,
    )
    assert [i.numero for i in itens_pendentes(cliente.pk, REFERENCIA)] == ["O2", "O3"]


def test_atendimento_aberto_conta_e_a_nao_conformidade_vem_na_frente(ana, novo_cliente):
    cliente = novo_cliente("C1", vendedor=ana)
    for numero, tipo, fim in (
        ("A1", "troca", None),
        ("A2", "nao_conformidade", None),
        ("A3", "nao_conformidade", HOJE),
    ):
        Atendimento.objects.create(
            empresa=cliente.empresa, numero=numero, cliente=cliente, tipo=tipo, assunto="x",
            aberto_em=date(2026, 10, 1), fechado_em=fim,
        )  # fmt: skip
    achado = resumo(cliente)
    assert (achado.atendimentos, achado.nao_conformidades) == (2, 1)
    assert [i.numero for i in itens_pendentes(cliente.pk, REFERENCIA)] == ["A2", "A1"]


def test_titulo_prorrogado_lembra_os_vencimentos_que_ja_teve(ana, novo_cliente):
    cliente = novo_cliente("C1", vendedor=ana)
    dele = titulo(cliente, "T1", -10)
    for de, para in ((-40, -25), (-25, -10)):
        ProrrogacaoDeTitulo.objects.create(
            titulo=dele, de=REFERENCIA + timedelta(days=de), para=REFERENCIA + timedelta(days=para)
        )
    (item,) = itens_pendentes(cliente.pk, REFERENCIA)
    assert item.prorrogacoes == [REFERENCIA - timedelta(days=40), REFERENCIA - timedelta(days=25)]
    assert (item.atrasado, item.dias_de_atraso, item.valor) == (True, 10, Decimal("100.00"))


def test_muitos_clientes_custam_uma_consulta_e_ninguem_recebe_o_do_outro(ana, novo_cliente):
    clientes = [novo_cliente(f"C{n}", vendedor=ana) for n in range(30)]
    titulo(clientes[7], "T7", -3, "77.00")
    with CaptureQueriesContext(connection) as contadas:
        achados = pendencias_de([c.pk for c in clientes], HOJE)
    assert len(contadas) == 1
    assert {pk for pk, p in achados.items() if p.vencidos} == {clientes[7].pk}
    assert set(achados) == {c.pk for c in clientes}


def test_empresa_sem_referencia_olha_de_hoje(ana, novo_cliente):
    Empresa.objects.update(referencia=None)
    cliente = novo_cliente("C1", vendedor=ana)
    titulo(cliente, "T1", 1)  # vence um dia antes de hoje
    assert resumo(cliente).em == HOJE
    assert resumo(cliente).vencidos == 1
