"""Os cortes de ABC e RFV são os mesmos por onde quer que se partam os valores em faixas (Hypothesis)."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from atividade import fragmentos
from atividade.cortes import marcos

Pessoa = tuple[int, int, Decimal]  # dias desde a última compra, dias de compra em 12 meses, valor em 12 meses
HOJE = date(2026, 11, 20)
FORA = {3, 7}  # posições fora dos denominadores

# poucos valores, para que haja empates nos cortes; zeros, de quem não comprou no ano
centavos = st.sampled_from([0, 0, 1, 2, 99, 100, 100, 101, 5_000]) | st.integers(0, 20_000)
pessoa = st.tuples(st.integers(0, 9), st.integers(0, 4), centavos.map(lambda c: Decimal(c) / 100))
anteriores = st.none() | st.dictionaries(
    st.sampled_from(["abc_va", "abc_vb", "v1", "v2", "v3", "v4", "r1", "f2"]),
    st.none() | centavos.map(lambda c: str(Decimal(c) / 100)),
)


def _no_banco(pessoas: Sequence[Pessoa], antes: dict[str, str | None] | None) -> dict[str, Any]:
    fonte = "SELECT * FROM unnest(%(ids)s::int[], %(u)s::date[], %(d)s::int[], %(v)s::numeric[]) AS p"
    sql = fragmentos.ler("cortes").replace(
        "{fonte}", f"{fonte} (cliente_id, ultima_compra, dias_12m, valor_12m)"
    )
    valores = {
        "ids": list(range(len(pessoas))), "u": [HOJE - timedelta(days=p[0]) for p in pessoas],
        "d": [p[1] for p in pessoas], "v": [p[2] for p in pessoas],
        "abc_a": Decimal(80), "abc_b": Decimal(95), "marcos": marcos(antes),
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(sql, valores)
        nomes = [c.name for c in cursor.description]
        return dict(zip(nomes, cursor.fetchone(), strict=True))


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
def fora(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE c_fora (cliente_id bigint) ON COMMIT DROP")
        cursor.execute("INSERT INTO c_fora SELECT unnest(%s::int[])", [list(FORA)])


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(pessoa, max_size=30), anteriores, st.sampled_from([0, 0, 120]))
def test_os_cortes_nao_dependem_dos_anteriores(
    fora: None, pessoas: list[Pessoa], antes: dict[str, str | None] | None, sem_valor: int
) -> None:
    # com muitos zeros, nenhum corte de V cai entre os positivos: só os de ABC dizem que faixas abrir
    todos = [*pessoas, *[(1, 1, Decimal(0))] * sem_valor]
    assert _no_banco(todos, antes) == _na_unha(todos)


def test_marcos_em_volta_de_cada_corte_de_valor() -> None:
    assert marcos(None) == marcos({"v1": "0", "r1": "2026-01-01", "abc_va": None}) == [Decimal("0.01")]
    assert marcos({"abc_va": "100.00", "v4": "100.00", "v2": "0.01"}) == [
        Decimal(v) for v in ("0.01", "0.01", "0.01", "0.0101", "0.0104", "96", "99", "101", "104")
    ]
