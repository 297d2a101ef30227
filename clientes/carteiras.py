"""De quem é cada cliente: trocas datadas, em conjunto, sempre com a história ao lado."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import QuerySet

from clientes.lotes import Lote, abrir_trocas, gravar_lote
from clientes.models import Cliente, OrigemDaTroca, Transferencia
from contas.auditoria import registrar
from contas.models import Equipe, MembroDeEquipe, Usuario


def equipe_atual(vendedor: Usuario, em: date) -> Equipe | None:
    """Equipe da pessoa no dia, ou None."""
    participacao = (
        MembroDeEquipe.objects.filter(usuario=vendedor, periodo__contains=em).select_related("equipe").first()
    )
    return participacao.equipe if participacao else None


def equipe_de_destino(vendedor: Usuario, em: date) -> Equipe | None:
    """A última equipe da pessoa de `em` em diante: numa troca retroativa o cliente já fica na de agora."""
    participacoes = MembroDeEquipe.objects.filter(usuario=vendedor, periodo__overlap=DateRange(em, None))
    participacao = participacoes.select_related("equipe").order_by("-periodo").first()
    return participacao.equipe if participacao else None


def _travados() -> QuerySet[Cliente]:
    """Clientes travados sempre na mesma ordem, também a da importação: duas trocas nunca se cruzam."""
    return Cliente.objects.select_for_update(no_key=True).order_by("pk")


def travar(clientes: QuerySet[Cliente]) -> None:
    """Segura estes clientes até o fim da transação: o que se conferir deles agora ainda vale ao gravar."""
    list(_travados().filter(pk__in=clientes.order_by().values("pk")).values_list("pk"))


def transferir(
    *,
    clientes: Iterable[int],
    para: Usuario | None,
    em: date,
    por: Usuario | None,
    motivo: str = "",
    origem: str = OrigemDaTroca.LISTA,
) -> int:
    """Passa todos a um só dono (ou a ninguém). Devolve quantos mudaram."""
    lote = passar(destinos=dict.fromkeys(clientes, para), em=em, por=por, motivo=motivo, origem=origem)
    return lote.itens.count() if lote else 0


@transaction.atomic
def passar(
    *,
    destinos: Mapping[int, Usuario | None],
    em: date,
    por: Usuario | None,
    motivo: str,
    origem: str = OrigemDaTroca.LISTA,
) -> Transferencia | None:
    """Cada cliente ao seu destino a partir de `em`, num lote; sem dono, fica a equipe do último.

    Quem já é do destino não muda; se ninguém muda, nada se grava.
    """
    equipes = {p.pk: equipe_de_destino(p, em) for p in {p.pk: p for p in destinos.values() if p}.values()}
    trocas = []
    atuais = _travados().filter(pk__in=list(destinos)).values_list("pk", "vendedor_id", "equipe_id")
    for pk, dono, equipe in atuais:
        para = destinos[pk]
        if dono == (para.pk if para else None):
            continue
        nova = equipe if para is None else getattr(equipes[para.pk], "pk", None)
        trocas.append((pk, dono, equipe, para.pk if para else None, nova))
    with connection.cursor() as cursor:
        abrir_trocas(cursor)
        cursor.execute(_ENCHER, [list(coluna) for coluna in zip(*trocas, strict=True)] or [[]] * 5)
        lote = gravar_lote(cursor, Lote(em, motivo, origem, por.pk if por else None))
        cursor.execute(_MUDAR_DONO)
    if lote:
        _auditar(lote, [troca[0] for troca in trocas], destinos, por)
    return lote


_ENCHER = """
INSERT INTO _trocas SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])
"""
_MUDAR_DONO = """
UPDATE clientes_cliente c SET vendedor_id = t.para, equipe_id = t.para_equipe, atualizado_em = now()
FROM _trocas t WHERE c.id = t.cliente_id
"""


def _auditar(
    lote: Transferencia, ids: list[int], destinos: Mapping[int, Usuario | None], por: Usuario | None
) -> None:
    nomes = {p.nome if (p := destinos[pk]) else "ninguém" for pk in ids}
    registrar(
        "transferir carteira",
        por=por,
        objeto=f"{len(ids)} clientes",
        depois={
            "lote": lote.pk,
            "para": sorted(nomes),
            "em": lote.em.isoformat(),
            "motivo": lote.motivo,
            "clientes": ids[:1000],
        },
        alvo=Cliente(pk=ids[0]) if len(ids) == 1 else None,
    )


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
    _datar_equipe(clientes=ids, em=em, por=por)
    registrar(
        "mudar de equipe",
        por=por,
        objeto=pessoa.nome,
        antes={"equipe": atual.nome if atual else None},
        depois={"equipe": equipe.nome if equipe else None, "em": em.isoformat()},
    )


# O dono é o mesmo e a equipe é outra: os períodos andam, sem lote.
_FECHAR_PERIODOS = """
WITH apagados AS (
    DELETE FROM clientes_periododecarteira WHERE cliente_id = ANY(%(clientes)s) AND lower(periodo) >= %(em)s
)
UPDATE clientes_periododecarteira SET periodo = daterange(lower(periodo), %(em)s)
WHERE cliente_id = ANY(%(clientes)s) AND periodo @> %(em)s::date AND (lower_inf(periodo) OR lower(periodo) < %(em)s)
"""
_ABRIR_PERIODOS = """
INSERT INTO clientes_periododecarteira (cliente_id, vendedor_id, equipe_id, periodo, por_id, motivo, criado_em)
SELECT c.id, c.vendedor_id, c.equipe_id,
       daterange(CASE WHEN EXISTS (SELECT 1 FROM clientes_periododecarteira p WHERE p.cliente_id = c.id)
                      THEN %(em)s::date END, NULL),
       %(por)s, 'mudança de equipe', now()
FROM clientes_cliente c WHERE c.id = ANY(%(clientes)s)
"""


def _datar_equipe(*, clientes: list[int], em: date, por: Usuario | None) -> None:
    """Fecha em `em` o período corrente de cada cliente e abre outro com o dono e a equipe atuais dele."""
    valores: dict[str, Any] = {"clientes": clientes, "em": em, "por": por.pk if por else None}
    with connection.cursor() as cursor:
        cursor.execute(_FECHAR_PERIODOS, valores)
        cursor.execute(_ABRIR_PERIODOS, valores)
