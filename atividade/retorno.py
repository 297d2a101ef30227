"""Curva de retorno: dos silêncios que chegaram a D dias, quantos acabaram em compra nos dias seguintes.

Um silêncio *chegou a D dias* se o D-ésimo dia passou sem compra (durou mais que D) e ainda era seguido
depois dele; *voltou* se acabou em (D, D + janela]. Os que ainda correm na referência contam até onde foram
vistos: S = Π (1 − dᵢ/nᵢ) sobre os dias D+1 a D+janela (Kaplan-Meier), voltaram = 1 − S. Onde todo mundo
foi seguido até o fim, é a proporção simples.

Intervalo de 95 %: log(−log S) com a variância de Greenwood, V = Σ dᵢ/(nᵢ(nᵢ − dᵢ)), de onde
S^exp(±1,96·√V/ln S); se ninguém ou todos voltaram ela não existe, e vale o de Wilson sobre os que foram
seguidos até o fim. Abaixo de 100 silêncios nada se mostra. É evidência, não limite automático.
"""

import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from atividade.fragmentos import ler
from contas.models import Empresa

JANELA = 180
MINIMO = 100
Z = 1.959963984540054
# Por qual compra o silêncio veio depois: 1ª, 2ª, 3ª–4ª, 5ª–9ª, 10ª em diante.
INICIO_DAS_FAIXAS = (1, 2, 3, 5, 10)
NOMES_DAS_FAIXAS = ("1ª compra", "2ª compra", "3ª–4ª compra", "5ª–9ª compra", "10ª compra ou mais")


@dataclass(frozen=True, slots=True)
class Ponto:
    """Um D da curva: quantos silêncios chegaram lá e que parte voltou na janela."""

    dias: int
    silencios: int
    voltaram: float
    inferior: float
    superior: float
    em_curso: int = 0  # ainda correm sem a janela inteira: contaram até onde foram vistos


@dataclass
class Duracoes:
    """Quantos silêncios duraram quantos dias, na faixa: acabados em compra e ainda em curso."""

    compras: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    em_curso: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def somar(self, dias: int, compras: int, em_curso: int) -> None:
        self.compras[dias] += compras
        self.em_curso[dias] += em_curso

    def ponto(self, dias: int, janela: int = JANELA, minimo: int = MINIMO) -> Ponto | None:
        """A resposta em D, ou nada com menos de `minimo` silêncios ou sem ninguém seguido até o fim."""
        expostos = silencios = self._mais_longos_que(dias)
        if silencios < minimo:
            return None
        s, variancia = 1.0, 0.0
        for dia in range(dias + 1, dias + janela + 1):
            if not expostos:  # todos ainda corriam: até o fim da janela ninguém foi visto
                return None
            compras = self.compras.get(dia, 0)
            if compras == expostos:
                s = 0.0
                break
            s *= 1 - compras / expostos
            variancia += compras / (expostos * (expostos - compras))
            expostos -= compras + self.em_curso.get(dia, 0)
        em_curso = sum(n for d, n in self.em_curso.items() if dias < d < dias + janela)
        inferior, superior = _intervalo(s, variancia, silencios - em_curso)
        return Ponto(dias, silencios, 1 - s, inferior, superior, em_curso)

    def _mais_longos_que(self, dias: int) -> int:
        return sum(n for conta in (self.compras, self.em_curso) for d, n in conta.items() if d > dias)


def _intervalo(s: float, variancia: float, acompanhados: int) -> tuple[float, float]:
    """Da parte que voltou, 1 − S."""
    if s in {0.0, 1.0}:
        return _wilson(1 - s, acompanhados)
    folga = Z * math.sqrt(variancia) / abs(math.log(s))
    return 1 - s ** math.exp(-folga), 1 - s ** math.exp(folga)


def _wilson(p: float, n: int) -> tuple[float, float]:
    centro, meio = p + Z * Z / (2 * n), Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    inferior, superior = (centro - meio) / (1 + Z * Z / n), (centro + meio) / (1 + Z * Z / n)
    return max(0.0, inferior), min(1.0, superior)


@dataclass(frozen=True)
class Retorno:
    """As durações da empresa, por segmento e faixa de compras."""

    duracoes: dict[tuple[int | None, int], Duracoes]

    def faixa(self, faixa: int, segmento: int | None = None) -> Duracoes:
        """As da faixa, na empresa toda ou em um segmento."""
        soma = Duracoes()
        for (do_segmento, da_faixa), duracoes in self.duracoes.items():
            if da_faixa == faixa and segmento in (None, do_segmento):
                for dias in duracoes.compras.keys() | duracoes.em_curso.keys():
                    soma.somar(dias, duracoes.compras.get(dias, 0), duracoes.em_curso.get(dias, 0))
        return soma

    def curvas(
        self, dias: Iterable[int], segmento: int | None = None, janela: int = JANELA
    ) -> list[list[Ponto | None]]:
        """Uma lista de pontos por faixa, na ordem de `NOMES_DAS_FAIXAS`."""
        escala = tuple(dias)
        faixas = (self.faixa(n, segmento) for n in range(len(INICIO_DAS_FAIXAS)))
        return [[faixa.ponto(d, janela) for d in escala] for faixa in faixas]


def medir_retorno(empresa: Empresa, referencia: date) -> Retorno:
    """Uma consulta sobre todos os silêncios da empresa até a referência."""
    duracoes: dict[tuple[int | None, int], Duracoes] = defaultdict(Duracoes)
    valores: dict[str, Any] = {
        "empresa": empresa.pk,
        "referencia": referencia,
        "faixas": list(INICIO_DAS_FAIXAS),
    }
    with connection.cursor() as cursor:
        cursor.execute(ler("retorno"), valores)
        for segmento, faixa, dias, compras, em_curso in cursor:
            duracoes[segmento, faixa].somar(dias, compras, em_curso)
    return Retorno({chave: _em_dicionarios(d) for chave, d in duracoes.items()})


def _em_dicionarios(duracoes: Duracoes) -> Duracoes:
    """Dicionários comuns: é o que se guarda e se lê de volta."""
    return Duracoes(dict(duracoes.compras), dict(duracoes.em_curso))
