"""A chance calibrada da fila: b0 e s da empresa, por logística sobre as janelas fechadas dela.

p = 1 / (1 + exp(−(b0 + s·z))), com o z de `prioridade.py`. s tem de antemão N(0,75; 0,5²); b0 é livre, e o
nível de uma empresa nunca serve a outra.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from atividade.formula_sql import em_sql
from atividade.prioridade import B0, HORIZONTE, S
from atividade.probabilidade.expressoes import P_SEM_COMPRA
from atividade.probabilidade.formulas import DIAS_NA_SEMANA, Parametros
from atividade.probabilidade.janelas import Janelas, cortes_de

MINIMO_DE_LINHAS = 200
PRECISAO_DE_S = 1 / 0.5**2
_PASSOS_DE_NEWTON = 50
_PASSO_MINIMO = 1e-10


@dataclass(frozen=True, slots=True)
class Calibracao:
    """b0 e s, as linhas em que se apoiam, e se são só a estimativa de partida."""

    b0: float
    s: float
    linhas: int
    estimativa: bool


def calibrar(janelas: Janelas, data: date) -> Calibracao:
    """Ajusta b0 e s com o que se sabia em `data`; sem história que chegue, a estimativa de partida."""
    cortes = cortes_de(data)
    janelas.tomar(cortes)
    linhas, calados = janelas.contar(cortes)
    if linhas < MINIMO_DE_LINHAS or calados in {0, linhas}:
        return Calibracao(B0, S, linhas, True)
    b0, s = _newton(janelas, cortes)
    return Calibracao(b0, s, linhas, False)


def _newton(janelas: Janelas, cortes: list[date]) -> tuple[float, float]:
    """Newton com o passo cortado ao meio enquanto piora; a função é convexa e o topo, um só."""
    b0, s, fracao = B0, S, 1.0
    valor, passo = _avaliar(janelas, cortes, b0, s)
    for _ in range(_PASSOS_DE_NEWTON):
        novo_b0, novo_s = b0 - fracao * passo[0], s - fracao * passo[1]
        novo, seguinte = _avaliar(janelas, cortes, novo_b0, novo_s)
        if novo > valor + 1e-9 * abs(valor):
            fracao /= 2
            continue
        parado = max(abs(novo_b0 - b0), abs(novo_s - s)) < _PASSO_MINIMO
        b0, s, valor, passo, fracao = novo_b0, novo_s, novo, seguinte, 1.0
        if parado:
            break
    return b0, s


def _avaliar(janelas: Janelas, cortes: list[date], b0: float, s: float) -> tuple[float, tuple[float, float]]:
    """O que minimizar em (b0, s) e o passo de Newton dali."""
    falta, g0, g1, h00, h01, h11 = janelas.somas(cortes, b0, s)
    falta, g1, h11 = (
        falta + PRECISAO_DE_S * (s - S) ** 2 / 2,
        g1 + PRECISAO_DE_S * (s - S),
        h11 + PRECISAO_DE_S,
    )
    det = h00 * h11 - h01 * h01
    return falta, ((h11 * g0 - h01 * g1) / det, (h00 * g1 - h01 * g0) / det)


# ── A prova no período retido ────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Faixa:
    """Uma faixa de probabilidade: quantos, o previsto e o acontecido médios."""

    faixa: int
    linhas: int
    previsto: float
    acontecido: float


@dataclass(frozen=True, slots=True)
class Prova:
    """O previsto contra o acontecido em 90 dias que o ajuste não viu."""

    linhas: int
    acontecido: float
    erro: float  # erro de calibração esperado (ECE): o desvio médio, pesado pelas linhas
    ganho: float | None  # Brier skill: quanto se erra a menos que dizer a média a todos; nulo sem variação
    faixas: list[Faixa]

    def como_json(self) -> dict[str, Any]:
        return asdict(self)


def provar_p(janelas: Janelas, corte: date, calibracao: Calibracao) -> Prova | None:
    """A chance calibrada; `z` já está pronto em cada linha."""
    b0, s = f"({calibracao.b0!r})::float8", f"({calibracao.s!r})::float8"
    return _provar(janelas, corte, f"1 / (1 + exp(-({b0} + {s} * z)))")


def provar_modelo(janelas: Janelas, corte: date, parametros: Parametros) -> Prova | None:
    """P(sem compra) do modelo de compra; `alpha` em semanas."""
    colunas = {"n": "n", "r": "r", "tx": "tx", "horizonte": str(HORIZONTE)}
    return _provar(janelas, corte, em_sql(P_SEM_COMPRA, **colunas, **literais(parametros)))


def literais(parametros: Parametros) -> dict[str, str]:
    """Os parâmetros como constantes de SQL: números nossos, com todas as casas."""
    p = parametros
    numeros = {"rho": p.r, "alfa": p.alpha * DIAS_NA_SEMANA, "a": p.a, "b": p.b}
    return {"modelo": f"'{p.modelo}'", **{nome: f"({valor!r})::float8" for nome, valor in numeros.items()}}


def _provar(janelas: Janelas, corte: date, p: str) -> Prova | None:
    """Nada a mostrar com menos de duzentas linhas."""
    janelas.tomar([corte])
    medidas = janelas.faixas(corte, p)
    linhas = sum(n for _, n, *_ in medidas)
    if linhas < MINIMO_DE_LINHAS:
        return None
    acontecido = sum(n * real for _, n, _, real, _ in medidas) / linhas
    erro = sum(n * abs(previsto - real) for _, n, previsto, real, _ in medidas) / linhas
    acaso = linhas * acontecido * (1 - acontecido)
    ganho = 1 - sum(brier for *_, brier in medidas) / acaso if acaso else None
    faixas = [Faixa(f, n, previsto, real) for f, n, previsto, real, _ in medidas]
    return Prova(linhas, acontecido, erro, ganho, faixas)
