"""Travas consultivas do PostgreSQL: quem escreve os números de uma empresa, escreve sozinho."""

from enum import IntEnum

from django.db import connection, transaction


class Trava(IntEnum):
    """Espaços de nomes das travas; a segunda chave é o id da empresa."""

    # 7_302 é dos gatilhos do resumo de produtos (migração 0014 de clientes): quem refaz as compras da empresa.
    RECALCULO = 7_301  # os gatilhos de vários clientes a seguram compartilhada (migração 0005)


def adquirir(trava: Trava, chave: int) -> None:
    """Espera a vez e segura a trava até o fim da transação."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("A trava pede uma transação aberta.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [int(trava), chave])
