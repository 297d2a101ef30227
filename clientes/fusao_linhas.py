"""As linhas de um cliente que passam a outro, e voltam: em conjunto, tabela por tabela, com cada dono anotado.

As tabelas são as que apontam para `Cliente` no registro do Django: uma nova entra sem que ninguém a lembre aqui.
O que não cabe nos dois (uma linha por cliente, a mesma lista, o mesmo aviso) ou que só fazia sentido no cadastro
de origem (`ao_unir` no modelo) fica guardado na união, linha por linha.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, models
from django.db.models import Exists, OuterRef, Q
from django.db.models.lookups import IsNull

from clientes.models import Cliente, PeriodoDeCarteira
from clientes.models.cliente import GUARDAR, REFAZER


@dataclass(frozen=True, slots=True)
class Relacao:
    """Uma coluna que aponta para Cliente."""

    modelo: Any
    campo: Any

    @property
    def tabela(self) -> str:
        return str(self.modelo._meta.db_table)

    @property
    def coluna(self) -> str:
        return str(self.campo.column)

    @property
    def chave(self) -> str:
        return f"{self.tabela}.{self.coluna}"

    @property
    def guarda_tudo(self) -> bool:
        """Uma linha por cliente, ou um modelo que diz não seguir."""
        return bool(self.campo.unique) or getattr(self.modelo, "ao_unir", "") == GUARDAR

    @property
    def nome(self) -> str:
        return str(self.modelo._meta.verbose_name_plural)


def relacoes() -> list[Relacao]:
    """Tudo o que aponta para Cliente, sempre na mesma ordem; os períodos de dono são um caso à parte."""
    todas = [
        r
        for r in que_apontam_para(Cliente)
        if r.modelo is not PeriodoDeCarteira and getattr(r.modelo, "ao_unir", "") != REFAZER
    ]
    return sorted(todas, key=lambda r: r.chave)


def que_apontam_para(modelo: Any) -> list[Relacao]:
    """As chaves estrangeiras para o modelo, também as sem nome de volta (`related_name="+"`)."""
    return [
        Relacao(r.related_model, r.field)
        for r in modelo._meta.get_fields(include_hidden=True)
        if r.auto_created and not r.concrete and (r.one_to_many or r.one_to_one)
    ]


PERIODOS = Relacao(PeriodoDeCarteira, PeriodoDeCarteira._meta.get_field("cliente"))


# ── Um passo de cada vez ─────────────────────────────────────────────────────


def contar(cliente_id: int) -> dict[str, int]:
    """Quantas linhas de cada relação são do cliente, em uma consulta."""
    todas = [*relacoes(), PERIODOS]
    partes = [f"SELECT '{r.chave}', count(*) FROM {r.tabela} WHERE {r.coluna} = %s" for r in todas]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(partes), [cliente_id] * len(partes))
        return dict(cursor.fetchall())


def mover(relacao: Relacao, de: int, para: int, so: Iterable[int] | None = None) -> list[int]:
    """Passa as linhas (todas, ou só estas) e devolve as que passaram."""
    filtro = "" if so is None else "AND id = ANY(%(so)s)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH m AS (UPDATE {relacao.tabela} SET {relacao.coluna} = %(para)s "
            f"WHERE {relacao.coluna} = %(de)s {filtro} RETURNING id) SELECT array_agg(id ORDER BY id) FROM m",
            {"de": de, "para": para, "so": list(so or ())},
        )
        return cursor.fetchone()[0] or []


def guardar(relacao: Relacao, donos: int | list[int], so: Iterable[int] | None = None) -> list[Any]:
    """Tira do banco as linhas destes donos (todas, ou só estas) e as devolve inteiras."""
    chave = relacao.modelo._meta.pk.column
    filtro = "" if so is None else f"AND {chave} = ANY(%(so)s)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH d AS (DELETE FROM {relacao.tabela} WHERE {relacao.coluna} = ANY(%(de)s) {filtro} RETURNING *) "
            f"SELECT jsonb_agg(to_jsonb(d) ORDER BY {chave}) FROM d",
            {"de": donos if isinstance(donos, list) else [donos], "so": list(so or ())},
        )
        return _lista(cursor.fetchone()[0])


def repor(modelo: Any, linhas: list[Any]) -> None:
    """Põe de volta linhas guardadas, no lugar das que um gatilho já tenha feito."""
    meta = modelo._meta
    colunas = [c.column for c in meta.local_concrete_fields if not isinstance(c, models.GeneratedField)]
    lista, dados = ", ".join(colunas), json.dumps(linhas)
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {meta.db_table} WHERE {meta.pk.column} IN "
            f"(SELECT {meta.pk.column} FROM jsonb_populate_recordset(NULL::{meta.db_table}, %s))",
            [dados],
        )
        cursor.execute(
            f"INSERT INTO {meta.db_table} ({lista}) "
            f"SELECT {lista} FROM jsonb_populate_recordset(NULL::{meta.db_table}, %s)",
            [dados],
        )


def sem_orfas(guardadas: dict[Any, list[Any]]) -> dict[Any, list[Any]]:
    """Por modelo, as linhas guardadas cujos pais ainda existem, ou voltam junto.

    O que se guardou fora do banco não protege o pai de ser apagado: sem ele a linha não volta ou, se pode não
    apontar para nada, volta sem ele.
    """
    for modelo, campo in [(m, c) for m in guardadas for c in m._meta.local_concrete_fields if c.is_relation]:
        pai, coluna = campo.related_model, campo.column
        citados = {linha[coluna] for linha in guardadas[modelo]} - {None}
        voltam = {linha[pai._meta.pk.column] for linha in guardadas.get(pai, ())}
        sumidos = citados - voltam
        sumidos -= set(pai._base_manager.filter(pk__in=sumidos).values_list("pk", flat=True))
        if sumidos and campo.null:
            guardadas[modelo] = [
                linha | {coluna: None} if linha[coluna] in sumidos else linha for linha in guardadas[modelo]
            ]
        elif sumidos:
            ficam = [linha for linha in guardadas[modelo] if linha[coluna] not in sumidos]
            return sem_orfas(guardadas | {modelo: ficam})  # os filhos das que não voltam também não
    return guardadas


def que_colidem(relacao: Relacao, de: int, para: int) -> list[int]:
    """As linhas de `de` que, passadas a `para`, repetiriam uma chave única."""
    achadas: set[int] = set()
    for condicao, campos in _chaves_unicas(relacao):
        do_outro = relacao.modelo._base_manager.filter(condicao, **{relacao.campo.name: para})
        for campo in campos:
            # o nulo conta como valor: guardar a mais é seguro, repetir a chave não
            os_dois_nulos = Q(**{f"{campo}__isnull": True}) & Q(IsNull(OuterRef(campo), True))
            do_outro = do_outro.filter(Q(**{campo: OuterRef(campo)}) | os_dois_nulos)
        minhas = relacao.modelo._base_manager.filter(condicao, **{relacao.campo.name: de})
        achadas.update(minhas.filter(Exists(do_outro)).values_list("pk", flat=True))
    return sorted(achadas)


def _chaves_unicas(relacao: Relacao) -> Iterator[tuple[Q, list[str]]]:
    """(condição, os outros campos) de cada chave única de que a coluna faz parte."""
    for chave in relacao.modelo._meta.constraints:
        if isinstance(chave, models.UniqueConstraint) and relacao.campo.name in chave.fields:
            yield chave.condition or Q(), [c for c in chave.fields if c != relacao.campo.name]


def trocar(tabela: str, coluna: str, valores: dict[int, Any]) -> dict[str, Any]:
    """Muda uma coluna de algumas linhas (id → valor) e devolve o que é preciso para desmudar."""
    ids, novos = list(valores), json.dumps({str(k): v for k, v in valores.items()})
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT jsonb_object_agg(id, to_jsonb({coluna})) FROM {tabela} WHERE id = ANY(%s)", [ids]
        )
        antes = _lista(cursor.fetchone()[0]) or {}
        _gravar(cursor, tabela, coluna, novos)
    return {"tabela": tabela, "coluna": coluna, "antes": antes, "depois": json.loads(novos)}


def destrocar(troca: dict[str, Any]) -> None:
    """Volta ao de antes só o que ainda está como a união deixou."""
    tabela, coluna = troca["tabela"], troca["coluna"]
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT array_agg(id) FROM {tabela} WHERE id = ANY(%s) AND to_jsonb({coluna}) IS NOT DISTINCT FROM "
            "(%s::jsonb -> id::text)",
            [[int(pk) for pk in troca["antes"]], json.dumps(troca["depois"])],
        )
        iguais = {str(pk) for pk in cursor.fetchone()[0] or []}
        _gravar(
            cursor,
            tabela,
            coluna,
            json.dumps({pk: v for pk, v in troca["antes"].items() if pk in iguais}),
        )


def _gravar(cursor: Any, tabela: str, coluna: str, valores: str) -> None:
    cursor.execute(
        f"UPDATE {tabela} t SET {coluna} = r.{coluna} FROM jsonb_each(%s::jsonb) v (k, valor) "
        f"CROSS JOIN LATERAL jsonb_populate_record(NULL::{tabela}, jsonb_build_object('{coluna}', v.valor)) r "
        "WHERE t.id = v.k::bigint",
        [valores],
    )


def como_json(valor: Any) -> Any:
    """O cursor do Django entrega jsonb como texto."""
    return json.loads(valor) if isinstance(valor, str) else valor


def em_texto(valor: Any) -> str:
    return json.dumps(valor)


def _lista(valor: Any) -> Any:
    lido = como_json(valor)
    return lido if lido is not None else []
