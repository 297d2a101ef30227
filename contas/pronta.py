"""Consultas que se montam uma vez por processo: a cada pedido mudam só os valores.

Montar o SQL custa ao Django mais do que ao banco responder por chave; uma página da lista faz meia dúzia destas,
sempre as mesmas.
"""

from collections.abc import Callable
from copy import copy
from datetime import date
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import connections
from django.db.models import BigIntegerField, BooleanField, F, Func, QuerySet, Value

# Os valores com que se monta: nenhum existe, e cada um marca o seu lugar no SQL.
ID, DIA = -8_675_309, date(1, 2, 3)
IDS = [ID]


class Entre(Func):
    """`coluna = ANY(ids)`: um parâmetro só, sejam quantos forem os ids; ou uma subconsulta, que o banco lê uma vez."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY("
    output_field = BooleanField()
    conditional = True

    def __init__(self, coluna: str, ids: list[int] | ArraySubquery) -> None:
        lista = Value(ids, output_field=ArrayField(BigIntegerField())) if isinstance(ids, list) else ids
        super().__init__(F(coluna), lista)


class Pronta:
    """`montar` diz a consulta a partir dos `lugares`; chamar com outros valores, na mesma ordem, traz as linhas.

    Só serve ao que não muda de forma com os valores: nada de listas (a não ser por `Entre`) nem de nulos.
    """

    def __init__(self, montar: Callable[..., QuerySet[Any]], *lugares: Any) -> None:
        self._montar, self._lugares = montar, lugares
        self._montada: tuple[QuerySet[Any], Any, str, list[Any]] | None = None

    def __call__(self, *valores: Any) -> list[Any]:
        if self._montada is None:
            self._montada = self._compilar()
        consulta, compilador, sql, moldes = self._montada
        consulta, compilador = consulta.all(), copy(compilador)
        parametros = tuple([valores[molde] if lugar else molde for lugar, molde in moldes])
        compilador.connection = connections[consulta.db]
        compilador.as_sql = lambda *_, **__: (sql, parametros)
        consulta.query.get_compiler = lambda *_, **__: compilador  # type: ignore[method-assign]
        return list(consulta)

    def _compilar(self) -> tuple[QuerySet[Any], Any, str, list[Any]]:
        consulta = self._montar(*self._lugares)
        compilador = consulta.query.get_compiler(using=consulta.db)
        sql, parametros = compilador.as_sql()
        moldes = [
            (True, self._lugares.index(valor)) if valor in self._lugares else (False, valor)
            for valor in parametros
        ]
        assert {molde for lugar, molde in moldes if lugar} == set(range(len(self._lugares)))
        return consulta, compilador, sql, moldes
