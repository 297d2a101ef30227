"""Criar as tabelas de um banco vazio já como são hoje, com os modelos desenhados uma vez por aplicação.

Migração a migração, o Django redesenha todos os modelos ligados ao que muda: centenas de vezes dezenas deles, quase
todo o tempo de migrar do nada. Aqui eles se desenham quando todos já estão no estado.
"""

from pathlib import Path
from typing import Any

from django.db import migrations
from django.db.migrations.operations.base import Operation, OperationCategory


class CriarModelos(Operation):
    """Vários `CreateModel`, em que um pode citar outro que vem depois: as chaves estrangeiras nascem no fim."""

    category = OperationCategory.ADDITION
    reversible = False

    def __init__(self, modelos: list[migrations.CreateModel]) -> None:
        self.modelos = modelos

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.__dict__.pop("apps", None)
        for modelo in self.modelos:
            modelo.state_forwards(app_label, state)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        for modelo in self.modelos:
            modelo.database_forwards(app_label, schema_editor, from_state, to_state)
        # Os índices e as chaves, logo: o que vem a seguir já encontra as tabelas inteiras.
        adiados, schema_editor.deferred_sql[:] = list(schema_editor.deferred_sql), []
        for comando in adiados:
            schema_editor.execute(comando, None)

    def describe(self) -> str:
        return f"Create models {', '.join(modelo.name for modelo in self.modelos)}"


def sql(migracao: str, nome: str) -> migrations.RunSQL:
    """O arquivo `sql/<nome>.sql` ao lado da migração: as funções e os gatilhos, como são hoje."""
    return migrations.RunSQL((Path(migracao).parent / "sql" / f"{nome}.sql").read_text(encoding="utf-8"))
