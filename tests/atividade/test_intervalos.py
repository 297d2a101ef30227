"""Os intervalos lidos dos pedidos: valores exatos e a mesma conta feita à mão."""

import random
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from math import ceil
from statistics import median
from typing import Any

import pytest

from atividade.ciclos import (
    Distribuicao,
    ciclo_geral,
    ciclos_por_segmento,
    classes_de_ritmo,
    em_carteira_de,
    intervalos_por_cliente,
    largura_para,
)
from atividade.intervalos import DESDE_SEMPRE, Intervalos
from atividade.models import Indicadores
from clientes.models import Cliente, Pedido
from contas.models import Empresa
from tests.conftest import novo_pedido
from tests.sementes import sementes

pytestmark = pytest.mark.django_db
REF = date(2026, 11, 20)


@pytest.fixture
def concentrada(novo_cliente: Any, rodar: Any) -> list[Cliente]:
    """Vinte clientes com cinco recompras cada; quatro em cada cinco em até 120 dias, uma em 150."""
    clientes = []
    for n in range(20):
        vaos = [30, 60, 90, 120, 150]
        random.Random(n).shuffle(vaos)
        dia = REF - timedelta(days=sum(vaos) + 10)
        compras = [(dia, "100")]
        for vao in vaos:
            dia += timedelta(days=vao)
            compras.append((dia, "100"))
        clientes.append(novo_cliente(f"C{n:02}", compras=compras, segmento="Agro" if n < 5 else "Varejo"))
    rodar(REF)
    return clientes


def da_empresa(empresa: Empresa, **campos: Any) -> Intervalos:
    return Intervalos(empresa, em_carteira_de(empresa), **{"ate": REF, **campos})


def test_oitenta_por_cento_das_recompras_acontecem_em_ate_120_dias(
    empresa: Empresa, concentrada: Any
) -> None:
    distribuicao = da_empresa(empresa).por_compra()
    assert distribuicao.por_dia == {30: 20, 60: 20, 90: 20, 120: 20, 150: 20}
    assert [distribuicao.dias_para(p) for p in (20, 21, 50, 80, 81, 99)] == [30, 60, 90, 120, 150, 150]
    assert [distribuicao.porcento_ate(d) for d in (29, 30, 119, 120, 149, 150)] == [0, 20, 60, 80, 80, 100]


def test_por_cliente_cada_um_conta_uma_vez_e_e_igual_aos_indicadores(
    empresa: Empresa, concentrada: Any
) -> None:
    assert da_empresa(empresa).por_cliente().por_dia == {90: 20}
    assert intervalos_por_cliente(empresa).por_dia == {90: 20}


def test_faixas_somam_o_total_e_a_ultima_e_aberta(empresa: Empresa, concentrada: Any) -> None:
    tabela = da_empresa(empresa).por_compra().tabela(60, 120)
    assert [(f.de, f.ate, f.quantidade, f.acumulada) for f in tabela] == [
        (1, 60, 40, 40),
        (61, 120, 40, 80),
        (121, None, 20, 100),
    ]
    assert [(f.porcento, f.porcento_acumulado) for f in tabela] == [(40, 40), (40, 80), (20, 100)]
    assert Distribuicao({}).tabela(30, 90) == []
    assert [largura_para(n, 24) for n in (24, 25, 48, 49, 120, 240, 9999)] == [1, 2, 2, 3, 5, 10, 180]


def test_pedidos_do_mesmo_dia_sao_uma_compra_e_os_que_nao_contam_nenhuma(
    empresa: Empresa, novo_cliente: Any
) -> None:
    cliente = novo_cliente("C", compras=[(REF - timedelta(days=n), "1") for n in (90, 90, 60, 60, 60, 0)])
    novo_pedido(cliente, "X", REF - timedelta(days=30), "1", "cancelado")
    novo_pedido(cliente, "F", REF + timedelta(days=1), "1")
    assert da_empresa(empresa).por_compra().por_dia == {30: 1, 60: 1}


def test_o_periodo_escolhe_pela_data_da_recompra_com_as_duas_pontas(
    empresa: Empresa, novo_cliente: Any
) -> None:
    novo_cliente("C", compras=[(date(2026, 1, 1), "1"), (date(2026, 3, 1), "1"), (date(2026, 4, 1), "1")])
    for de, ate, esperado in (
        (date(2026, 3, 1), date(2026, 3, 31), {59: 1}),
        (date(2026, 3, 2), date(2026, 3, 31), {}),
        (date(2026, 3, 2), date(2026, 4, 1), {31: 1}),
        (DESDE_SEMPRE, date(2026, 2, 28), {}),
        (DESDE_SEMPRE, date(2026, 4, 1), {59: 1, 31: 1}),
    ):
        assert da_empresa(empresa, de=de, ate=ate).por_compra().por_dia == esperado
    assert da_empresa(empresa).por_cliente().por_dia == {45: 1}


def povoar(empresa: Empresa, novo_cliente: Any, semente: int) -> None:
    sorte = random.Random(semente)
    for n in range(30):
        dias = [REF - timedelta(days=sorte.randrange(-3, 700)) for _ in range(sorte.randrange(9))]
        campos = {"fora_do_perfil": n == 3, "encerrado_em": REF if n == 4 else None}
        cliente = novo_cliente(f"C{n:02}", segmento=sorte.choice(["", "Agro", "Varejo"]), **campos)
        for ordem, dia in enumerate(dias):
            situacao = sorte.choice(["faturado", "faturado", "aberto", "cancelado"])
            novo_pedido(cliente, f"{n}-{ordem}", dia, "10", situacao)


