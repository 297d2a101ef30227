"""O período de um relatório: um nome que anda com o tempo ("mês passado") ou dois dias quaisquer, os dois inclusive."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dateutil.relativedelta import relativedelta

MAIOR_PERIODO = 366 * 3
_UM_DIA = timedelta(days=1)
_ANOS = range(1900, 9001)


@dataclass(frozen=True, slots=True)
class Intervalo:
    """De um dia a outro, inclusive; `nome` é o do período escolhido, ou nada se foram dois dias."""

    de: date
    ate: date
    nome: str = ""

    @property
    def dias(self) -> int:
        return (self.ate - self.de).days + 1

    @property
    def anterior(self) -> "Intervalo":
        """O mesmo número de dias, logo antes."""
        return Intervalo(self.de - timedelta(days=self.dias), self.de - _UM_DIA)

    def __str__(self) -> str:
        return f"{self.de:%d/%m/%Y} a {self.ate:%d/%m/%Y}"


def _quinzena(dia: date) -> date:
    return dia.replace(day=1 if dia.day <= 15 else 16)


def _quinzena_passada(ref: date) -> tuple[date, date]:
    fim = _quinzena(ref) - _UM_DIA
    return _quinzena(fim), fim


def _mes_passado(ref: date) -> tuple[date, date]:
    fim = ref.replace(day=1) - _UM_DIA
    return fim.replace(day=1), fim


def _meses(quantos: int) -> Callable[[date], tuple[date, date]]:
    """Os últimos N meses terminam na referência: (ref − N meses, ref]."""
    return lambda ref: (ref - relativedelta(months=quantos) + _UM_DIA, ref)


def _dias(quantos: int) -> Callable[[date], tuple[date, date]]:
    return lambda ref: (ref - timedelta(days=quantos - 1), ref)


# O nome na URL, o que se lê, e os dois dias na referência.
PERIODOS: Mapping[str, tuple[str, Callable[[date], tuple[date, date]]]] = {
    "quinzena": ("Esta quinzena", lambda ref: (_quinzena(ref), ref)),
    "quinzena-passada": ("Quinzena passada", _quinzena_passada),
    "mes": ("Este mês", lambda ref: (ref.replace(day=1), ref)),
    "mes-passado": ("Mês passado", _mes_passado),
    "30-dias": ("Últimos 30 dias", _dias(30)),
    "90-dias": ("Últimos 90 dias", _dias(90)),
    "3-meses": ("Últimos 3 meses", _meses(3)),
    "12-meses": ("Últimos 12 meses", _meses(12)),
    "ano": ("Este ano", lambda ref: (ref.replace(month=1, day=1), ref)),
}
# Os que são um mês do calendário.
MENSAIS = frozenset({"mes", "mes-passado"})


def ler_dia(texto: str) -> date | None:
    """2026-06-30 ou 30/06/2026; o que não é data, ou é de um ano em que as contas de dias não cabem, não é nada."""
    for formato in ("%Y-%m-%d", "%d/%m/%Y"):
        with suppress(ValueError):
            dia = datetime.strptime(texto.strip(), formato).date()
            return dia if dia.year in _ANOS else None
    return None


def _um(consulta: Mapping[str, Sequence[str]], nome: str) -> str:
    valores = consulta.get(nome) or ("",)
    return valores[-1]


def ler_periodo(
    consulta: Mapping[str, Sequence[str]], padrao: str, referencia: date
) -> tuple[Intervalo, str]:
    """O intervalo pedido e, quando não é o que se pediu, por quê."""
    de, ate = _um(consulta, "de"), _um(consulta, "ate")
    if de or ate:
        inicio, fim = ler_dia(de), ler_dia(ate) if ate else referencia
        if inicio and fim and inicio <= min(fim, referencia) and (fim - inicio).days < MAIOR_PERIODO:
            return Intervalo(inicio, min(fim, referencia)), ""
        return _nomeado(padrao, referencia), "Período não entendido: escolha dois dias, o primeiro antes."
    pedido = _um(consulta, "periodo")
    return _nomeado(pedido if pedido in PERIODOS else padrao, referencia), ""


def _nomeado(nome: str, referencia: date) -> Intervalo:
    _, dias = PERIODOS[nome]
    return Intervalo(*dias(referencia), nome)
