"""Travas de sessão: quem roda uma rotina segura a sua; se o processo morre, o banco a solta."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from django.db import connection


class Rotina(IntEnum):
    """Espaços de nomes das travas de sessão; nunca reaproveite nem renumere."""

    NOTURNA = 7_310
    RECALCULO = 7_311
    IMPORTACAO = 7_312
    ARQUIVO = 7_313
    PROBABILIDADE = 7_314
    AVALIACAO = 7_315
    DUPLICADOS = 7_316
    RETRATOS = 7_320
    PASTA = 7_322
    COPIA = 7_330


@contextmanager
def vez(rotina: Rotina, chave: int = 0) -> Iterator[bool]:
    """Verdadeiro se a vez é nossa até o fim do bloco; falso, sem esperar, se outro a tem."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [int(rotina), chave])
        minha = bool(cursor.fetchone()[0])
    try:
        yield minha
    finally:
        if minha and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [int(rotina), chave])


def ocupada(rotina: Rotina, chave: int = 0) -> bool:
    """Alguém vivo está rodando isto agora?"""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2 AND granted "
            "AND classid = %s AND objid = %s "
            "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
            [int(rotina), chave],
        )
        return bool(cursor.fetchone()[0])
