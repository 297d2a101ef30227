"""Uma fórmula escrita uma vez em SQL: as listas a usam pelo ORM; as rodadas, em conjuntos, como texto."""

import re
from typing import Any

from django.db.models import FloatField, Func

_NOME = re.compile(r"\{(\w+)\}")


class FormulaSQL(Func):
    """`texto` com `{nomes}`, e cada nome uma expressão do ORM; um nome pode aparecer várias vezes."""

    output_field = FloatField()

    def __init__(self, texto: str, *expressoes: Any, nomes: str) -> None:
        super().__init__(*expressoes)
        self.texto, self.nomes = texto, tuple(nomes.split())

    def as_sql(self, compiler: Any, connection: Any, **outros: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        partes = dict(zip(self.nomes, map(compiler.compile, self.source_expressions), strict=True))
        pedacos = _NOME.split(self.texto)
        sql = "".join(partes[p][0] if n % 2 else p for n, p in enumerate(pedacos))
        return f"({sql})", [v for p in pedacos[1::2] for v in partes[p][1]]


def em_sql(texto: str, **partes: str) -> str:
    """O mesmo texto com nomes de colunas no lugar dos `{nomes}`."""
    return _NOME.sub(lambda achado: f"({partes[achado[1]]})", texto)
