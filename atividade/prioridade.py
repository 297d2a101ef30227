"""Para quem ligar primeiro: p(não comprar em 90 dias) × valor, por fórmula fechada e em palavras.

A razão recência ÷ ritmo explica, mas não ordena; quem ordena é a perda esperada. O ajuste de b0 e s à
história da empresa ainda não existe: os valores são uma estimativa sem histórico próprio.
"""

import math
from datetime import date, timedelta
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
    Q,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Exp, Greatest, Ln

B0, S = -0.8, 0.75
PSEUDO_INTERVALOS = 3
MENOR_RAZAO = 0.05
# Empresa em que ninguém comprou duas vezes ainda não tem mediana.
M0_SEM_HISTORIA = 30.0
HORIZONTE_DE_ELEGIBILIDADE = 30
DIAS_DE_DESCANSO = 7


def p_nao_comprar(n: int, recencia: int, extensao: int, m0: float, b0: float = B0, s: float = S) -> float:
    """P(sem compra em 90 dias): `n` dias de compra, dias desde a última, dias entre primeira e última."""
    ritmo = (PSEUDO_INTERVALOS * m0 + extensao) / (PSEUDO_INTERVALOS + n - 1)
    razao = max(recencia / ritmo, MENOR_RAZAO)
    z = 0.5 * math.log(1 + recencia) - 1.2 * math.log(n) + 0.15 * math.log(razao)
    return 1 / (1 + math.exp(-(b0 + s * z)))


class DiasEntre(Func):
    """Diferença entre duas datas em dias inteiros."""

    template = "(%(expressions)s)"
    arg_joiner = " - "
    output_field = IntegerField()


def recencia(referencia: date) -> Expression:
    """Dias desde a última compra; nulo sem compras. Derivada na leitura, nunca guardada."""
    return DiasEntre(Cast(Value(referencia), DateField()), F("ultima_compra"))


def probabilidade(referencia: date, m0: Expression | Subquery, b0: float = B0, s: float = S) -> Expression:
    """`p_nao_comprar` como expressão sobre Indicadores; nula para quem nunca comprou."""
    n = Cast(F("dias_de_compra"), FloatField())
    dias = Cast(recencia(referencia), FloatField())
    extensao = Cast(DiasEntre(F("ultima_compra"), F("primeira_compra")), FloatField())
    m0 = Coalesce(Cast(m0, FloatField()), Value(M0_SEM_HISTORIA))
    ritmo = (Value(float(PSEUDO_INTERVALOS)) * m0 + extensao) / (n + Value(PSEUDO_INTERVALOS - 1.0))
    razao = Greatest(dias / ritmo, Value(MENOR_RAZAO))
    z = Value(0.5) * Ln(dias + Value(1.0)) - Value(1.2) * Ln(n) + Value(0.15) * Ln(razao)
    p = Value(1.0) / (Value(1.0) + Exp(Value(-b0) - Value(s) * z))
    return Case(When(dias_de_compra__gt=0, then=p), default=None, output_field=FloatField())


def valor_em_jogo() -> Expression:
    """valor_12m ou, onde ele é zero, o último ano de compras: quem está por sair não vale nada senão."""
    return Case(
        When(valor_12m=0, then=F("valor_ano_ativo")),
        default=F("valor_12m"),
        output_field=DecimalField(max_digits=16, decimal_places=2),
    )


def elegivel(referencia: date) -> Q:
    """Não inativo e (quase inativo ou a 30 dias da compra esperada); compra única usa o ciclo de reserva."""
    perto = Q(proxima_compra_esperada__lte=referencia + timedelta(days=HORIZONTE_DE_ELEGIBILIDADE))
    return Q(status="quase_inativo") | Q(status="ativo") & perto


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
