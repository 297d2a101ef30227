"""Quanto tempo de silêncio: um prazo de calendário ou tantas vezes o ciclo do cliente. Puro, como `regras.py`."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal

from dateutil.relativedelta import relativedelta

MESES, DIAS = "m", "d"
MAIOR_PERIODO = {MESES: 240, DIAS: 7300}

MAIOR_MULTIPLO = Decimal(100)


class RegraInvalida(ValueError):
    """Regra de atividade que a casa recusa; a mensagem já vem pronta para a tela."""


@dataclass(frozen=True, slots=True)
class Periodo:
    """Um prazo em meses de calendário ou em dias."""

    n: int
    unidade: str

    def __post_init__(self) -> None:
        if self.unidade not in MAIOR_PERIODO:
            raise RegraInvalida("A unidade do período deve ser m (meses) ou d (dias).")
        if not 1 <= self.n <= MAIOR_PERIODO[self.unidade]:
            maior = MAIOR_PERIODO[self.unidade]
            raise RegraInvalida(f"O período deve ficar entre 1 e {maior} {_nome(maior, self.unidade)}.")

    @classmethod
    def de_texto(cls, texto: str) -> "Periodo":
        """Lê "18m" ou "180d"."""
        achado = re.fullmatch(r"\s*([0-9]{1,5})\s*([mMdD])\s*", texto)
        if not achado:
            raise RegraInvalida(f"Período “{texto}” não entendido: escreva 18m (meses) ou 180d (dias).")
        return cls(int(achado[1]), achado[2].lower())

    def depois_de(self, dia: date) -> date:
        """Soma o prazo; um mês mais curto encurta o dia (31/08 + 18m = 28/02)."""
        if self.unidade == MESES:
            return dia + relativedelta(months=self.n)
        return dia + timedelta(days=self.n)

    def __str__(self) -> str:
        return f"{self.n} {_nome(self.n, self.unidade)}"


def _nome(n: int, unidade: str) -> str:
    nomes = {MESES: ("mês", "meses"), DIAS: ("dia", "dias")}
    return nomes[unidade][n != 1]


@dataclass(frozen=True, slots=True)
class PorCiclo:
    """Limites em múltiplos do ciclo do próprio cliente, arredondados para cima em dias, cada um com
    mínimo e máximo; o quase inativo vem ao menos um dia antes do inativo."""

    quase: Decimal
    inativo: Decimal
    quase_min: int
    quase_max: int
    inativo_min: int
    inativo_max: int

    def __post_init__(self) -> None:
        _conferir_multiplos(self)
        _conferir_extremos(self)

    def dias(self, ciclo: Decimal) -> tuple[int, int]:
        """Dias sem comprar que fazem deste ciclo um quase inativo e um inativo."""
        inativo = _entre(self.inativo_min, para_cima(ciclo * self.inativo), self.inativo_max)
        quase = _entre(self.quase_min, para_cima(ciclo * self.quase), self.quase_max)
        return min(quase, inativo - 1), inativo

    def __str__(self) -> str:
        return f"{vezes(self.inativo)} o ciclo do cliente, entre {self.inativo_min} e {self.inativo_max} dias"


def para_cima(valor: Decimal) -> int:
    """Dias inteiros, qualquer fração conta um dia, como o ceil() do PostgreSQL sobre numeric."""
    return int(valor.to_integral_value(rounding=ROUND_CEILING))


def vezes(multiplo: Decimal) -> str:
    """1,5× (sem zeros à direita)."""
    return (
        f"{multiplo:f}".rstrip("0").rstrip(".").replace(".", ",") + "×"
        if multiplo % 1
        else f"{int(multiplo)}×"
    )


def _entre(menor: int, valor: int, maior: int) -> int:
    return max(menor, min(valor, maior))


def _conferir_multiplos(regra: PorCiclo) -> None:
    for multiplo in (regra.quase, regra.inativo):
        if not 0 < multiplo <= MAIOR_MULTIPLO or multiplo != multiplo.quantize(Decimal("0.01")):
            raise RegraInvalida(
                f"Os múltiplos do ciclo devem ser maiores que zero, até {MAIOR_MULTIPLO}, com no máximo duas casas."
            )
    if regra.quase >= regra.inativo:
        raise RegraInvalida("O múltiplo de quase inativo deve ser menor que o de inativo.")


def _conferir_extremos(regra: PorCiclo) -> None:
    maior = MAIOR_PERIODO[DIAS]
    if regra.quase_min < 1 or regra.inativo_min < 2 or max(regra.quase_max, regra.inativo_max) > maior:
        raise RegraInvalida(f"Os extremos vão de 1 dia (quase inativo) ou 2 dias (inativo) até {maior} dias.")
    if regra.quase_min > regra.quase_max or regra.inativo_min > regra.inativo_max:
        raise RegraInvalida("Em cada limite, o mínimo de dias não pode passar do máximo.")
    if regra.quase_min > regra.inativo_min or regra.quase_max > regra.inativo_max:
        raise RegraInvalida("Os extremos de quase inativo não podem passar dos de inativo.")