def na_unha(clientes: Any, de: date, ate: date) -> dict[int, list[tuple[date, date, int]]]:
    achados = {}
    for cliente in clientes:
        pedidos = Pedido.objects.filter(cliente=cliente, conta=True, data__lte=ate)
        dias = sorted({p.data for p in pedidos})
        achados[cliente.pk] = [(a, b, (b - a).days) for a, b in pairwise(dias) if b >= de]
    return achados


@pytest.mark.parametrize("semente", sementes(range(4), sempre=2))
def test_carteiras_ao_acaso_batem_com_a_conta_na_unha(
    semente: int, empresa: Empresa, novo_cliente: Any, rodar: Any
) -> None:
    povoar(empresa, novo_cliente, semente)
    rodar(REF)
    sorte = random.Random(semente)
    for segmento in (None, "Agro"):
        clientes = Cliente.objects.filter(fora_do_perfil=False, encerrado_em=None)
        populacao = em_carteira_de(empresa)
        if segmento:
            clientes = clientes.filter(segmento__nome=segmento)
            populacao = populacao.filter(segmento__nome=segmento)
        recompras = [b for linhas in na_unha(clientes, DESDE_SEMPRE, REF).values() for _, b, _ in linhas]
        beira = sorte.choice(recompras)
        for de, ate in ((DESDE_SEMPRE, REF), (beira, REF), (DESDE_SEMPRE, beira), (beira, beira)):
            esperado = na_unha(clientes, de, ate)
            lidos = Intervalos(empresa, populacao, ate=ate, de=de)
            dias = Counter(n for linhas in esperado.values() for _, _, n in linhas)
            assert lidos.por_compra().por_dia == dict(dias)
            medianas = [median(n for *_, n in linhas) for linhas in esperado.values() if linhas]
            assert lidos.por_cliente().por_dia == dict(Counter(ceil(m) for m in medianas))
            assert Counter(n for *_, n in lidos.um_a_um()) == dias
            assert [n for *_, n, _ in lidos.medianas()] == [len(v) for v in _em_ordem(esperado) if v]
    assert intervalos_por_cliente(empresa).por_dia == da_empresa(empresa).por_cliente().por_dia


def _em_ordem(esperado: dict[int, Any]) -> list[Any]:
    codigos = dict(Cliente.objects.values_list("pk", "codigo"))
    return [esperado[pk] for pk in sorted(esperado, key=lambda pk: codigos[pk])]


def test_um_a_um_traz_o_que_e_preciso_para_refazer_a_conta(empresa: Empresa, novo_cliente: Any) -> None:
    novo_cliente(
        "C9", razao_social="Zé Ltda", nome_fantasia="", compras=[(REF, "1"), (date(2026, 11, 1), "1")]
    )
    novo_cliente("C1", nome_fantasia="Bar", compras=[(date(2026, 1, 1), "1"), (date(2026, 1, 8), "1")])
    lidos = da_empresa(empresa)
    assert list(lidos.um_a_um()) == [
        ("C1", "Bar", date(2026, 1, 1), date(2026, 1, 8), 7),
        ("C9", "Zé Ltda", date(2026, 11, 1), REF, 19),
    ]
    assert list(lidos.medianas()) == [("C1", "Bar", 1, Decimal(7)), ("C9", "Zé Ltda", 1, Decimal(19))]


def test_ciclo_do_segmento_traz_a_metade_central(empresa: Empresa, novo_cliente: Any) -> None:
    for n, mediano in enumerate(("10", "20", "30", "40", "100")):
        cliente = novo_cliente(f"C{n}", segmento="Agro")
        Indicadores.objects.filter(pk=cliente.pk).update(
            intervalo_mediano_dias=Decimal(mediano), dias_de_compra=3
        )
    novo_cliente("D", segmento="Agro")
    [agro] = ciclos_por_segmento(empresa).values()
    assert (agro.clientes, agro.com_ciclo, agro.p25, agro.ciclo, agro.p75) == (6, 5, 20, 30, 40)
    geral = ciclo_geral(em_carteira_de(empresa))
    assert (geral.clientes, geral.com_ciclo, geral.p25, geral.ciclo, geral.p75) == (6, 5, 20, 30, 40)
    assert ciclo_geral(Indicadores.objects.none()).ciclo is None


def test_classes_de_ritmo_na_ordem_do_curto_ao_longo(empresa: Empresa, novo_cliente: Any, rodar: Any) -> None:
    ritmos = {"S": [7] * 3, "M": [30, 31], "I": [5, 100, 5], "N": [500, 500], "D": [30], "U": []}
    for codigo, vaos in ritmos.items():
        dia, compras = REF - timedelta(days=sum(vaos)), []
        compras.append((dia, "10"))
        for vao in vaos:
            dia += timedelta(days=vao)
            compras.append((dia, "10"))
        novo_cliente(codigo, compras=compras)
    novo_cliente("P")
    rodar(REF)
    classes = classes_de_ritmo(em_carteira_de(empresa))
    assert [(c.ritmo, c.clientes, c.valor) for c in classes] == [
        ("semanal", 1, 40),
        ("mensal", 1, 30),
        ("a_cada_n_dias", 1, 10),
        ("irregular", 1, 40),
        ("", 1, 20),
        ("unica", 1, 10),
    ]
