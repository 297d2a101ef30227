"""Os três modelos: a conta fechada contra a integral e o sorteio, e o ajuste contra a resposta conhecida."""

import math
from random import Random

import numpy as np
import pytest
from scipy.integrate import dblquad
from scipy.special import hyp2f1

from atividade.probabilidade import formulas
from atividade.probabilidade.ajuste import AjusteRecusado, ajustar, ajustar_todos, escolher
from atividade.probabilidade.formulas import Modelo, Parametros
from atividade.probabilidade.verossimilhanca import Estatisticas, log_verossimilhanca
from tests.probabilidade.gerador import carteira, resumir

# Em semanas; MBG e o regular com mais fuga, para que todo parâmetro deixe marca.
VERDADES = [
    Parametros(Modelo.BGNBD, 0.9, 4.0, 0.8, 2.4),
    Parametros(Modelo.MBGNBD, 1.1, 5.0, 0.9, 2.6),
    Parametros(Modelo.MBGCNBD2, 1.5, 3.0, 0.8, 3.0),
]
CASOS = [(0, 0.0, 30.0), (0, 0.0, 0.0), (1, 0.0, 4.0), (2, 30.43, 38.86), (7, 12.5, 12.5), (40, 50.0, 90.0)]
por_modelo = pytest.mark.parametrize("p", VERDADES, ids=lambda p: p.modelo.value)


def _muitos() -> Estatisticas:
    x, tx, t = (np.array(coluna) for coluna in zip(*CASOS, strict=True))
    return Estatisticas(x.astype(float), tx, t, np.array([3.0, 1, 2, 5, 1, 4]), soma_log=12.5)


@por_modelo
def test_agrupado_em_vetores_soma_o_mesmo_que_cliente_a_cliente(p: Parametros) -> None:
    dados = _muitos()
    total, _ = log_verossimilhanca(p.modelo, np.array([p.r, p.alpha, p.a, p.b]), dados)
    um_a_um = sum(
        n * formulas.log_verossimilhanca(p, *caso) for n, caso in zip(dados.quantos, CASOS, strict=True)
    )
    assert total == pytest.approx(um_a_um + (p.modelo.k - 1) * 12.5, rel=1e-12)


@por_modelo
@pytest.mark.parametrize("ponto", [(0.3, 4.0, 0.8, 2.4), (2.0, 1.0, 0.01, 50.0), (30.0, 90.0, 5.0, 0.2)])
def test_gradiente_e_o_das_diferencas(p: Parametros, ponto: tuple[float, ...]) -> None:
    dados, centro = _muitos(), np.array(ponto)
    _, gradiente = log_verossimilhanca(p.modelo, centro, dados)
    for i, valor in enumerate(gradiente):
        passo = np.zeros(4)
        passo[i] = centro[i] * 1e-5
        depois, antes = (log_verossimilhanca(p.modelo, centro + s * passo, dados)[0] for s in (1, -1))
        assert (depois - antes) / (2 * passo[i]) == pytest.approx(valor, rel=1e-5, abs=1e-6)


@por_modelo
@pytest.mark.parametrize("caso", [(0, 0.0, 9.0), (2, 5.0, 9.0), (3, 8.0, 8.5)])
def test_verossimilhanca_e_chances_sao_as_da_integral(p: Parametros, caso: tuple[int, float, float]) -> None:
    """Sem atalho: a média sobre a taxa e a saída, por quadratura, do que acontece a um cliente."""
    x, tx, t = caso
    d, k, h = p.modelo.sai_na_primeira, p.modelo.k, 6.0

    def calado(taxa: float, tempo: float) -> float:
        return math.exp(-taxa * tempo) * (1 + taxa * tempo if k == 2 else 1)

    da_gama = p.alpha**p.r / math.gamma(p.r)
    da_beta = math.gamma(p.a + p.b) / math.gamma(p.a) / math.gamma(p.b)

    def media(f: object) -> float:
        def densidade(taxa: float, saida: float) -> float:
            gama = taxa ** (p.r - 1 + k * x) * math.exp(-(p.alpha + tx) * taxa)
            beta = saida ** (p.a - 1) * (1 - saida) ** (p.b - 1 + (x + d - 1 if x + d else 0))
            return da_gama * da_beta * gama * beta * f(taxa, saida)  # type: ignore[operator, no-any-return]

        return dblquad(densidade, 0, 1, 0, 12, epsabs=1e-12, epsrel=1e-8)[0]

    pode_ir = x + d > 0
    vivo = media(lambda taxa, saida: ((1 - saida) if pode_ir else 1) * calado(taxa, t - tx))
    calado_h = media(lambda taxa, saida: ((1 - saida) if pode_ir else 1) * calado(taxa, t - tx + h))
    foi = media(lambda _, saida: saida) if pode_ir else 0.0
    assert formulas.log_verossimilhanca(p, x, tx, t) == pytest.approx(math.log(vivo + foi), rel=1e-5)
    assert formulas.p_vivo(p, x, tx, t) == pytest.approx(vivo / (vivo + foi), rel=1e-5)
    assert formulas.p_sem_compra(p, x, tx, t, h) == pytest.approx((foi + calado_h) / (vivo + foi), rel=1e-5)


def test_compras_esperadas_sao_as_publicadas() -> None:
    """Fader, Hardie e Lee (2005): x = 2, tx = 30,43, T = 38,86 dão 1,226 compras em 39 semanas."""
    p = Parametros(Modelo.BGNBD, 0.243, 4.414, 0.793, 2.426)
    assert round(formulas.compras_esperadas(p, 2, 30.43, 38.86, 39), 3) == 1.226


