"""Carga numa tabela vazia: índices e chaves estrangeiras saem, e voltam iguais na mesma transação.

Montar um índice no fim custa uma ordenação; mantê-lo linha a linha custa um passeio na árvore por linha.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from django.db import OperationalError, connection, transaction
from django.db.backends.utils import CursorWrapper

MINIMO_DE_LINHAS = 20_000
_TENTATIVAS, _PAUSA = 40, 0.25  # dez segundos até desistir de tirar os índices


class _Estrutura(NamedTuple):
    restricoes: list[tuple[str, str]]
    indices: list[tuple[str, str]]


def _ler(cursor: CursorWrapper, tabela: str) -> _Estrutura:
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
        "WHERE conrelid = %s::regclass AND contype IN ('f', 'u') ORDER BY contype DESC, conname",
        [tabela],
    )
    restricoes = cursor.fetchall()
    cursor.execute(
        "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
        "WHERE i.indrelid = %s::regclass AND NOT i.indisprimary "
        "AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid) ORDER BY 1",
        [tabela],
    )
    return _Estrutura(restricoes, cursor.fetchall())


def _nome(nome: str) -> str:
    return connection.ops.quote_name(nome)


def _travar(tabela: str) -> bool:
    """Trava a tabela e as que ela cita, todas ou nenhuma; falso se alguém não as solta.

    Esperar por uma com outra na mão fecharia um ciclo com quem já lê a segunda e vai ler a primeira.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE oid = %s::regclass OR oid IN "
            "(SELECT confrelid FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f') ORDER BY 1",
            [tabela, tabela],
        )
        tabelas = ", ".join(_nome(nome) for (nome,) in cursor.fetchall())
        for _ in range(_TENTATIVAS):
            try:
                with transaction.atomic():
                    cursor.execute(f"LOCK TABLE {tabelas} IN ACCESS EXCLUSIVE MODE NOWAIT")
            except OperationalError:
                time.sleep(_PAUSA)
            else:
                return True
    return False


@contextmanager
def sem_indices(tabela: str, *, vale_a_pena: bool) -> Iterator[None]:
    """Tira e repõe índices secundários, unicidades e chaves estrangeiras de `tabela`.

    Se as tabelas estão em uso (um recálculo, uma página), a carga segue com os índices no lugar.
    """
    if not vale_a_pena or not _travar(tabela):
        yield
        return
    with connection.cursor() as cursor:
        # As verificações adiadas pendentes impediriam mexer nas tabelas.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        estrutura = _ler(cursor, tabela)
        if estrutura.restricoes:
            cursor.execute(
                f"ALTER TABLE {_nome(tabela)} "
                + ", ".join(f"DROP CONSTRAINT {_nome(n)}" for n, _ in estrutura.restricoes)
            )
        for nome, _ in estrutura.indices:
            cursor.execute(f"DROP INDEX {_nome(nome)}")
        yield
        cursor.execute("SET LOCAL maintenance_work_mem = '256MB'")
        for _, definicao in estrutura.indices:
            cursor.execute(definicao)
        if estrutura.restricoes:
            cursor.execute(
                f"ALTER TABLE {_nome(tabela)} "
                + ", ".join(f"ADD CONSTRAINT {_nome(n)} {definicao}" for n, definicao in estrutura.restricoes)
            )


def esta_vazia(tabela: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT NOT EXISTS (SELECT FROM {_nome(tabela)})")
        return bool(cursor.fetchone()[0])
