"""A lista de quem vê a empresa inteira lê do maior valor ao menor por um índice, em vez de ordenar todos.

Sai outro em troca: a carteira de um vendedor já se lê inteira de `ind_carteira`. Quem escreve nos indicadores não
espera; só a tabela repartida, que não sabe mudar de índice sem travar, espera.
"""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import connection, migrations, models
from django.db.migrations.operations.models import IndexOperation

_REPARTIDA = "SELECT count(*) FROM pg_class WHERE oid = to_regclass('atividade_indicadores') AND relkind = 'p'"


def _como(sem_travar: type[IndexOperation], travando: type[IndexOperation]) -> type[IndexOperation]:
    with connection.cursor() as cursor:
        cursor.execute(_REPARTIDA)
        (repartida,) = cursor.fetchone()
    return travando if repartida else sem_travar


class _Acrescentar(AddIndexConcurrently):
    def database_forwards(self, *args: Any) -> None:
        _como(AddIndexConcurrently, migrations.AddIndex).database_forwards(self, *args)

    def database_backwards(self, *args: Any) -> None:
        _como(AddIndexConcurrently, migrations.AddIndex).database_backwards(self, *args)


class _Tirar(RemoveIndexConcurrently):
    def database_forwards(self, *args: Any) -> None:
        _como(RemoveIndexConcurrently, migrations.RemoveIndex).database_forwards(self, *args)

    def database_backwards(self, *args: Any) -> None:
        _como(RemoveIndexConcurrently, migrations.RemoveIndex).database_backwards(self, *args)


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("atividade", "0021_volta_ao_perfil")]

    operations = [
        _Acrescentar(
            model_name="indicadores",
            index=models.Index(fields=["empresa", "-valor_12m", "cliente"], name="ind_empresa_maiores"),
        ),
        _Tirar(model_name="indicadores", name="ind_vendedor_recencia"),
    ]