@pytest.mark.parametrize("caso", CASOS)
@pytest.mark.parametrize("p", VERDADES[:2], ids=lambda p: p.modelo.value)
def test_compras_esperadas_concordam_com_a_hipergeometrica(
    p: Parametros, caso: tuple[int, float, float]
) -> None:
    x, _, t = caso
    h, d = 13.0, p.modelo.sai_na_primeira
    e, c = p.r + x, p.a + p.b + x + d
    serie = ((p.alpha + t) / (p.alpha + t + h)) ** e * hyp2f1(e, p.b + x + d, c - 1, h / (p.alpha + t + h))
    esperado = (c - 1) / (p.a - 1) * (1 - serie) * formulas.p_vivo(p, *caso)
    assert formulas.compras_esperadas(p, *caso, h) == pytest.approx(esperado, rel=1e-8)


def test_no_modelo_regular_as_esperadas_sao_as_do_sorteio() -> None:
    """De quem comprou duas vezes até 20 semanas, o que houve nas 13 seguintes."""
    p, sorte, outra = VERDADES[2], Random(7), Random(8)
    previstas, havidas, quietos, calados = [], [], [], []
    for datas, _ in carteira(p, 30_000, 11, (33.0, 33.0)):
        antes = [d for d in datas if d <= 20]
        if 2 <= len(antes) <= 4:
            caso = (len(antes) - 1, antes[-1], 20.0)
            previstas.append(formulas.compras_esperadas(p, *caso, 13)) if sorte.random() < 0.1 else None
            quietos.append(formulas.p_sem_compra(p, *caso, 13)) if outra.random() < 0.2 else None
            havidas.append(len(datas) - len(antes))
            calados.append(len(datas) == len(antes))
    assert np.mean(previstas) == pytest.approx(np.mean(havidas), rel=0.06)
    assert np.mean(quietos) == pytest.approx(np.mean(calados), abs=0.01)


@por_modelo
def test_o_ajuste_reencontra_os_parametros_que_geraram(p: Parametros) -> None:
    """Seis mil clientes em um ano: a taxa e a saída médias saem quase exatas; cada parâmetro, perto."""
    dados = resumir(carteira(p, 6_000, 2_005, (30.0, 60.0)))
    ajuste = ajustar(p.modelo, dados)
    achado = ajuste.parametros
    assert achado.r / achado.alpha == pytest.approx(p.r / p.alpha, rel=0.06)
    assert achado.a / (achado.a + achado.b) == pytest.approx(p.a / (p.a + p.b), rel=0.08)
    for nome in ("r", "alpha", "a", "b"):
        assert getattr(achado, nome) == pytest.approx(getattr(p, nome), rel=0.25), nome
    verdade, _ = log_verossimilhanca(p.modelo, np.array([p.r, p.alpha, p.a, p.b]), dados)
    # O topo passa da verdade, mas pouco: duas vezes a diferença é um qui-quadrado de quatro graus.
    assert 0 <= ajuste.log_verossimilhanca - verdade < 10
    assert ajuste.clientes == 6_000


@por_modelo
def test_o_mais_verossimil_e_o_que_gerou(p: Parametros) -> None:
    dados = resumir(carteira(p, 3_000, 42, (30.0, 60.0)))
    escolhido = escolher(ajustar_todos(dados).values())
    assert escolhido is not None
    assert escolhido.parametros.modelo == p.modelo


def test_mudar_a_unidade_so_muda_alpha_e_a_constante() -> None:
    dados = resumir(carteira(VERDADES[2], 1_500, 3, (200.0, 400.0)))
    dia, semana = ajustar(Modelo.MBGCNBD2, dados), ajustar(Modelo.MBGCNBD2, dados, 7)
    assert semana.parametros.alpha == pytest.approx(dia.parametros.alpha / 7, rel=1e-9)
    assert semana.parametros.r == dia.parametros.r
    assert semana.log_verossimilhanca - dia.log_verossimilhanca == pytest.approx(
        dados.recompras * math.log(7)
    )


def _estatisticas(linhas: list[tuple[int, float, float, int]]) -> Estatisticas:
    x, tx, t, quantos = (np.array(c, dtype=float) for c in zip(*linhas, strict=True))
    return Estatisticas(x, tx, t, quantos, 0.0)


@pytest.mark.parametrize(
    ("linhas", "trecho"),
    [
        ([(1, 10, 20, 99)], "99 clientes com compra, e o ajuste pede 100"),
        ([(0, 0, 20, 500), (1, 5, 20, 29)], "29 clientes compraram mais de uma vez, e o ajuste pede 30"),
        ([(0, 0, 0, 100), (1, 0, 0, 40)], "todas as compras são do último dia"),
        # Todo mundo igual e todo mundo em dia: ninguém vai embora, e a saída não se determina.
        ([(10, 100, 105, 200), (11, 100, 104, 200)], "foi parar no limite"),
    ],
)
def test_ajuste_degenerado_e_recusado_com_a_razao(
    linhas: list[tuple[int, float, float, int]], trecho: str
) -> None:
    for modelo in Modelo:
        with pytest.raises(AjusteRecusado, match=trecho):
            ajustar(modelo, _estatisticas(linhas))
    assert escolher(ajustar_todos(_estatisticas(linhas)).values()) is None


def test_chances_extremas_nao_estouram() -> None:
    for p in VERDADES:
        assert formulas.p_vivo(p, 3_000, 10.0, 4_000.0) == pytest.approx(0, abs=1e-12)
        em_dia = (3_000, 4_000.0, 4_000.0)
        assert formulas.p_sem_compra(p, *em_dia, 130) == pytest.approx(
            1 - formulas.p_vivo(p, *em_dia), abs=1e-9
        )
        assert 0 < formulas.compras_esperadas(p, *em_dia, 13) < 40
    assert formulas.p_vivo(VERDADES[0], 0, 0.0, 500.0) == 1.0
