"""Os cortes de ABC e RFV, tirados das faixas, são os da definição (Hypothesis)."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atividade import distribuicao
from atividade.recalculo import Rodada

Pessoa = tuple[int, int, Decimal]  # dias desde a última compra, dias de compra em 12 meses, valor em 12 meses
HOJE = date(2026, 11, 20)
FORA = {3, 7}  # posições fora dos denominadores

# poucos valores, para que haja empates nos cortes; zeros, de quem não comprou no ano
centavos = st.sampled_from([0, 0, 1, 2, 49, 50, 99, 100, 100, 101, 5_000]) | st.integers(0, 20_000)
pessoa = st.tuples(st.integers(0, 9), st.integers(0, 4), centavos.map(lambda c: Decimal(c) / 100))


def _rodada(cursor: Any) -> Rodada:
    nada: Any = None
    valores = {"abc_a": Decimal(80), "abc_b": Decimal(95)}
    return Rodada(nada, HOJE, HOJE, nada, nada, cursor, valores)


def _no_banco(pessoas: Sequence[Pessoa]) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE c_medidas, c_distribuicao")
        cursor.executemany(
            "INSERT INTO c_medidas VALUES (%s, %s, %s, %s)",
            [(n, HOJE - timedelta(days=p[0]), p[1], p[2]) for n, p in enumerate(pessoas)],
        )
        rodada = _rodada(cursor)
        distribuicao.preparar(rodada, incremental=False)
        rodada.passo("cortes", **distribuicao.leituras(incremental=False))
        return rodada.linha()


def _na_unha(pessoas: Sequence[Pessoa]) -> dict[str, Any]:
    populacao = [p for n, p in enumerate(pessoas) if p[2] > 0 or n not in FORA]
    positivos = sorted((p[2] for p in populacao if p[2]), reverse=True)
    achado: dict[str, Any] = {}
    for classe, parte in (("a", "0.80"), ("b", "0.95")):
        limite = sum(positivos, Decimal(0)) * Decimal(parte)
        dentro = [v for n, v in enumerate(positivos) if sum(positivos[:n], Decimal(0)) < limite]
        corte = min(dentro, default=None)
        achado |= {f"abc_{classe}": corte, f"cabem_{classe}": dentro.count(corte) if corte else 0}
    degraus = [-(-len(populacao) * s // 5) for s in range(1, 5)]
    for letra, medidas in (
        ("r", [HOJE - timedelta(days=p[0]) for p in populacao]),
        ("f", [p[1] for p in populacao]),
        ("v", [p[2] for p in populacao]),
    ):
        ordem = sorted(medidas)
        achado[letra] = [ordem[j - 1] if ordem else None for j in degraus]
    return achado


@pytest.fixture
def mesa(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE c_medidas (cliente_id bigint, ultima date, dias_12m int, v12 numeric) ON COMMIT DROP;"
            "CREATE TEMP TABLE c_distribuicao (medida char(1), faixa int, n int, soma numeric) ON COMMIT DROP;"
            "CREATE TEMP TABLE c_fora (cliente_id bigint) ON COMMIT DROP"
        )
        cursor.execute("INSERT INTO c_fora SELECT unnest(%s::int[])", [list(FORA)])


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(pessoa, max_size=30), st.sampled_from([0, 0, 120]))
def test_os_cortes_sao_os_da_definicao(mesa: None, pessoas: list[Pessoa], sem_valor: int) -> None:
    # com muitos zeros, nenhum corte de V cai entre os positivos: só os de ABC dizem que faixas abrir
    todos = [*pessoas, *[(1, 1, Decimal(0))] * sem_valor]
    assert _no_banco(todos) == _na_unha(todos)
