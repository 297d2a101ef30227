"""Para quem ligar primeiro: p(não comprar em 90 dias) × valor, por fórmula fechada e em palavras.

A razão recência ÷ ritmo explica, mas não ordena; quem ordena é a perda esperada. b0 e s são ajustados à
história de cada empresa (`probabilidade/calibracao.py`); sem ela, valem os de partida, como estimativa.
"""

import math
from datetime import date
from decimal import Decimal

from django.db.models import (
    Case,
    DateField,
    DecimalField,
    Expression,
    F,
    FloatField,
    Func,
    IntegerField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce

from atividade.formula_sql import FormulaSQL

B0, S = -0.8, 0.75
PSEUDO_INTERVALOS = 3
MENOR_RAZAO = 0.05
# Empresa em que ninguém comprou duas vezes ainda não tem mediana.
M0_SEM_HISTORIA = 30.0
HORIZONTE = 90
HORIZONTE_DE_ELEGIBILIDADE = 30
DIAS_DE_DESCANSO = 7

# {n} dias de compra, {r} recência, {tx} da primeira à última compra; m0 é a mediana da empresa.
Z = (
    f"0.5 * ln(1 + {{r}}) - 1.2 * ln({{n}}) + 0.15 * ln(greatest({{r}} / "
    f"(({PSEUDO_INTERVALOS} * {{m0}} + {{tx}}) / ({PSEUDO_INTERVALOS - 1} + {{n}})), {MENOR_RAZAO}))"
)
P = f"CASE WHEN {{n}} > 0 THEN 1 / (1 + exp(-({{b0}} + {{s}} * ({Z})))) END"


def z(n: int, recencia: int, extensao: int, m0: float) -> float:
    """O que separa um cliente do outro: silêncio, dias de compra e o silêncio em ritmos suavizados."""
    ritmo = (PSEUDO_INTERVALOS * m0 + extensao) / (PSEUDO_INTERVALOS + n - 1)
    razao = max(recencia / ritmo, MENOR_RAZAO)
    return 0.5 * math.log(1 + recencia) - 1.2 * math.log(n) + 0.15 * math.log(razao)


def p_nao_comprar(n: int, recencia: int, extensao: int, m0: float, b0: float = B0, s: float = S) -> float:
    """P(sem compra em 90 dias): `n` dias de compra, dias desde a última, dias entre primeira e última."""
    return 1 / (1 + math.exp(-(b0 + s * z(n, recencia, extensao, m0))))


class DiasEntre(Func):
    """Diferença entre duas datas em dias inteiros."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = IntegerField()


def recencia(referencia: date) -> Expression:
    """Dias desde a última compra; nulo sem compras. Derivada na leitura, nunca guardada."""
    return DiasEntre(Cast(Value(referencia), DateField()), F("ultima_compra"))


def extensao() -> Expression:
    """Dias da primeira à última compra."""
    return DiasEntre(F("ultima_compra"), F("primeira_compra"))


def probabilidade(referencia: date) -> Expression:
    """`p_nao_comprar` como expressão sobre Indicadores, pelo ajuste da empresa do cliente; nula sem compras."""
    m0 = Coalesce(Cast(F("empresa__estado_do_recalculo__m0"), FloatField()), Value(M0_SEM_HISTORIA))
    b0 = Coalesce(F("empresa__probabilidade__ajuste__b0"), Value(B0))
    s = Coalesce(F("empresa__probabilidade__ajuste__s"), Value(S))
    medidas = (F("dias_de_compra"), recencia(referencia), extensao())
    return FormulaSQL(P, *medidas, m0, b0, s, nomes="n r tx m0 b0 s")


def valor_em_jogo() -> Expression:
    """valor_12m ou, onde ele é zero, o último ano de compras: quem está por sair não vale nada senão."""
    return Case(
        When(valor_12m=0, then=F("valor_ano_ativo")),
        default=F("valor_12m"),
        output_field=DecimalField(max_digits=16, decimal_places=2),
    )


def motivos(
    *,
    ciclo: Decimal | None,
    recencia: int,
    valor: Decimal,
    dias_sem_contato: int | None,
    dias_de_compra: int = 2,
) -> list[str]:
    """Dois ou três motivos em palavras: o ritmo, o valor, o silêncio de contato."""
    if ciclo is not None:
        ritmo = f"compra a cada {_inteiro(ciclo)} dias, está há {recencia}"
    elif dias_de_compra == 1:
        ritmo = f"comprou uma vez, há {_dias(recencia)}"
    else:
        ritmo = f"última compra há {_dias(recencia)}"
    contato = "nunca contatado" if dias_sem_contato is None else f"sem contato há {_dias(dias_sem_contato)}"
    return [
        ritmo,
        *([f"{valor_curto(valor)}/ano"] if valor > 0 else []),
        *([contato] if dias_sem_contato != 0 else []),
    ]


def valor_curto(valor: Decimal) -> str:
    """R$ em uma olhada: 18.400 → "R$ 18 mil"; 1.250.000 → "R$ 1,3 mi"."""
    if valor >= 1_000_000:
        return f"R$ {valor / 1_000_000:.1f} mi".replace(".", ",")
    if valor >= 1_000:
        return f"R$ {_inteiro(valor / 1000)} mil" if valor < 999_500 else "R$ 1,0 mi"
    return f"R$ {_inteiro(valor)}"


def _dias(n: int) -> str:
    return "1 dia" if n == 1 else f"{n} dias"


def _inteiro(valor: Decimal) -> int:
    return math.floor(valor + Decimal("0.5"))
