"""O banco de cada processo da suíte: a cópia de um modelo já migrado, que fica de uma corrida para a outra.

Migrar custa meio minuto; copiar, um instante. O modelo leva no nome a impressão digital do que o faz ser como é,
nasce com um nome provisório e só ganha o seu quando está completo: uma queda no meio não deixa meio modelo. De
todos os processos que o querem ao mesmo tempo, um o faz e os outros esperam.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError, connection

from carteira.local import estrutura

PREFIXO = "carteira_modelo_"
PROVISORIO = f"{PREFIXO}novo"
TRAVA = 6_022_140  # qualquer número, contanto que só este módulo o use


def modelo() -> str:
    """O nome do modelo que as migrações, os modelos e as bibliotecas de agora produzem."""
    return PREFIXO + estrutura.impressao(*estrutura.MIGRACOES, *estrutura.DEPOIS_DELAS)[:16]


def endereco(nome: str) -> str:
    """O de um banco do servidor da suíte, para um processo à parte."""
    return urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{nome}"))


@contextmanager
def vez() -> Iterator[Any]:
    """Um cursor fora dos bancos da suíte, enquanto ninguém mais cria, copia ou apaga modelos."""
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [TRAVA])
        yield cursor  # a conexão se fecha, e a trava com ela


@contextmanager
def usando(nome: str) -> Iterator[None]:
    """As conexões novas vão para aquele banco durante o bloco."""
    connection.close()
    antes, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], nome
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = antes


def _modelos(cursor: Any) -> set[str]:
    cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIXO])
    return {nome for (nome,) in cursor.fetchall()}


def _fazer_modelo(cursor: Any, nome: str) -> None:
    cursor.execute(f"DROP DATABASE IF EXISTS {PROVISORIO} WITH (FORCE)")
    cursor.execute(f"CREATE DATABASE {PROVISORIO}")
    with usando(PROVISORIO):
        call_command("migrate", verbosity=0, interactive=False)
    cursor.execute(f"ALTER DATABASE {PROVISORIO} RENAME TO {nome}")


def garantir_modelo(cursor: Any) -> str:
    """O modelo de agora, feito se falta; os de antes se apagam, menos o que alguém ainda usa."""
    de_agora, todos = modelo(), _modelos(cursor)
    if de_agora not in todos:
        _fazer_modelo(cursor, de_agora)
    for velho in todos - {de_agora, PROVISORIO}:
        with suppress(OperationalError):
            cursor.execute(f"DROP DATABASE {velho}")
    return de_agora


def copiar(nome: str) -> None:
    """Um banco novo igual ao modelo, no lugar do que uma corrida interrompida tenha deixado."""
    with vez() as cursor:
        origem = garantir_modelo(cursor)
        cursor.execute(f'DROP DATABASE IF EXISTS "{nome}"')
        cursor.execute(f'CREATE DATABASE "{nome}" TEMPLATE {origem}')


def apagar(nome: str) -> None:
    """Com as conexões que um servidor ou um worker de teste ainda tenha."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{nome}" WITH (FORCE)')


@contextmanager
def do_processo() -> Iterator[None]:
    """O banco que o pytest-django nomeou para este processo, do começo ao fim da corrida."""
    nome = connection.settings_dict["TEST"]["NAME"]
    copiar(nome)
    try:
        with usando(nome):
            yield
    finally:
        apagar(nome)


if __name__ == "__main__":
    # `./rodar testes` o faz antes de repartir a suíte: assim nenhum processo dela espera pelo outro.
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carteira.settings")
    django.setup()
    with vez() as aberto:
        garantir_modelo(aberto)
