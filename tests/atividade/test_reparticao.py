"""Repartir por cliente e voltar: nada se perde, e a tabela volta a ser a mesma, nome por nome."""

import os
import subprocess
import sys
from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from atividade import reparticao
from atividade.models import Indicadores, MudancaStatus
from atividade.recalculo import recalcular
from contas.models import Empresa
from tests.processos import RAIZ

pytestmark = pytest.mark.django_db
SUITE = [
    "tests/atividade",
    "tests/aceitacao",
    "tests/relatorios",
    "tests/test_rotinas.py",
    "--deselect",
    "tests/atividade/test_reparticao.py",
]
ONTEM, HOJE = date(2026, 11, 19), date(2026, 11, 20)


def forma() -> list[Any]:
    """Tudo o que o catálogo diz das tabelas: restrições, índices, folgas e quem numera."""
    with connection.cursor() as cursor:
        return [
            (t, reparticao._ler(cursor, t).restricoes, reparticao._ler(cursor, t)) for t in reparticao.TABELAS
        ]


def fotografia() -> list[Any]:
    mudancas = MudancaStatus.objects.order_by("pk").values_list()
    return [*Indicadores.objects.order_by("pk").values_list(), *mudancas]


def test_repartir_e_juntar_devolve_a_mesma_tabela(empresa: Empresa, novo_cliente: Any) -> None:
    for n in range(12):
        novo_cliente(f"C{n}", compras=[(date(2026, 5, n + 1), "100.00"), (date(2026, 7, 20), "50.00")])
    recalcular(empresa=empresa, referencia=ONTEM, hoje=ONTEM)
    antes, linhas = forma(), fotografia()

    call_command("repartir_tabelas", por=4)
    assert all(map(reparticao.repartida, reparticao.TABELAS))
    assert fotografia() == linhas
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(DISTINCT tableoid) FROM atividade_indicadores")
        assert cursor.fetchone()[0] > 1

    # repartida, a noite seguinte corre como sempre, e repartir de novo em outro número também
    assert recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE, completo=True).modo == "completo"
    assert MudancaStatus.objects.filter(para="quase_inativo", em=HOJE).count() == 12
    linhas = fotografia()
    call_command("repartir_tabelas", por=2)
    assert fotografia() == linhas

    call_command("repartir_tabelas", juntar=True)
    assert not any(map(reparticao.repartida, reparticao.TABELAS))
    assert (forma(), fotografia()) == (antes, linhas)


def test_numero_de_partes_sem_sentido_e_recusado() -> None:
    with pytest.raises(CommandError, match="2 a 256 partes"):
        call_command("repartir_tabelas", por=1)
    assert not reparticao.repartida("atividade_indicadores")


@pytest.mark.resistencia
def test_a_suite_da_atividade_passa_sobre_tabelas_repartidas() -> None:
    """As mesmas histórias, noutro processo e noutro banco, com `REPARTIDA=4`."""
    ambiente = {**os.environ, "REPARTIDA": "4", "PYTEST_BANCO": "test_repartida"}
    comando = [sys.executable, "-m", "pytest", "-n", "0", "--no-cov", *SUITE]
    feito = subprocess.run(comando, cwd=RAIZ, env=ambiente, capture_output=True, text=True, check=False)
    assert feito.returncode == 0, feito.stdout[-4000:]
