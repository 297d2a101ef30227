"""De quem é cada cliente: trocas datadas, em conjunto, sempre com a história ao lado."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import QuerySet

from clientes.models import Cliente
from contas.auditoria import registrar
from contas.models import Equipe, MembroDeEquipe, Usuario

# A primeira posse conhecida vale desde sempre (lower nulo); no dia da troca o cliente já é do novo dono.
_TROCAR_PERIODOS = """
WITH alvo AS (SELECT unnest(%(clientes)s::bigint[]) AS id),
apagados AS (
    DELETE FROM clientes_periododecarteira p USING alvo
    WHERE p.cliente_id = alvo.id AND lower(p.periodo) >= %(em)s
),
fechados AS (
    UPDATE clientes_periododecarteira p
    SET periodo = daterange(lower(p.periodo), %(em)s)
    FROM alvo
    WHERE p.cliente_id = alvo.id AND p.periodo @> %(em)s::date
      AND (lower_inf(p.periodo) OR lower(p.periodo) < %(em)s)
    RETURNING p.cliente_id
)
SELECT count(*) FROM fechados
"""
_ABRIR_PERIODOS = """
INSERT INTO clientes_periododecarteira (cliente_id, vendedor_id, equipe_id, periodo, por_id, motivo, criado_em)
SELECT c.id, c.vendedor_id, c.equipe_id,
       daterange(CASE WHEN EXISTS (SELECT 1 FROM clientes_periododecarteira p WHERE p.cliente_id = c.id)
                      THEN %(em)s::date END, NULL),
       %(por)s, %(motivo)s, now()
FROM clientes_cliente c WHERE c.id = ANY(%(clientes)s)
"""


def equipe_atual(vendedor: Usuario, em: date) -> Equipe | None:
    """Equipe da pessoa no dia, ou None."""
    participacao = (
        MembroDeEquipe.objects.filter(usuario=vendedor, periodo__contains=em).select_related("equipe").first()
    )
    return participacao.equipe if participacao else None


def datar_posse(*, clientes: list[int], em: date, por: Usuario | None, motivo: str) -> None:
    """Fecha em `em` o período corrente de cada cliente e abre outro com o dono e a equipe atuais dele."""
    parametros: dict[str, Any] = {
        "clientes": clientes,
        "em": em,
        "por": por.pk if por else None,
        "motivo": motivo,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TROCAR_PERIODOS, parametros)
        cursor.execute(_ABRIR_PERIODOS, parametros)


def _travados() -> QuerySet[Cliente]:
    """Clientes travados sempre na mesma ordem, também a da importação: duas trocas nunca se cruzam."""
    return Cliente.objects.select_for_update(no_key=True).order_by("pk")


@transaction.atomic
def transferir(
    *, clientes: Iterable[int], para: Usuario | None, em: date, por: Usuario | None, motivo: str = ""
) -> int:
    """Passa os clientes ao novo dono a partir de `em`; sem dono, fica a equipe do último. Devolve quantos mudaram."""
    escolhidos = _travados().filter(pk__in=list(clientes))
    escolhidos = escolhidos.exclude(vendedor=para) if para else escolhidos.filter(vendedor__isnull=False)
    ids = list(escolhidos.values_list("pk", flat=True))
    if not ids:
        return 0
    mudanca: dict[str, object] = {"vendedor": para}
    if para is not None:
        mudanca["equipe"] = equipe_atual(para, em)
    Cliente.objects.filter(pk__in=ids).update(**mudanca)
    datar_posse(clientes=ids, em=em, por=por, motivo=motivo)
    registrar(
        "transferir carteira",
        por=por,
        objeto=f"{len(ids)} clientes",
        depois={
            "para": para.pk if para else None,
            "em": em.isoformat(),
            "motivo": motivo,
            "clientes": ids[:1000],
        },
    )
    return len(ids)


@transaction.atomic
def mudar_de_equipe(*, pessoa: Usuario, equipe: Equipe | None, em: date, por: Usuario | None) -> None:
    """A pessoa passa à equipe (ou sai de todas) a partir de `em`, e a carteira dela vai junto."""
    atual = equipe_atual(pessoa, em)
    if atual == equipe:
        return
    participacoes = MembroDeEquipe.objects.select_for_update().filter(usuario=pessoa)
    participacoes.filter(periodo__startswith__gte=em).delete()
    for participacao in participacoes.filter(periodo__contains=em):
        participacao.periodo = DateRange(participacao.periodo.lower, em)
        participacao.save(update_fields=["periodo"])
    if equipe is not None:
        desde = em if participacoes.exists() else None
        MembroDeEquipe.objects.create(usuario=pessoa, equipe=equipe, periodo=DateRange(desde, None))
    ids = list(_travados().filter(vendedor=pessoa).values_list("pk", flat=True))
    Cliente.objects.filter(pk__in=ids).update(equipe=equipe)
    datar_posse(clientes=ids, em=em, por=por, motivo="mudança de equipe")
    registrar(
        "mudar de equipe",
        por=por,
        objeto=pessoa.nome,
        antes={"equipe": atual.nome if atual else None},
        depois={"equipe": equipe.nome if equipe else None, "em": em.isoformat()},
    )
