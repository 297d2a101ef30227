"""As regras da agenda, puras: quando tentar de novo, quando parar, e o dia seguinte de uma série."""

from dataclasses import dataclass
from datetime import date, timedelta

from dateutil.relativedelta import relativedelta

from clientes.dias_uteis import somar_uteis, util_desde

_DIAS = {"semanal": 7, "quinzenal": 15}
MENSAL, CICLO = "mensal", "ciclo"


@dataclass(frozen=True, slots=True)
class Regras:
    """O que a empresa decidiu, e a UF cujos feriados valem."""

    nova_tentativa_em_dias: int = 1
    tentativas_ate_parar: int = 5
    uf: str = ""


@dataclass(frozen=True, slots=True)
class Tentativa:
    """O que uma tentativa sem resposta deixa: a data da próxima, ou a mesma de antes quando se parou."""

    em: date
    tentativas: int
    parou: bool


def depois_da_tentativa(*, em: date, tentativas: int, dia: date, regras: Regras) -> Tentativa:
    """Mais uma sem resposta: remarca em dias úteis ou, no limite, fica onde está à espera de quem decida."""
    tentativas += 1
    if parou(tentativas, regras.tentativas_ate_parar):
        return Tentativa(em, tentativas, True)
    return Tentativa(somar_uteis(dia, regras.nova_tentativa_em_dias, regras.uf), tentativas, False)


def parou(tentativas: int, limite: int) -> bool:
    """Chegou às tentativas em que a casa deixa de insistir sozinha."""
    return tentativas >= limite


def proxima_da_serie(
    *,
    desde: date,
    recorrencia: str,
    depois_de: date,
    ate: date | None = None,
    ciclo_dias: int | None = None,
    uf: str = "",
) -> date | None:
    """O primeiro dia da série depois de `depois_de`, trazido ao dia útil; nada quando passa de `ate`.

    Conta sempre do começo da série: remarcar um, ou cair em feriado, não desloca os seguintes, e quem
    se repete no dia 31 volta ao 31 depois de fevereiro.
    """
    passo = ciclo_dias if recorrencia == CICLO else _DIAS.get(recorrencia)
    if recorrencia == MENSAL:
        nominal = _mes_depois(desde, depois_de)
    elif passo:
        nominal = desde + timedelta(days=passo * max((depois_de - desde).days // passo + 1, 1))
    else:
        return None
    dia = util_desde(nominal, uf)
    return None if ate is not None and dia > ate else dia


def _mes_depois(desde: date, depois_de: date) -> date:
    meses = max((depois_de.year - desde.year) * 12 + depois_de.month - desde.month, 1)
    nominal = desde + relativedelta(months=meses)
    return nominal if nominal > depois_de else desde + relativedelta(months=meses + 1)
