"""Mudar de índice nos indicadores sem que quem escreve espere; só a tabela repartida, que não o sabe fazer, espera."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import connection, migrations
from django.db.migrations.operations.models import IndexOperation

_REPARTIDA = "SELECT count(*) FROM pg_class WHERE oid = to_regclass('atividade_indicadores') AND relkind = 'p'"


def _como(sem_travar: type[IndexOperation], travando: type[IndexOperation]) -> type[IndexOperation]:
    with connection.cursor() as cursor:
        cursor.execute(_REPARTIDA)
        (repartida,) = cursor.fetchone()
    return travando if repartida else sem_travar


class Acrescentar(AddIndexConcurrently):
    def database_forwards(self, *args: Any) -> None:
        _como(AddIndexConcurrently, migrations.AddIndex).database_forwards(self, *args)

    def database_backwards(self, *args: Any) -> None:
        _como(AddIndexConcurrently, migrations.AddIndex).database_backwards(self, *args)


class Tirar(RemoveIndexConcurrently):
    def database_forwards(self, *args: Any) -> None:
        _como(RemoveIndexConcurrently, migrations.RemoveIndex).database_forwards(self, *args)

    def database_backwards(self, *args: Any) -> None:
        _como(RemoveIndexConcurrently, migrations.RemoveIndex).database_backwards(self, *args)
