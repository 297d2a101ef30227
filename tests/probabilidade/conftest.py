"""Uma carteira de verdade no banco, sorteada de um modelo, e a mesma conta na unha ao lado."""

import math
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import pairwise
from random import Random
from statistics import median
from typing import Any

import pytest

from atividade.conferencia import indicadores_de
from atividade.prioridade import z
from atividade.probabilidade.formulas import Modelo, Parametros
from atividade.regras import REGRA_PADRAO
from clientes.models import Cliente, Pedido
from contas.models import Empresa
from tests.probabilidade.gerador import compras

DIA = date(2026, 11, 20)
# Em dias: compras de vinte em vinte, e alguns que se vão.
VERDADE = Parametros(Modelo.MBGNBD, 2.0, 40.0, 0.7, 4.0)
Compras = dict[str, list[tuple[date, Decimal]]]


@pytest.fixture
def semear(empresa: Empresa) -> Callable[..., Compras]:
    """`semear(300)`: clientes com pedidos até 200 dias depois de DIA, para que o futuro exista e não seja visto."""

    return partial(semear_em, empresa)


def semear_em(empresa: Empresa, clientes: int, *, semente: int = 5, ate: date = DIA) -> Compras:
    sorte, base = Random(semente), {}
    for n in range(clientes):
        inicio = DIA - timedelta(days=30 + 10 * (n % 60))
        dias = {inicio + timedelta(days=round(d)) for d in compras(VERDADE, (ate - inicio).days, sorte)}
        base[f"C{n:04}"] = [(dia, Decimal(100 + n)) for dia in sorted(dias)]
    _gravar(empresa, base)
    return base


def _gravar(empresa: Empresa, base: Compras) -> None:
    donos = Cliente.objects.bulk_create(
        Cliente(empresa=empresa, codigo=codigo, razao_social=f"Cliente {codigo}") for codigo in base
    )
    Pedido.objects.bulk_create(
        Pedido(
            empresa=empresa, numero=f"{dono.codigo}-{n}", cliente=dono, data=dia, valor=valor,
            situacao="faturado", conta=True,
        )
        for dono in donos
        for n, (dia, valor) in enumerate(base[dono.codigo])
    )  # fmt: skip


# ── A conta na unha ──────────────────────────────────────────────────────────


def medidas(compras: list[tuple[date, Decimal]], ate: date) -> tuple[int, int, int] | None:
    """(dias de compra, recência, extensão), ou nada para quem ainda não comprou."""
    dias = sorted({dia for dia, _ in compras if dia <= ate})
    return (len(dias), (ate - dias[-1]).days, (dias[-1] - dias[0]).days) if dias else None


def m0_em(base: Compras, ate: date) -> float:
    pares = [m for m in (medidas(c, ate) for c in base.values()) if m and m[0] >= 2]
    return round(median(tx / (n - 1) for n, _, tx in pares), 4)


def janela(base: Compras, corte: date) -> list[tuple[float, bool]]:
    """(z, ficou 90 dias sem comprar) de quem a fila chamaria no corte, com duas compras ou mais."""
    ciclos = []
    for compras_dele in base.values():
        dias = sorted({dia for dia, _ in compras_dele if dia <= corte})
        if len(dias) >= 3:
            ciclos.append(median((b - a).days for a, b in pairwise(dias)))
    reserva, m0, linhas = Decimal(str(median(ciclos))), m0_em(base, corte), []
    for compras_dele in base.values():
        ind: dict[str, Any] = indicadores_de(
            compras_dele, referencia=corte, regra=REGRA_PADRAO, ciclo_reserva=reserva
        )
        perto = ind["status"] == "ativo" and ind["proxima_compra_esperada"] <= corte + timedelta(days=30)
        if ind["dias_de_compra"] >= 2 and (perto or ind["status"] == "quase_inativo"):
            n, r, tx = medidas(compras_dele, corte)  # type: ignore[misc]
            fim = corte + timedelta(days=90)
            linhas.append((z(n, r, tx, m0), not any(corte < dia <= fim for dia, _ in compras_dele)))
    return linhas


def logistica(linhas: list[tuple[float, bool]]) -> tuple[float, float]:
    """b0 e s pelo gradiente zero, por bissecção dentro de bissecção: nada a ver com Newton."""

    def raiz(f: Callable[[float], float], menor: float, maior: float) -> float:
        for _ in range(60):
            meio = (menor + maior) / 2
            menor, maior = (meio, maior) if f(meio) < 0 else (menor, meio)
        return (menor + maior) / 2

    def p(b0: float, s: float, v: float) -> float:
        return 1 / (1 + math.exp(-(b0 + s * v)))

    def b0_de(s: float) -> float:
        return raiz(lambda b0: math.fsum(p(b0, s, v) - y for v, y in linhas), -20, 20)

    def inclinacao(s: float) -> float:
        b0 = b0_de(s)
        return math.fsum((p(b0, s, v) - y) * v for v, y in linhas) + (s - 0.75) / 0.25

    s = raiz(inclinacao, -5, 5)
    return b0_de(s), s
