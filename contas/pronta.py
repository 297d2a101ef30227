"""Consultas que se montam uma vez por processo: a cada pedido mudam só os ids.

Montar o SQL de uma consulta de oitenta colunas custa ao Django mais do que ao banco respondê-la por chave; uma
lista faz três destas por página, sempre as mesmas.
"""

from collections.abc import Callable, Iterable
from copy import copy
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connections
from django.db.models import BigIntegerField, BooleanField, F, Func, QuerySet, Value

_OS_IDS = [-8_675_309]  # quem não existe: o lugar dos ids no SQL montado


class Entre(Func):
    """`coluna = ANY(ids)`: um parâmetro só, sejam quantos forem os ids."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()
    conditional = True

    def __init__(self, coluna: str, ids: list[int]) -> None:
        super().__init__(F(coluna), Value(ids, output_field=ArrayField(BigIntegerField())))


class Pronta:
    """`montar(ids)` diz a consulta, que só pode depender dos ids, e por `Entre`; chamar traz as linhas."""

    def __init__(self, montar: Callable[[list[int]], QuerySet[Any]]) -> None:
        self._montar = montar
        self._montada: tuple[QuerySet[Any], Any, str, list[Any], int] | None = None

    def __call__(self, ids: Iterable[int]) -> list[Any]:
        quais = list(ids)
        if not quais:
            return []
        if self._montada is None:
            self._montada = self._compilar()
        consulta, compilador, sql, parametros, lugar = self._montada
        consulta, compilador = consulta.all(), copy(compilador)
        valores = (*parametros[:lugar], quais, *parametros[lugar + 1 :])
        compilador.connection = connections[consulta.db]
        compilador.as_sql = lambda *_, **__: (sql, valores)
        consulta.query.get_compiler = lambda *_, **__: compilador  # type: ignore[method-assign]
        return list(consulta)

    def _compilar(self) -> tuple[QuerySet[Any], Any, str, list[Any], int]:
        consulta = self._montar(list(_OS_IDS))
        compilador = consulta.query.get_compiler(using=consulta.db)
        sql, parametros = compilador.as_sql()
        return consulta, compilador, sql, list(parametros), parametros.index(_OS_IDS)
