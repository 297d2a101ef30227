"""Quem passou do próprio ritmo conta-se por um índice, sem ler os outros.

Quem escreve nos indicadores não espera; só a tabela repartida, que não sabe ganhar índice sem travar, espera.
"""

from decimal import Decimal
from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import connection, migrations, models
from django.db.models.functions import Cast, Ceil

_REPARTIDA = "SELECT count(*) FROM pg_class WHERE oid = to_regclass('atividade_indicadores') AND relkind = 'p'"


class _Acrescentar(AddIndexConcurrently):
    def database_forwards(self, *args: Any) -> None:
        self._como().database_forwards(self, *args)

    def database_backwards(self, *args: Any) -> None:
        self._como().database_backwards(self, *args)

    @staticmethod
    def _como() -> type[migrations.AddIndex]:
        with connection.cursor() as cursor:
            cursor.execute(_REPARTIDA)
            (repartida,) = cursor.fetchone()
        return migrations.AddIndex if repartida else AddIndexConcurrently


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("atividade", "0022_maiores_da_empresa")]

    operations = [
        _Acrescentar(
            model_name="indicadores",
            index=models.Index(
                models.F("empresa"),
                models.Func(
                    models.F("ultima_compra"),
                    Cast(Ceil(models.F("intervalo_mediano_dias") * Decimal("1.3")), models.IntegerField()),
                    template="(%(expressions)s)",
                    arg_joiner=" + ",
                    output_field=models.DateField(),
                ),
                condition=models.Q(dias_de_compra__gte=3) & ~models.Q(status="inativo"),
                include=("cliente", "status", "ultima_compra", "intervalo_mediano_dias"),
                name="ind_fora_do_ritmo",
            ),
        ),
    ]
