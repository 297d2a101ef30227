"""Toda mudança de status é uma linha, no dia em que se tornou verdade, com o seu motivo."""

from datetime import date, timedelta
from typing import Any

import pytest

from atividade.limiares import configurar
from atividade.models import Indicadores, MudancaStatus
from atividade.regras import Periodo
from clientes.models import Pedido
from tests.atividade.conftest import de, historia
from tests.conftest import novo_pedido

pytestmark = pytest.mark.django_db
DIA = date(2024, 3, 1)


@pytest.fixture
def trinta_dez(empresa: Any) -> Any:
    """Inativo aos 30 dias, quase inativo aos 20."""
    return regra(empresa, "30d", "10d")


def regra(empresa: Any, periodo: str, antecedencia: str, desde: date = date(2020, 1, 1)) -> Any:
    return configurar(empresa=empresa, periodo=Periodo.de_texto(periodo), antecedencia=Periodo.de_texto(antecedencia),
                      vigente_desde=desde, por=None)  # fmt: skip


def test_prospect_que_compra_vira_ativo(trinta_dez: Any, rodar: Any, novo_cliente: Any) -> None:
    cliente = novo_cliente("C")
    rodar(DIA)
    pedido = novo_pedido(cliente, "N1", DIA + timedelta(days=1))
    novo_pedido(cliente, "N2", DIA + timedelta(days=1))
    assert rodar(DIA + timedelta(days=2)).mudancas == 1
    assert historia(cliente) == [("prospect", "ativo", DIA + timedelta(days=1), "compra")]
    assert MudancaStatus.objects.get().pedido == pedido


def test_noites_perdidas_viram_uma_linha_por_limite(trinta_dez: Any, rodar: Any, novo_cliente: Any) -> None:
    cliente = novo_cliente("C", compras=[(DIA, 1)])
    rodar(DIA)
    rodar(DIA + timedelta(days=60))
    assert historia(cliente) == [
        ("ativo", "quase_inativo", DIA + timedelta(days=20), "tempo"),
        ("quase_inativo", "inativo", DIA + timedelta(days=30), "tempo"),
    ]
    assert {m.limiar for m in MudancaStatus.objects.all()} == {trinta_dez}


def test_quem_chega_ao_limite_e_compra_nele_foi_inativo(
    trinta_dez: Any, rodar: Any, novo_cliente: Any
) -> None:
    cliente = novo_cliente("C", compras=[(DIA, 1)])
    rodar(DIA + timedelta(days=25))
    novo_pedido(cliente, "N", DIA + timedelta(days=30))
    rodar(DIA + timedelta(days=30))
    assert historia(cliente) == [
        ("quase_inativo", "inativo", DIA + timedelta(days=30), "tempo"),
        ("inativo", "ativo", DIA + timedelta(days=30), "compra"),
    ]
    assert de(cliente).recuperado_ate == DIA + timedelta(days=30 + 89)


def test_pedido_atrasado_depois_da_ultima_mudanca_e_compra_na_data_dele(
    trinta_dez: Any, rodar: Any, novo_cliente: Any
) -> None:
    cliente = novo_cliente("C", compras=[(DIA, 1)])
    rodar(DIA + timedelta(days=15))
    rodar(DIA + timedelta(days=22))
    novo_pedido(cliente, "N", DIA + timedelta(days=21))
    rodar(DIA + timedelta(days=23))
    assert historia(cliente)[1:] == [("quase_inativo", "ativo", DIA + timedelta(days=21), "compra")]


def test_pedido_atrasado_que_desmente_a_historia_e_correcao(
    trinta_dez: Any, rodar: Any, novo_cliente: Any
) -> None:
    cliente = novo_cliente("C", compras=[(DIA, 1)])
    rodar(DIA + timedelta(days=15))
    rodar(DIA + timedelta(days=22))
    novo_pedido(cliente, "N", DIA + timedelta(days=19))
    rodar(DIA + timedelta(days=24))
    assert historia(cliente)[1:] == [("quase_inativo", "ativo", DIA + timedelta(days=23), "correcao")]


def test_cancelar_o_ultimo_pedido_e_correcao(trinta_dez: Any, rodar: Any, novo_cliente: Any) -> None:
    cliente = novo_cliente("C", compras=[(DIA, 1), (DIA + timedelta(days=25), 1)])
    rodar(DIA + timedelta(days=26))
    Pedido.objects.filter(numero="C-2").update(situacao="cancelado", conta=False)
    rodar(DIA + timedelta(days=27))
    assert historia(cliente) == [("ativo", "quase_inativo", DIA + timedelta(days=27), "correcao")]
    assert de(cliente).ultima_compra == DIA


def test_cancelar_a_unica_compra_volta_a_prospect(trinta_dez: Any, rodar: Any, novo_cliente: Any) -> None:
    cliente = novo_cliente("C", compras=[(DIA, 1)])
    rodar(DIA + timedelta(days=1))
    Pedido.objects.all().delete()
    rodar(DIA + timedelta(days=1))
    assert historia(cliente) == [("ativo", "prospect", DIA + timedelta(days=1), "correcao")]
    assert (de(cliente).status, de(cliente).valor_total, de(cliente).pedidos) == ("prospect", 0, 0)


