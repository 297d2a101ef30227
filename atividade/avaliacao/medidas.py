"""Precisão e valor alcançado no alto de cada ordem, com o intervalo de reamostrar os clientes."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from atividade.avaliacao.metodos import METODOS, NOME_DO_SORTEIO, PERDA, SORTEIO, Corte, Metodo, Vetor

REPETICOES = 200
SEMENTE = 20_261_120
CONFIANCA = (2.5, 97.5)


@dataclass(frozen=True, slots=True)
class Medida:
    """Um número entre 0 e 1 e o intervalo de 95% dele."""

    valor: float
    de: float
    ate: float


@dataclass(frozen=True, slots=True)
class Linha:
    """O que uma ordem acha nos primeiros: quantos se perderam mesmo, e que parte do valor perdido estava ali.

    `diferenca` é quanto da parte do valor ela alcança a mais (ou a menos) que a perda esperada.
    """

    chave: str
    nome: str
    precisao: Medida
    captura: Medida
    diferenca: Medida


@dataclass(frozen=True, slots=True)
class Alto:
    """Até onde se olha: uma fração de cada corte, ou um número fixo de clientes."""

    chave: str
    nome: str
    quantos: Callable[[float], int]


def dez_por_cento(total: float) -> int:
    return math.ceil(total / 10)


@dataclass(frozen=True, slots=True)
class Soma:
    """O que o alto de uma ordem soma, num ou em muitos cortes."""

    vistos: float = 0.0
    perdidos: float = 0.0
    valor: float = 0.0
    valor_total: float = 0.0

    def __add__(self, outra: "Soma") -> "Soma":
        return Soma(
            self.vistos + outra.vistos,
            self.perdidos + outra.perdidos,
            self.valor + outra.valor,
            self.valor_total + outra.valor_total,
        )

    @property
    def precisao(self) -> float:
        return self.perdidos / self.vistos if self.vistos else math.nan

    @property
    def captura(self) -> float:
        return self.valor / self.valor_total if self.valor_total else math.nan


def comparar(cortes: Sequence[Corte], alto: Alto, repeticoes: int = REPETICOES) -> list[Linha]:
    """Cada ordem no alto de todos os cortes somados; a que não tem modelo em algum deles não entra."""
    preparados = {m.chave: (m.nome, _ordens(cortes, m)) for m in METODOS}
    usaveis: dict[str, tuple[str, list[Vetor] | None]] = {
        chave: (nome, ordens) for chave, (nome, ordens) in preparados.items() if ordens is not None
    }
    usaveis[SORTEIO] = (NOME_DO_SORTEIO, None)
    exato = {chave: _somar(cortes, ordens, alto, None) for chave, (_, ordens) in usaveis.items()}
    amostras: dict[str, list[Soma]] = {chave: [] for chave in usaveis}
    for pesos in _reamostras(cortes, repeticoes):
        for chave, (_, ordens) in usaveis.items():
            amostras[chave].append(_somar(cortes, ordens, alto, pesos))
    return [_linha(chave, nome, exato, amostras) for chave, (nome, _) in usaveis.items()]


def _ordens(cortes: Sequence[Corte], metodo: Metodo) -> list[Vetor] | None:
    ordens = [metodo.ordem(corte) for corte in cortes]
    return None if any(ordem is None for ordem in ordens) else ordens  # type: ignore[return-value]


def _reamostras(cortes: Sequence[Corte], repeticoes: int) -> Any:
    """Pesos de cada linha quando se sorteiam clientes com reposição; o mesmo cliente pesa igual em todo corte."""
    sorte = np.random.default_rng(SEMENTE)
    todos, onde = np.unique(np.concatenate([c.clientes for c in cortes]), return_inverse=True)
    fins = np.cumsum([c.quantos for c in cortes])[:-1]
    for _ in range(repeticoes):
        vezes = np.bincount(sorte.integers(0, len(todos), len(todos)), minlength=len(todos)).astype(float)
        yield np.split(vezes[onde], fins)


def _somar(
    cortes: Sequence[Corte], ordens: list[Vetor] | None, alto: Alto, pesos: list[Vetor] | None
) -> Soma:
    total = Soma()
    for n, corte in enumerate(cortes):
        peso = pesos[n] if pesos is not None else np.ones(corte.quantos)
        total += _do_sorteio(corte, alto, peso) if ordens is None else _do_alto(corte, ordens[n], alto, peso)
    return total


def _do_alto(corte: Corte, ordem: Vetor, alto: Alto, peso: Vetor) -> Soma:
    """Os primeiros até completar o alto; o último que não cabe inteiro entra pela parte que cabe."""
    w = peso[ordem]
    ate = np.cumsum(w)
    cabem = np.clip(alto.quantos(float(ate[-1])) - (ate - w), 0, w)
    perdeu, perdido = corte.perdeu[ordem], corte.perdido[ordem]
    return Soma(float(cabem.sum()), float(cabem @ perdeu), float(cabem @ perdido), float(w @ perdido))


def _do_sorteio(corte: Corte, alto: Alto, peso: Vetor) -> Soma:
    """O que se espera de uma ordem qualquer: a mesma fração de tudo."""
    total, perdido = float(peso.sum()), float(peso @ corte.perdido)
    vistos = min(float(alto.quantos(total)), total)
    fracao = vistos / total if total else 0.0
    return Soma(vistos, fracao * float(peso @ corte.perdeu), fracao * perdido, perdido)


def _linha(chave: str, nome: str, exato: dict[str, Soma], amostras: dict[str, list[Soma]]) -> Linha:
    nossa = exato[PERDA].captura
    diferencas = [a.captura - b.captura for a, b in zip(amostras[chave], amostras[PERDA], strict=True)]
    return Linha(
        chave,
        nome,
        _medida(exato[chave].precisao, [s.precisao for s in amostras[chave]]),
        _medida(exato[chave].captura, [s.captura for s in amostras[chave]]),
        _medida(exato[chave].captura - nossa, diferencas),
    )


def _medida(valor: float, amostra: list[float]) -> Medida:
    validos = [v for v in amostra if not math.isnan(v)]
    if math.isnan(valor) or not validos:
        return Medida(0.0 if math.isnan(valor) else valor, 0.0, 0.0)
    de, ate = np.percentile(validos, CONFIANCA)
    return Medida(valor, float(de), float(ate))
