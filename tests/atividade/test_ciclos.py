"""O ritmo da carteira: um intervalo por cliente, e o que ele diz em porcentagem."""

from decimal import Decimal
from typing import Any

import pytest

from atividade.ciclos import Distribuicao, ciclos_por_segmento, intervalos_por_cliente
from atividade.models import Indicadores
from clientes.models import Cliente
from contas.models import Empresa


def medir(cliente: Cliente, mediano: str, dias_de_compra: int = 3) -> None:
    Indicadores.objects.filter(pk=cliente.pk).update(
        intervalo_mediano_dias=Decimal(mediano), dias_de_compra=dias_de_compra
    )


@pytest.mark.django_db
def test_cada_cliente_conta_uma_vez_e_meio_dia_vai_para_cima(empresa: Empresa, novo_cliente: Any) -> None:
    for n, mediano in enumerate(("30", "29.5", "45.0001", "90")):
        medir(novo_cliente(f"C{n}"), mediano)
    medir(novo_cliente("F", fora_do_perfil=True), "10")
    novo_cliente("SEM")
    distribuicao = intervalos_por_cliente(empresa)
    assert distribuicao.por_dia == {30: 2, 46: 1, 90: 1}
    assert distribuicao.clientes == 4
    assert [distribuicao.porcento_ate(d) for d in (29, 30, 45, 46, 90)] == [0, 50, 50, 75, 100]


@pytest.mark.django_db
def test_ciclo_do_segmento_e_a_mediana_de_quem_tem_ciclo_proprio(empresa: Empresa, novo_cliente: Any) -> None:
    for n, (mediano, dias) in enumerate((("10", 3), ("20", 5), ("40", 3), ("999", 2))):
        medir(novo_cliente(f"C{n}", segmento="Agro"), mediano, dias)
    sem = novo_cliente("S")
    ciclos = ciclos_por_segmento(empresa)
    agro = ciclos[Cliente.objects.get(codigo="C0").segmento_id]
    assert (agro.clientes, agro.ciclo) == (4, 20.0)
    assert (ciclos[None].clientes, ciclos[None].ciclo) == (1, None)
    assert sem.segmento_id is None


def test_dias_para_uma_parte_dos_clientes() -> None:
    distribuicao = Distribuicao({10: 50, 20: 30, 120: 20})
    assert [distribuicao.dias_para(p) for p in (50, 51, 80, 81, 100)] == [10, 20, 20, 120, 120]
    assert Distribuicao({}).dias_para(50) is None
    assert Distribuicao({}).porcento_ate(10) == 0


def test_faixas_tem_largura_redonda_cobrem_o_eixo_e_nao_perdem_ninguem() -> None:
    distribuicao = Distribuicao({1: 1, 5: 2, 6: 4, 180: 8})
    faixas = distribuicao.faixas(180)
    assert {f["fim"] - f["inicio"] for f in faixas} == {5}
    assert [f["quantidade"] for f in faixas[:2]] == [3, 4]
    assert sum(f["quantidade"] for f in faixas) == 15
    assert len(Distribuicao({}).faixas(7300)) <= 41
