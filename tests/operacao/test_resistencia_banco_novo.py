"""O banco que nasce de uma vez é o que a história faz, instrução por instrução do pg_dump e linha por linha."""

import re
import subprocess
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from carteira.operacao import copia
from scripts import migracoes
from tests import banco

pytestmark = pytest.mark.resistencia

DE_UMA_VEZ, PELA_HISTORIA = "prova_de_uma_vez", "prova_pela_historia"
# O que nenhum par de bancos tem igual: quando cada um nasceu, e o sal que só ele conhece.
SO_DELE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?\+00|\b[0-9a-f]{64}\b")
DE_CADA_MIGRAR = ("django_migrations", "django_content_type", "auth_permission")


@pytest.fixture
def bancos(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        try:
            for nome in (DE_UMA_VEZ, PELA_HISTORIA):
                banco.apagar(nome)
                with connection._nodb_cursor() as cursor:
                    cursor.execute(f"CREATE DATABASE {nome}")
            yield
        finally:
            for nome in (DE_UMA_VEZ, PELA_HISTORIA):
                banco.apagar(nome)


def _ate_a_linha_de_base() -> None:
    """Como quem instalou a última versão publicada, antes de haver as que fazem tudo de uma vez."""
    base = tomllib.loads(migracoes.CONFIGURACAO.read_text(encoding="utf-8"))["linha_de_base"]
    executor = MigrationExecutor(connection)
    executor.loader = MigrationLoader(connection, replace_migrations=False)
    executor.migrate(
        [alvo for alvo in migracoes.novas({"linha_de_base": {}}) if int(alvo[1][:4]) == base[alvo[0]]]
    )


def _copia(*opcoes: str) -> str:
    conexao, ambiente = copia.endereco()
    comando = [copia.programa("pg_dump", copia.maior_versao()), "--no-owner", *opcoes, *conexao]
    comando.append(connection.settings_dict["NAME"])
    dito = subprocess.run(comando, env=ambiente, capture_output=True, text=True, check=True).stdout
    return re.sub(r"^(--|\\(un)?restrict).*\n", "", dito, flags=re.M)


def _estrutura() -> set[tuple[str, ...]]:
    """Cada instrução, com as linhas de uma tabela em qualquer ordem."""
    instrucoes = re.split(r"\n{2,}(?=[A-Z])", _copia("--schema-only"))
    return {
        tuple(sorted(linha.rstrip(",") for linha in texto.strip().splitlines()))
        if texto.startswith("CREATE TABLE")
        else (texto.strip(),)
        for texto in instrucoes
    }


def _linhas() -> set[str]:
    fora = [f"--exclude-table={tabela}" for tabela in DE_CADA_MIGRAR]
    return {
        SO_DELE.sub("?", linha) for linha in _copia("--data-only", "--column-inserts", *fora).splitlines()
    }


def _colunas() -> list[tuple[str, str]]:
    """Em ordem, menos a que não é de modelo nenhum e que a história pôs no meio."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns "
            "WHERE table_schema = 'public' AND column_name <> 'versao' ORDER BY table_name, ordinal_position"
        )
        return cursor.fetchall()


def _feitas() -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return set(cursor.fetchall())


def test_de_uma_vez_ou_pela_historia_o_banco_e_o_mesmo(bancos: None) -> None:
    retratos = []
    for nome in (DE_UMA_VEZ, PELA_HISTORIA):
        with banco.usando(nome):
            if nome == PELA_HISTORIA:
                _ate_a_linha_de_base()
            call_command("migrate", verbosity=0, interactive=False)
            retratos.append((_estrutura(), _linhas(), _colunas(), _feitas()))
    de_uma_vez, historia = retratos
    assert len(historia[0]) > 1000
    assert any("Acrelândia" in linha for linha in historia[1])
    for novo, velho in zip(de_uma_vez, historia, strict=True):
        assert novo == velho
