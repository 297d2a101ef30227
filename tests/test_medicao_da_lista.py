"""`bench lista`: mede numa cópia, com os clientes mesmo passados ao vendedor, e a demonstração fica como estava."""

from datetime import date
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.models import Count

from carteira.demo.criacao import criar
from carteira.medicoes import milhao
from clientes.models import Cliente, PeriodoDeCarteira
from contas.models import Instalacao
from tests import banco

NOME = "carteira_da_medicao_da_lista"


@pytest.fixture
def demonstracao(
    django_db_setup: None, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch, hoje: date
) -> Any:
    """Num banco só deste teste: o da suíte está sempre em uso, e não se copiaria."""
    monkeypatch.setattr(milhao, "MODELO", banco.modelo())
    monkeypatch.setenv("PGOPTIONS", "-c synchronous_commit=off")
    with django_db_blocker.unblock():
        milhao.apagar(NOME)
        with milhao.no_banco(NOME):
            yield
        milhao.apagar(NOME)


def _donos() -> list[Any]:
    por_dono = Cliente.objects.values_list("vendedor").annotate(n=Count("pk")).order_by("vendedor")
    return [*por_dono, *PeriodoDeCarteira.objects.values_list("vendedor").order_by("pk")]


def _nao_se_copia_em_uso() -> None:
    outra = connection.copy()
    outra.ensure_connection()
    try:
        with pytest.raises(CommandError, match=f"Há outras conexões a {NOME}"):
            call_command("bench", "paginas")
    finally:
        outra.close()


@pytest.mark.resistencia
@pytest.mark.timeout(600)  # corre em segundos; numa máquina dividida, mais
def test_mede_numa_copia_que_so_se_faz_sem_uso_e_a_demonstracao_fica_como_estava(
    demonstracao: None, hoje: date, capsys: Any
) -> None:
    with pytest.raises(CommandError, match="sobre a demonstração"):
        call_command("bench", "lista")
    criar(clientes=60, hoje=hoje)
    antes, do_maior = _donos(), max(n for _, n in _donos()[:7] if isinstance(n, int))
    _nao_se_copia_em_uso()
    capsys.readouterr()

    call_command("bench", "lista", clientes=50, vezes=1, so="busca por", guardar=False, condicoes=False)

    dito = capsys.readouterr().out
    assert do_maior < 50
    assert "(vendedor): 50 clientes" in dito
    assert "7 pedidos, mediana das medianas" in dito
    achados = {linha[:44].strip(): linha[44:51].strip() for linha in dito.splitlines()}
    assert all(int(achados[f"busca por {o_que}"]) > 0 for o_que in ("nome", "código", "pessoa", "uma letra"))
    assert _donos() == antes
    assert Instalacao.atual().demo
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [f"{NOME}_medida"])
        assert cursor.fetchone() == (0,)
