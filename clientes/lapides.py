"""Lápides: o que saiu do banco, para quem guarda uma cópia saber que também deve tirar.

As de DELETE escreve-as o gatilho de cada tabela, um comando de cada vez; aqui se anota o que não é DELETE e se lê.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import connection

from clientes.models import Cliente, Lapide, MotivoDaLapide


class Saida(NamedTuple):
    """Uma lápide como quem sincroniza a lê; `unido_a` é o id de quem ficou com o que era do apagado."""

    versao: int
    id: int
    objeto: int
    chave: str
    motivo: str
    em: Any
    unido_a: int | None


def anotar_anonimizados(clientes: Iterable[Cliente]) -> None:
    """Quem tem cópia dos dados deles deve apagá-los; na transação da anonimização."""
    Lapide.objects.bulk_create(
        Lapide(
            recurso="clientes",
            objeto=cliente.pk,
            empresa_id=cliente.empresa_id,
            chave=cliente.codigo,
            motivo=MotivoDaLapide.ANONIMIZADO,
        )
        for cliente in clientes
    )


def lapides(
    recurso: str, tabela: str, empresas: list[int], *, depois_de: tuple[int, int], antes_de: int, limite: int
) -> list[Saida]:
    """Em ordem de versão, sem o que voltou a existir: desfazer uma união devolve a linha com o mesmo id."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT l.versao::text::bigint, l.id, l.objeto, l.chave,
                       CASE WHEN a.cliente_id IS NULL THEN l.motivo ELSE 'unido' END, l.em, a.cliente_id
                FROM clientes_lapide l
                LEFT JOIN clientes_aliasdecliente a
                  ON l.recurso = 'clientes' AND a.empresa_id = l.empresa_id AND a.codigo = l.chave
                 AND l.motivo = 'apagado'
                WHERE l.recurso = %s AND l.empresa_id = ANY(%s)
                  AND (l.versao, l.id) > (%s::text::xid8, %s) AND l.versao < %s::text::xid8
                  AND (l.motivo = 'anonimizado' OR NOT EXISTS (SELECT FROM {tabela} t WHERE t.id = l.objeto))
                ORDER BY l.versao, l.id LIMIT %s""",
            [recurso, empresas, str(depois_de[0]), depois_de[1], str(antes_de), limite],
        )
        return [Saida(*linha) for linha in cursor.fetchall()]
