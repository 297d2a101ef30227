"""Compras sorteadas dos próprios modelos: a resposta certa é conhecida, e o ajuste tem de reencontrá-la."""

import math
from collections import Counter
from itertools import pairwise
from random import Random

import numpy as np

from atividade.probabilidade.formulas import Parametros
from atividade.probabilidade.verossimilhanca import Estatisticas

Datas = list[float]


def compras(p: Parametros, ate: float, sorte: Random) -> Datas:
    """Os instantes de compra de um cliente desde a primeira (0) até `ate`, como o modelo os descreve."""
    taxa, saida = sorte.gammavariate(p.r, 1 / p.alpha), sorte.betavariate(p.a, p.b)
    datas, dia = [0.0], 0.0
    if p.modelo.sai_na_primeira and sorte.random() < saida:
        return datas
    while True:
        dia += sum(sorte.expovariate(taxa) for _ in range(p.modelo.k)) if taxa > 0 else math.inf
        if dia > ate:
            return datas
        datas.append(dia)
        if sorte.random() < saida:
            return datas


def carteira(
    p: Parametros, clientes: int, semente: int, janela: tuple[float, float]
) -> list[tuple[Datas, float]]:
    """(datas desde a primeira, T) de cada cliente; T espalhado por igual na janela."""
    sorte = Random(semente)
    menor, maior = janela
    tempos = [menor + (maior - menor) * n / max(clientes - 1, 1) for n in range(clientes)]
    return [(compras(p, t, sorte), t) for t in tempos]


def resumir(clientes: list[tuple[Datas, float]]) -> Estatisticas:
    """As estatísticas suficientes, agrupadas como o banco faz."""
    grupos = Counter((len(datas) - 1, datas[-1], t) for datas, t in clientes)
    x, tx, t = (np.array(coluna, dtype=float) for coluna in zip(*grupos, strict=True))
    saltos = [b - a for datas, _ in clientes for a, b in pairwise(datas)]
    quantos = np.array(list(grupos.values()), dtype=float)
    return Estatisticas(x, tx, t, quantos, math.fsum(map(math.log, saltos)))
