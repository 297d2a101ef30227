"""Do maior valor ao menor: quem vê a empresa anda pelo índice dela; uma carteira lê-se inteira, e ordena-se."""

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

    plano = _plano_da_pagina(consultas)
    assert "ind_empresa_maiores" in plano
    assert "Sort" not in plano, plano


@pytest.mark.parametrize(("quem", "endereco"), [("ana", DO_MAIOR), ("davi", f"{DO_MAIOR}&vendedor={{ana}}")])
def test_de_uma_carteira_nao_anda_pelos_clientes_dos_outros(
    quem: str, endereco: str, request: Any, ana: Usuario, entrar: Any, novo_cliente: Any
) -> None:
    """Na ordem da empresa, achar uma página de quem tem os menores valores seria ler os de todos."""
    for n, valor in enumerate(("30.00", "99.90", "45.00"), 1):
        novo_cliente(f"A{n}", razao_social=f"Loja {n}", vendedor=ana, compras=[(HOJE, valor)])
        novo_cliente(f"B{n}", razao_social=f"Outra {n}", compras=[(HOJE, "9000.00")])
    recalcular(empresa=ana.vinculos.get().empresa, referencia=HOJE, hoje=HOJE)
    navegador = entrar(request.getfixturevalue(quem))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    with CaptureQueriesContext(connection) as consultas:
        pagina = navegador.get(endereco.format(ana=ana.pk)).content.decode()
    assert sorted(range(1, 4), key=lambda n: pagina.index(f"Loja {n}")) == [2, 3, 1]
    assert "Outra 1" not in pagina

    assert "Sort Key" in (plano := _plano_da_pagina(consultas)), plano  # ordem nenhuma de índice serviu


def _plano_da_pagina(consultas: CaptureQueriesContext) -> str:
    """Com tão poucas linhas, ordenar é sempre mais barato: sem poder, só ordena se não houver índice nesta ordem."""
    (da_pagina,) = [
        q["sql"] for q in consultas if "chave_da_ordem" in q["sql"] and "ORDER BY 2 DESC" in q["sql"]
    ]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {da_pagina}")
        return "\n".join(linha for (linha,) in cursor.fetchall())
