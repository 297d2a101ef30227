"""A lista de quem vê a empresa inteira, do maior valor ao menor: anda pelo índice, sem ordenar todos."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from atividade.recalculo import recalcular
from contas.models import Empresa, Usuario

pytestmark = pytest.mark.django_db
HOJE = date(2026, 11, 20)
DO_MAIOR = "/clientes/?ordem=-valor"


def test_da_empresa_inteira_le_na_ordem_do_indice(
    empresa: Empresa, davi: Usuario, entrar: Any, novo_cliente: Any
) -> None:
    for n, valor in enumerate(("30.00", "99.90", "45.00"), 1):
        novo_cliente(f"C{n}", razao_social=f"Loja {n}", compras=[(HOJE, valor)])
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    with CaptureQueriesContext(connection) as consultas:
        pagina = entrar(davi).get(DO_MAIOR).content.decode()
    assert sorted(range(1, 4), key=lambda n: pagina.index(f"Loja {n}")) == [2, 3, 1]

    (da_pagina,) = [
        q["sql"] for q in consultas if "chave_da_ordem" in q["sql"] and "ORDER BY 2 DESC" in q["sql"]
    ]
    with connection.cursor() as cursor:
        # Com três linhas, ordenar é sempre mais barato: sem poder, só ordena se não houver índice nesta ordem.
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {da_pagina}")
        plano = "\n".join(linha for (linha,) in cursor.fetchall())
    assert "ind_empresa_maiores" in plano
    assert "Sort" not in plano, plano
