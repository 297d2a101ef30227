"""A rodada de avisos custa os mesmos comandos, quantos quer que sejam os vendedores."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from carteira.medicoes.avisos import OPOSTO, decidir, povoar
from notificacoes.models import ItemDeMensagem, Mensagem

pytestmark = pytest.mark.django_db
SEGUNDA = date(2026, 11, 16)


def comandos(vendedores: int, clientes: int) -> tuple[int, dict[str, Any]]:
    execucao = povoar(SEGUNDA, vendedores, 2, clientes)
    with CaptureQueriesContext(
        connection,
    ) as vistas:
        feito = decidir(SEGUNDA, execucao)
    execucao.delete()
    return len(vistas), feito


def test_com_2_e_com_20_vendedores_a_decisao_custa_o_mesmo() -> None:
    poucos, feito = comandos(2, 120)
    assert feito["resumos"] == 2
    assert feito["volumes"] + feito["agendas"] >= 2
    muitos, feito = comandos(20, 1200)
    assert feito["resumos"] == 20
    assert muitos == poucos
    assert (
        not ItemDeMensagem.objects.filter(cliente__codigo__in=[f"C{n * OPOSTO}" for n in range(1, 30)])
        .filter(regra="resumo_diario")
        .exists()
    )
    assert not Mensagem.objects.filter(para__contains="@1.").exists()
