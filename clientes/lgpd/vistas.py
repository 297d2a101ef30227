"""Quem viu a ficha de quem: uma linha por pessoa, cliente e dia, numa instrução só."""

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from clientes.models import Cliente, VistaDaFicha
from contas.models import Usuario

_ANOTAR = """
INSERT INTO clientes_vistadaficha (cliente_id, pessoa_id, como_id, dia, vezes, ultima_em)
VALUES (%s, %s, %s, %s, 1, %s)
ON CONFLICT (cliente_id, dia, pessoa_id, como_id)
DO UPDATE SET vezes = clientes_vistadaficha.vezes + 1, ultima_em = excluded.ultima_em
"""


def anotar(cliente_id: int, quem: Usuario) -> None:
    """Mais uma vista de hoje; de quem vê como outra pessoa, anota-se quem olha e por cujos olhos."""
    real, como = (quem.olhado_por.pk, quem.pk) if quem.olhado_por else (quem.pk, None)
    agora = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_ANOTAR, [cliente_id, real, como, timezone.localdate(agora), agora])


def de_quem_viu(cliente: Cliente) -> QuerySet[VistaDaFicha]:
    vistas: QuerySet[VistaDaFicha] = VistaDaFicha.objects.filter(cliente=cliente)
    return vistas.select_related("pessoa", "como").order_by("-dia", "-ultima_em")
