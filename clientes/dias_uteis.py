"""Dias úteis: segunda a sexta, fora os feriados nacionais e os do estado. Puro: a UF e o dia vêm de quem chama."""

from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from holidays import HolidayBase

_SABADO = 5
_UM_DIA = timedelta(days=1)
_FIM_DE_SEMANA = ("sábado", "domingo")
SEMANA = ("segunda", "terça", "quarta", "quinta", "sexta", *_FIM_DE_SEMANA)


@lru_cache(maxsize=64)
def _calendario(uf: str) -> "HolidayBase":
    """Os feriados do estado; UF que o pacote não conhece fica só com os nacionais."""
    from holidays import country_holidays  # pesa na partida; só a primeira conta de dias úteis o paga

    conhecida = uf if uf in country_holidays("BR").subdivisions else None
    return country_holidays("BR", subdiv=conhecida, language="pt_BR")


def feriado(dia: date, uf: str = "") -> str:
    """O nome do feriado, ou vazio."""
    return str(_calendario(uf).get(dia, ""))


def porque_nao_e_util(dia: date, uf: str = "") -> str:
    """ "feriado: Consciência Negra", "sábado", ou vazio em dia útil."""
    nome = feriado(dia, uf)
    if nome:
        return f"feriado: {nome}"
    return _FIM_DE_SEMANA[dia.weekday() - _SABADO] if dia.weekday() >= _SABADO else ""


def e_util(dia: date, uf: str = "") -> bool:
    return not porque_nao_e_util(dia, uf)


def util_desde(dia: date, uf: str = "") -> date:
    """O próprio dia, se for útil; senão o primeiro útil depois dele."""
    while not e_util(dia, uf):
        dia += _UM_DIA
    return dia


def somar_uteis(dia: date, quantos: int, uf: str = "") -> date:
    """`quantos` dias úteis depois de `dia`, que não se conta; o resultado é sempre útil."""
    for _ in range(quantos):
        dia = util_desde(dia + _UM_DIA, uf)
    return util_desde(dia, uf)
