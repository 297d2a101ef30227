"""Um cenário caro, criado uma vez por módulo: cada teste corre num ponto de retorno dentro dele."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction


@contextmanager
def no_modulo(django_db_blocker: Any, criar: Callable[[], Any]) -> Iterator[Any]:
    """O que `criar` devolve, com o banco fechado a quem não o pede; ao sair, tudo se desfaz.

    Todo teste do módulo vê o cenário: os que partem de um banco vazio, ou que têm transação própria, moram em
    outro arquivo. As chaves adiadas se conferem já, para que o fim de cada teste não as confira de novo.
    """
    with django_db_blocker.unblock(), transaction.atomic():
        criado = criar()
        connection.check_constraints()
        with django_db_blocker.block():
            yield criado
        transaction.set_rollback(True)