def test_regra_nova_muda_com_o_motivo_configuracao(
    empresa: Any, trinta_dez: Any, rodar: Any, novo_cliente: Any
) -> None:
    cliente = novo_cliente("C", compras=[(DIA, 1)])
    rodar(DIA + timedelta(days=15))
    nova = regra(empresa, "12d", "5d", desde=DIA + timedelta(days=16))
    rodar(DIA + timedelta(days=16))
    assert historia(cliente) == [("ativo", "inativo", DIA + timedelta(days=16), "configuracao")]
    assert MudancaStatus.objects.get().limiar == nova


def test_regra_que_entra_em_vigor_numa_noite_perdida_muda_no_dia_em_que_entra(
    empresa: Any, trinta_dez: Any, rodar: Any, novo_cliente: Any
) -> None:
    """Sem rodada de 16 a 19: a regra que vale desde 17 não muda ninguém antes de existir."""
    parado = novo_cliente("P", compras=[(DIA, 1)])
    comprou = novo_cliente("C", compras=[(DIA, 1)])
    rodar(DIA + timedelta(days=15))
    regra(empresa, "12d", "5d", desde=DIA + timedelta(days=17))
    novo_pedido(comprou, "N", DIA + timedelta(days=16))
    rodar(DIA + timedelta(days=19))
    assert historia(parado) == [("ativo", "inativo", DIA + timedelta(days=17), "configuracao")]
    # com uma compra antes da vigência, a linha fica antes dela para a história se encadear
    assert historia(comprou) == [
        ("ativo", "inativo", DIA + timedelta(days=16), "configuracao"),
        ("inativo", "ativo", DIA + timedelta(days=16), "compra"),
    ]


def test_cliente_cadastrado_depois_conta_a_sua_historia(
    trinta_dez: Any, rodar: Any, novo_cliente: Any
) -> None:
    novo_cliente("A", compras=[(DIA, 1)])
    rodar(DIA)
    cliente = novo_cliente("B", compras=[(DIA - timedelta(days=40), 1), (DIA + timedelta(days=1), 1)])
    rodar(DIA + timedelta(days=2))
    assert historia(cliente) == [
        ("prospect", "ativo", DIA - timedelta(days=40), "compra"),
        ("ativo", "quase_inativo", DIA - timedelta(days=20), "tempo"),
        ("quase_inativo", "inativo", DIA - timedelta(days=10), "tempo"),
        ("inativo", "ativo", DIA + timedelta(days=1), "compra"),
    ]


def test_repetir_a_rodada_nao_repete_mudancas(trinta_dez: Any, rodar: Any, novo_cliente: Any) -> None:
    novo_cliente("C", compras=[(DIA, 1)])
    rodar(DIA)
    assert rodar(DIA + timedelta(days=40)).mudancas == 2
    assert rodar(DIA + timedelta(days=40)).mudancas == 0
    assert rodar(DIA + timedelta(days=40), completo=True).mudancas == 0
    assert MudancaStatus.objects.count() == 2


def test_consulta_a_data_passada_nao_escreve_e_a_volta_e_completa(
    empresa: Any, trinta_dez: Any, rodar: Any, novo_cliente: Any
) -> None:
    cliente = novo_cliente("C", compras=[(DIA - timedelta(days=25), 1), (DIA, 1)])
    fim = DIA + timedelta(days=22)
    rodar(DIA)
    rodar(fim)
    antes = Indicadores.objects.values().get()
    consulta = rodar(DIA - timedelta(days=3), hoje=fim)
    empresa.refresh_from_db()
    assert (consulta.regular, consulta.mudancas) == (False, 0)
    assert (empresa.referencia, empresa.referencia_regular) == (DIA - timedelta(days=3), fim)
    assert empresa.consulta_passada
    assert (de(cliente).status, de(cliente).ultima_compra) == ("quase_inativo", DIA - timedelta(days=25))
    volta = rodar(fim)
    empresa.refresh_from_db()
    assert (volta.modo, volta.mudancas, empresa.consulta_passada) == ("completo", 0, False)
    assert Indicadores.objects.values().get() == antes


def test_primeira_consulta_ao_passado_nao_vira_base(empresa: Any, rodar: Any, novo_cliente: Any) -> None:
    novo_cliente("C", compras=[(DIA, 1)])
    assert not rodar(DIA - timedelta(days=1), hoje=DIA).regular
    empresa.refresh_from_db()
    assert empresa.referencia_regular is None
    assert de(novo_cliente("D")).status_historico == ""


def test_pedido_depois_da_referencia_e_invisivel(rodar: Any, novo_cliente: Any) -> None:
    cliente = novo_cliente("C", compras=[(DIA, 1), (DIA + timedelta(days=1), 5)])
    rodar(DIA)
    assert (de(cliente).ultima_compra, de(cliente).valor_total) == (DIA, 1)
    rodar(DIA + timedelta(days=1))
    assert (de(cliente).ultima_compra, de(cliente).valor_total) == (DIA + timedelta(days=1), 6)
