"""A curva de retorno: proporção simples onde todos foram seguidos, Kaplan-Meier onde não, oculta com poucos."""

import math
import random
from datetime import date, timedelta
from typing import Any

import pytest

from atividade.retorno import Duracoes, Ponto, medir_retorno
from clientes.models import Cliente, Segmento
from contas.models import Empresa
from tests.conftest import novo_pedido

REF = date(2026, 2, 28)
Z = 1.959963984540054


def duracoes(compras: dict[int, int], em_curso: dict[int, int] | None = None) -> Duracoes:
    return Duracoes(compras, em_curso or {})


def test_sem_cortes_e_a_proporcao_simples() -> None:
    """200 chegaram a 30 dias; 120 voltaram em (30, 210], 80 depois: 60 %."""
    d = duracoes({30: 500, 31: 60, 210: 60, 211: 80})
    ponto = d.ponto(30)
    assert ponto is not None
    assert (ponto.dias, ponto.silencios, ponto.em_curso) == (30, 200, 0)
    assert ponto.voltaram == pytest.approx(0.6)
    # Sem cortes, a variância de Greenwood é p(1 − p)/n sobre S².
    folga = Z * math.sqrt(0.6 * 0.4 / 200) / 0.4 / abs(math.log(0.4))
    assert ponto.inferior == pytest.approx(1 - 0.4 ** math.exp(-folga))
    assert ponto.superior == pytest.approx(1 - 0.4 ** math.exp(folga))


def test_kaplan_meier_em_tres_passos_feito_a_mao() -> None:
    """Dia 31: 10 de 100 voltam, e 20 saem de vista; dia 40: 14 de 70; dia 50: 28 de 56."""
    ponto = duracoes({31: 10, 40: 14, 50: 28, 300: 28}, {31: 20}).ponto(30)
    assert ponto is not None
    s = (1 - 10 / 100) * (1 - 14 / 70) * (1 - 28 / 56)
    v = 10 / (100 * 90) + 14 / (70 * 56) + 28 / (56 * 28)
    folga = Z * math.sqrt(v) / abs(math.log(s))
    assert ponto == Ponto(
        30,
        100,
        pytest.approx(1 - s),
        pytest.approx(1 - s ** math.exp(-folga)),
        pytest.approx(1 - s ** math.exp(folga)),
        20,
    )
    assert ponto.inferior < ponto.voltaram < ponto.superior


def test_todos_ou_ninguem_pede_wilson() -> None:
    todos = duracoes({40: 100}).ponto(30)
    assert todos is not None
    assert todos.voltaram == 1
    assert (todos.inferior, todos.superior) == (pytest.approx(100 / (100 + Z * Z)), 1)
    ninguem = duracoes({}, {500: 100}).ponto(30)
    assert ninguem is not None
    assert (ninguem.voltaram, ninguem.inferior) == (0, pytest.approx(0, abs=1e-12))
    assert ninguem.superior == pytest.approx(Z * Z / (100 + Z * Z))


@pytest.mark.parametrize(
    ("compras", "em_curso"),
    [({40: 99}, {}), ({30: 500, 40: 99}, {}), ({}, {209: 100}), ({40: 50}, {209: 100})],
)
def test_menos_de_cem_ou_ninguem_ate_o_fim_nao_se_mostra(compras: Any, em_curso: Any) -> None:
    assert duracoes(compras, em_curso).ponto(30) is None


def test_seguido_exatamente_ate_o_fim_da_janela_conta() -> None:
    ponto = duracoes({40: 50}, {210: 50}).ponto(30)
    assert ponto is not None
    assert (ponto.voltaram, ponto.em_curso) == (pytest.approx(0.5), 0)


# ── No banco ─────────────────────────────────────────────────────────────────


def na_unha(empresa: Empresa, segmento: int | None) -> dict[tuple[int, int, bool], int]:
    """(faixa, dias, voltou) → silêncios, uma compra por vez."""
    conta: dict[tuple[int, int, bool], int] = {}
    for cliente in Cliente.objects.filter(empresa=empresa, fora_do_perfil=False):
        if segmento and cliente.segmento_id != segmento:
            continue
        dias = sorted({p.data for p in cliente.pedidos.filter(conta=True, data__lte=REF)})
        for n, dia in enumerate(dias, 1):
            seguinte = dias[n] if n < len(dias) else None
            faixa = [1, 2, 3, 3, 5, 5, 5, 5, 5][n - 1] if n < 10 else 10
            chave = ([1, 2, 3, 5, 10].index(faixa), ((seguinte or REF) - dia).days, seguinte is not None)
            if chave[1]:
                conta[chave] = conta.get(chave, 0) + 1
    return conta


@pytest.mark.django_db
@pytest.mark.parametrize("semente", range(4))
def test_duracoes_batem_com_a_conta_na_unha(
    semente: int, empresa: Empresa, django_assert_num_queries: Any
) -> None:
    sorte = random.Random(semente)
    segmentos = [None, *(Segmento.objects.create(empresa=empresa, nome=n) for n in ("Agro", "Tintas"))]
    for n in range(25):
        cliente = Cliente.objects.create(
            empresa=empresa, codigo=f"{n:02}", razao_social=f"Cliente {n}", segmento=sorte.choice(segmentos),
            fora_do_perfil=n == 3, encerrado_em=REF if n == 4 else None,
        )  # fmt: skip
        for k in range(sorte.randrange(14)):
            dia = REF - timedelta(days=sorte.choice([-1, 0, 1, 2, *range(0, 400, 7)]))
            novo_pedido(cliente, f"{n}-{k}", dia, "1.00", sorte.choice(["faturado", "aberto", "cancelado"]))
    with django_assert_num_queries(1):
        retorno = medir_retorno(empresa, REF)
    for segmento in (None, segmentos[1].pk):
        esperado = na_unha(empresa, segmento)
        achado = {}
        for faixa in range(5):
            d = retorno.faixa(faixa, segmento)
            achado |= {(faixa, dias, True): n for dias, n in d.compras.items() if n}
            achado |= {(faixa, dias, False): n for dias, n in d.em_curso.items() if n}
        assert achado == esperado


@pytest.mark.django_db
def test_a_frase_do_dominio_em_uma_empresa_feita_para_ela(empresa: Empresa, novo_cliente: Any) -> None:
    """De 100 silêncios que chegaram a 60 dias depois da 1ª compra, 62 voltaram em 180 dias."""
    inicio = date(2025, 1, 1)
    for n in range(100):
        volta = 61 + n if n < 61 else 240 if n == 61 else 241
        novo_cliente(f"C{n:03}", compras=[(inicio, "1.00"), (inicio + timedelta(days=volta), "1.00")])
    ponto = medir_retorno(empresa, REF).faixa(0).ponto(60)
    assert ponto is not None
    assert (ponto.silencios, round(ponto.voltaram, 10), ponto.em_curso) == (100, 0.62, 0)
