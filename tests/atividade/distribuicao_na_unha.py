"""A distribuição das medidas guardada, e a mesma contada dos indicadores, cliente a cliente."""

from collections import Counter
from datetime import date
from decimal import Decimal
from functools import cache

from django.db import connection

from atividade import distribuicao
from atividade.models import Distribuicao, Indicadores

Faixas = dict[tuple[str, int], tuple[int, Decimal]]  # medida e faixa: quantos clientes e quanto somam


def guardada() -> Faixas:
    d = Distribuicao.objects.get()
    return {(m, f): (n, s) for m, f, n, s in zip(d.medidas, d.faixas, d.clientes, d.somas, strict=True)}


def contada() -> Faixas:
    clientes: Counter[tuple[str, int]] = Counter()
    somas: Counter[tuple[str, int]] = Counter()
    for i in Indicadores.objects.exclude(ultima_compra=None):
        v = ("v", faixa_de(i.valor_12m))
        clientes.update([("r", (i.ultima_compra - date(2000, 1, 1)).days), ("f", i.dias_de_compra_12m), v])
        somas[v] += i.valor_12m
    return {chave: (n, Decimal(somas[chave])) for chave, n in clientes.items()}


@cache
def faixa_de(valor: Decimal) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {distribuicao.faixa('v')} FROM (SELECT %s::numeric AS v) x", [valor])
        return int(cursor.fetchone()[0])
