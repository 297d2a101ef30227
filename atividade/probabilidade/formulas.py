"""As fórmulas fechadas dos três modelos de compra, cliente a cliente, só com a biblioteca padrão.

BG/NBD: Fader, Hardie e Lee (2005). MBG/NBD: Batislam, Denizel e Filiztekin (2007), em que também a primeira
compra pode ser a última. MBG/CNBD-2: Platzer e Reutterer (2016) com k = 2, para quem compra com regularidade.

x = dias de compra − 1; tx = da primeira à última compra; T = da primeira compra à referência; `alpha` na
unidade de tx e T. Quem está vivo compra a intervalos Erlang(k) de taxa λ ~ Gama(r, alpha) e, depois de cada
compra, vai embora com probabilidade p ~ Beta(a, b). As mesmas contas em SQL estão em `expressoes.py`.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

# Fora disto exp() estoura em ponto flutuante; a probabilidade já é 0 ou 1 muito antes.
LIMITE_DO_LOG = 700.0
DIAS_NA_SEMANA = 7


class Modelo(StrEnum):
    BGNBD = "bgnbd"
    MBGNBD = "mbgnbd"
    MBGCNBD2 = "mbgcnbd2"

    @property
    def k(self) -> int:
        """Fases de cada intervalo: 1 é ao acaso, 2 é regular."""
        return 2 if self is Modelo.MBGCNBD2 else 1

    @property
    def sai_na_primeira(self) -> int:
        """1 se a primeira compra já pode ter sido a última."""
        return 0 if self is Modelo.BGNBD else 1

    @property
    def nome(self) -> str:
        return {"bgnbd": "BG/NBD", "mbgnbd": "MBG/NBD", "mbgcnbd2": "MBG/CNBD-2"}[self.value]


@dataclass(frozen=True, slots=True)
class Parametros:
    """Um modelo e os seus quatro números; `alpha` é o único que tem unidade de tempo."""

    modelo: Modelo
    r: float
    alpha: float
    a: float
    b: float

    def na_unidade(self, dias: float) -> "Parametros":
        """De dias para uma unidade que dura `dias`."""
        return replace(self, alpha=self.alpha / dias)

    def em_dias(self, dias: float) -> "Parametros":
        """De uma unidade que dura `dias` para dias."""
        return replace(self, alpha=self.alpha * dias)


def log_verossimilhanca(p: Parametros, x: int, tx: float, t: float, soma_log: float = 0.0) -> float:
    """Densidade das datas de compra de um cliente; `soma_log` é a soma dos ln dos intervalos, que só k = 2 usa."""
    e, d = p.r + p.modelo.k * x, p.modelo.sai_na_primeira
    comum = math.lgamma(e) - math.lgamma(p.r) + p.r * math.log(p.alpha) - _ln_beta(p.a, p.b)
    vivo = comum + _ln_beta(p.a, p.b + x + d) - e * math.log(p.alpha + t) + _ln_espera(p, e, t - tx, t)
    constante = (p.modelo.k - 1) * soma_log
    if x + d == 0:
        return vivo + constante
    foi = comum + _ln_beta(p.a + 1, p.b + x + d - 1) - e * math.log(p.alpha + tx)
    maior = max(vivo, foi)
    return maior + math.log(math.exp(vivo - maior) + math.exp(foi - maior)) + constante


def p_vivo(p: Parametros, x: int, tx: float, t: float) -> float:
    """Chance de ainda ser cliente."""
    d = p.modelo.sai_na_primeira
    if x + d == 0:
        return 1.0
    e = p.r + p.modelo.k * x
    ln_razao = math.log(p.a / (p.b + x + d - 1)) + e * math.log((p.alpha + t) / (p.alpha + tx))
    return 1 / (1 + _exp(ln_razao - _ln_espera(p, e, t - tx, t)))


def p_sem_compra(p: Parametros, x: int, tx: float, t: float, horizonte: float) -> float:
    """Chance de não comprar nada até `horizonte` depois da referência."""
    e = p.r + p.modelo.k * x
    ln_calado = e * math.log((p.alpha + t) / (p.alpha + t + horizonte))
    ln_calado += _ln_espera(p, e, t - tx + horizonte, t + horizonte) - _ln_espera(p, e, t - tx, t)
    return 1 - p_vivo(p, x, tx, t) * (1 - _exp(ln_calado))


def compras_esperadas(p: Parametros, x: int, tx: float, t: float, horizonte: float) -> float:
    """Quantos dias de compra esperar até `horizonte`: o de quem está vivo, vezes a chance de estar.

    Dada a taxa, a conta é fechada; sobre p (a chance de ir embora), a média é por quadratura.
    """
    e, beta = p.r + p.modelo.k * x, p.b + x + p.modelo.sai_na_primeira
    esperadas = _uma_fase if p.modelo.k == 1 else _duas_fases
    media = _media_na_beta(
        p.a, beta, lambda sai, fica: esperadas(p.alpha + t, e, t - tx, horizonte, sai, fica)
    )
    return p_vivo(p, x, tx, t) * media


def _uma_fase(base: float, e: float, silencio: float, horizonte: float, sai: float, fica: float) -> float:
    return _acumulado(base, e, horizonte, sai)


def _duas_fases(base: float, e: float, silencio: float, horizonte: float, sai: float, fica: float) -> float:
    """Erlang-2: a próxima compra está a duas fases ou a uma só, conforme o silêncio que já houve."""
    raiz = math.sqrt(fica)
    lento, rapido = sai / (1 + raiz), 1 + raiz  # 1 − √q sem subtrair quase iguais
    inicio = 1 / (1 + e * silencio / base)
    do_inicio = (_acumulado(base, e, horizonte, lento) - _acumulado(base, e, horizonte, rapido)) / (
        2 * max(raiz, 1e-8)
    )
    do_meio = (_acumulado(base, e + 1, horizonte, lento) + _acumulado(base, e + 1, horizonte, rapido)) / 2
    return inicio * do_inicio + (1 - inicio) * do_meio


def _acumulado(base: float, e: float, horizonte: float, ritmo: float) -> float:
    """(1 − (base/(base + ritmo·h))^e) / ritmo, com o limite certo quando o ritmo some."""
    expoente = -e * math.log1p(ritmo * horizonte / base)
    return -math.expm1(expoente) / ritmo if ritmo > 1e-300 else e * horizonte / base


def _ln_espera(p: Parametros, e: float, silencio: float, t: float) -> float:
    """O que o intervalo regular acrescenta: um silêncio curto é esperado, e não sinal de ida."""
    return math.log1p(e * silencio / (p.alpha + t)) if p.modelo.k == 2 else 0.0


def _ln_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _exp(ln: float) -> float:
    return math.exp(min(max(ln, -LIMITE_DO_LOG), LIMITE_DO_LOG))


# ── Média sobre a Beta ───────────────────────────────────────────────────────


def _media_na_beta(a: float, b: float, f: Callable[[float, float], float]) -> float:
    """E[f(p, 1 − p)], p ~ Beta(a, b), por tanh-sinh: não se perde nas pontas, onde a densidade pode explodir."""
    constante = _ln_beta(a, b)
    soma = massa = 0.0
    for ln_p, ln_q, ln_peso in _pontos():
        peso = math.exp(max(a * ln_p + b * ln_q + ln_peso - constante, -LIMITE_DO_LOG))
        soma += peso * f(math.exp(ln_p), math.exp(ln_q))
        massa += peso
    return soma / massa  # a massa é 1 a menos do erro da quadratura


@cache
def _pontos() -> tuple[tuple[float, float, float], ...]:
    return tuple(_tanh_sinh(passo=0.05, alcance=6.0))


def _tanh_sinh(passo: float, alcance: float) -> Iterator[tuple[float, float, float]]:
    """ln p, ln(1 − p) e ln do peso sobre p(1 − p) de cada nó de p = 1 / (1 + e^(−π senh u))."""
    for n in range(-round(alcance / passo), round(alcance / passo) + 1):
        u = n * passo
        s = math.pi * math.sinh(u)
        if abs(s) < LIMITE_DO_LOG - 60:
            yield -_log1p_exp(-s), -_log1p_exp(s), math.log(math.pi * math.cosh(u) * passo)


def _log1p_exp(v: float) -> float:
    return v + math.log1p(math.exp(-v)) if v > 0 else math.log1p(math.exp(v))
