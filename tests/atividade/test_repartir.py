"""Repartir: o mesmo número a cada um, ou a mesma quantidade de cada curva e quase o mesmo valor."""

import random
from collections import Counter
from decimal import Decimal

import pytest

from atividade.repartir import Candidato, Modo, repartir

TODOS = {(d, 1) for d in (10, 20, 30)}


def candidatos(*valores_e_curvas):
    return [
        Candidato(n, f"C{n:03}", 1, None, None, curva, Decimal(valor), "ativo", True)
        for n, (valor, curva) in enumerate(valores_e_curvas, 1)
    ]


def test_igual_segue_o_codigo_e_difere_no_maximo_de_um():
    partilha = repartir(candidatos(*[(1, "C")] * 7), [10, 20, 30], Modo.IGUAL, TODOS)
    assert [partilha[n] for n in range(1, 8)] == [10, 20, 30, 10, 20, 30, 10]


def test_equilibrio_da_de_cada_curva_a_mesma_quantidade_e_o_maior_valor_a_quem_tem_menos():
    clientes = candidatos((100, "A"), (90, "A"), (80, "A"), (70, "A"), (9, "C"), (8, "C"))
    partilha = repartir(clientes, [10, 20], Modo.EQUILIBRIO, TODOS)
    assert partilha == {1: 10, 2: 20, 3: 20, 4: 10, 5: 10, 6: 20}
    valores = Counter()
    for c in clientes:
        valores[partilha[c.pk]] += c.valor
    assert valores == {10: 179, 20: 178}


@pytest.mark.parametrize("modo", list(Modo))
def test_a_ordem_em_que_chegam_nao_muda_nada(modo):
    sorte = random.Random(7)
    clientes = candidatos(*[(sorte.randint(0, 999), sorte.choice(["A", "B", "C", ""])) for _ in range(200)])
    partilha = repartir(clientes, [10, 20, 30], modo, TODOS)
    sorte.shuffle(clientes)
    assert repartir(clientes, [10, 20, 30], modo, TODOS) == partilha
    por_curva = Counter((partilha[c.pk], c.curva) for c in clientes)
    for curva in ("A", "B", "C", "") if modo == Modo.EQUILIBRIO else ():
        quantos = [por_curva[d, curva] for d in (10, 20, 30)]
        assert max(quantos) - min(quantos) <= 1


def test_so_recebe_quem_atende_a_empresa():
    clientes = candidatos((1, "A"), (1, "A"))
    clientes[1] = clientes[1]._replace(empresa=2)
    for modo in Modo:
        assert repartir(clientes, [10, 20], modo, {(20, 1)}) == {1: 20}
