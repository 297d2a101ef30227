"""O SQL gerado e as regras puras dizem o mesmo, em cada limite."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from django.db import connection

from atividade import fragmentos
from atividade.limiares import configurar
from atividade.models import Indicadores
from atividade.prioridade import p_nao_comprar
from atividade.regras import (
    Periodo,
    Regra,
    classificar,
    classificar_ritmo,
    classificar_tendencia,
    marcar,
)
from tests.atividade.conftest import de

pytestmark = pytest.mark.django_db
REGRAS = ["18m/6m", "6m/2m", "180d/60d", "6m/15d", "1m/27d", "12m/1m", "20d/5d"]
DIAS = [
    date(2024, 2, 28),
    date(2024, 2, 29),
    date(2024, 8, 31),
    date(2023, 12, 31),
    date(2025, 1, 30),
    date(2025, 3, 1),
]


def perguntar(sql: str, valores: dict[str, Any]) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {sql}", valores)
        return cursor.fetchone()[0]


def vizinhos(dia: date) -> Iterator[date]:
    yield from (dia + timedelta(days=n) for n in (-1, 0, 1))


def do_texto(texto: str) -> Regra:
    periodo, antecedencia = texto.split("/")
    return Regra(Periodo.de_texto(periodo), Periodo.de_texto(antecedencia))


@pytest.mark.parametrize("texto", REGRAS)
def test_limites_e_status_no_banco_iguais_aos_puros(
    empresa: Any, rodar: Any, novo_cliente: Any, texto: str
) -> None:
    regra = do_texto(texto)
    configurar(empresa=empresa, periodo=regra.periodo, antecedencia=regra.antecedencia,
               vigente_desde=date(2020, 1, 1), por=None)  # fmt: skip
    clientes = {novo_cliente(f"C{n}", compras=[(dia, 10)]): dia for n, dia in enumerate(DIAS)}
    rodar(date(2025, 3, 1))
    for cliente, dia in clientes.items():
        linha, limites = de(cliente), regra.limites(dia)
        assert (linha.quase_inativo_em, linha.inativo_em) == (limites.quase_inativo_em, limites.inativo_em)
        assert linha.status == classificar(limites.quase_inativo_em, limites.inativo_em, date(2025, 3, 1))


def test_status_em_cada_vizinho_dos_limites() -> None:
    quase, inativo = date(2024, 2, 29), date(2024, 3, 31)
    sql = fragmentos.status("%(q)s::date", "%(i)s::date")
    for q, i in ((quase, inativo), (None, None)):
        for dia in (*vizinhos(quase), *vizinhos(inativo), date(2030, 1, 1)):
            assert perguntar(sql, {"q": q, "i": i, "referencia": dia}) == classificar(q, i, dia)


def test_marca_em_cada_vizinho_dos_limites() -> None:
    dia = date(2024, 2, 29)
    linha = (
        "(SELECT %(s)s::text AS status, %(n)s::date AS novo_ate, "
        "%(r)s::date AS recuperado_ate, %(a)s::date AS antigo_em) i"
    )
    sql = f"{fragmentos.marca()} FROM {linha}"
    datas = [None, *vizinhos(dia)]
    for status in ("ativo", "quase_inativo", "inativo", "prospect"):
        for n in datas:
            for r in datas:
                for a in datas:
                    esperado = marcar(status, dia, novo_ate=n, recuperado_ate=r, antigo_em=a)
                    valores = {"s": status, "n": n, "r": r, "a": a, "referencia": dia}
                    assert perguntar(sql, valores) == str(esperado or ""), valores


@pytest.mark.parametrize("recente", ["0", "89.99", "90.00", "100.00", "110.00", "110.01"])
@pytest.mark.parametrize("anterior", ["0", "100.00", "0.01"])
def test_tendencia(recente: str, anterior: str) -> None:
    sql = fragmentos.tendencia("%(r)s::numeric", "%(a)s::numeric")
    esperado = classificar_tendencia(D(recente), D(anterior))
    assert perguntar(sql, {"r": recente, "a": anterior}) == (str(esperado) if esperado else None)


def test_ritmo_em_todo_ciclo_ate_410_dias() -> None:
    sql = fragmentos.ritmo("%(n)s::int", "%(m)s::numeric", "%(s)s::int", "%(q)s::bigint")
    for meio in range(2, 821):
        ciclo = D(meio) / 2
        valores = {"n": 3, "m": ciclo, "s": meio, "q": meio * meio // 2}
        assert perguntar(sql, valores) == classificar_ritmo(3, ciclo, meio, meio * meio // 2)
    for n, m, s, q in ((1, None, 0, 0), (2, D(30), 30, 900), (3, D(50), 100, 8200), (None, None, None, None)):
        esperado = classificar_ritmo(n, m, s, q) if n else None
        assert perguntar(sql, {"n": n, "m": m, "s": s, "q": q}) == str(esperado or "")


def test_prioridade_no_banco_igual_a_pura(rodar: Any, novo_cliente: Any) -> None:
    hoje = date(2024, 6, 1)
    for n in range(1, 9):
        novo_cliente(
            f"C{n}", compras=[(hoje - timedelta(days=n * 11 + k * 17 * n), 10 * n) for k in range(n)]
        )
    novo_cliente("P")
    rodar(hoje)
    medios = sorted(float(i.intervalo_medio_dias) for i in Indicadores.objects.filter(dias_de_compra__gt=1))
    m0 = medios[len(medios) // 2]
    for linha in Indicadores.objects.com_recencia(hoje).com_prioridade(hoje).exclude(status="prospect"):
        extensao = (linha.ultima_compra - linha.primeira_compra).days
        esperado = p_nao_comprar(linha.dias_de_compra, linha.recencia_dias, extensao, m0)
        assert linha.p == pytest.approx(esperado, rel=1e-9)
        assert linha.perda_esperada == pytest.approx(esperado * float(linha.valor_12m), rel=1e-9)
    assert Indicadores.objects.com_prioridade(hoje).get(status="prospect").p is None
