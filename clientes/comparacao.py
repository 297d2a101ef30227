"""Duas proporções lado a lado: a diferença, o intervalo de 95 % e se há gente bastante para dizer alguma coisa.

O intervalo é o de Newcombe (1998, método 10), que junta os de Wilson de cada lado: vale também com poucos e
com proporções perto de zero, onde o intervalo normal sai de −100 a 100.
"""

from dataclasses import dataclass
from math import sqrt

Z = 1.959964
MINIMO = 30  # de cada lado: com menos, a diferença é quase só acaso


@dataclass(frozen=True, slots=True)
class Grupo:
    quantos: int
    compraram: int

    @property
    def pct(self) -> float | None:
        return 100 * self.compraram / self.quantos if self.quantos else None


@dataclass(frozen=True, slots=True)
class Comparacao:
    """Em pontos percentuais: quanto o primeiro grupo comprou a mais que o segundo."""

    a: Grupo
    b: Grupo
    diferenca: float
    de: float
    ate: float

    @property
    def pouco(self) -> bool:
        return min(self.a.quantos, self.b.quantos) < MINIMO

    @property
    def conclusiva(self) -> bool:
        """O intervalo não passa pelo zero, e há gente bastante dos dois lados."""
        return not self.pouco and (self.de > 0 or self.ate < 0)


def comparar(a: Grupo, b: Grupo) -> Comparacao | None:
    """Nada a comparar sem gente dos dois lados."""
    if not (a.quantos and b.quantos):
        return None
    p, q = a.compraram / a.quantos, b.compraram / b.quantos
    (p_de, p_ate), (q_de, q_ate) = wilson(a.compraram, a.quantos), wilson(b.compraram, b.quantos)
    menos = sqrt((p - p_de) ** 2 + (q_ate - q) ** 2)
    mais = sqrt((p_ate - p) ** 2 + (q - q_de) ** 2)
    return Comparacao(a, b, 100 * (p - q), 100 * (p - q - menos), 100 * (p - q + mais))


def wilson(x: int, n: int) -> tuple[float, float]:
    """O intervalo de 95 % de uma proporção."""
    p, z2 = x / n, Z * Z
    centro = (p + z2 / (2 * n)) / (1 + z2 / n)
    folga = Z * sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, centro - folga), min(1.0, centro + folga)
