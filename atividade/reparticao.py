"""Tabelas repartidas por cliente (`PARTITION BY HASH`), por opção, e de volta; tudo numa transação.

As restrições, os índices e as folgas saem do catálogo e voltam iguais, com os mesmos nomes. Só o que o PostgreSQL
pede muda: a chave primária passa a conter `cliente_id`, e a numeração deixa de ser identidade e vira sequência.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

# As que crescem com os clientes e que ninguém referencia pela chave. Pedidos ficam de fora: veja docs/escala.md.
TABELAS = ("atividade_indicadores", "atividade_mudancastatus")
CHAVE = "cliente_id"
MAXIMO = 256

_REPARTIDA = "SELECT relkind = 'p' FROM pg_class WHERE oid = %s::regclass"
_RESTRICOES = """
SELECT conname, contype, pg_get_constraintdef(oid) FROM pg_constraint
 WHERE conrelid = %s::regclass AND contype IN ('p', 'u', 'f') AND conparentid = 0
 ORDER BY contype = 'f', conname
"""
_INDICES = """
SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
 WHERE i.indrelid = %s::regclass
   AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid)
 ORDER BY 1
"""
# As folgas moram nas partes: a tabela-mãe não guarda linha nenhuma.
_FOLGAS = """
SELECT coalesce(array_to_string(c.reloptions, ', '), '') FROM pg_class c
 WHERE c.oid = coalesce((SELECT inhrelid FROM pg_inherits WHERE inhparent = %s::regclass LIMIT 1), %s::regclass)
"""
_NUMERADA = """
SELECT pg_get_serial_sequence(%s, 'id') FROM pg_attribute
 WHERE attrelid = %s::regclass AND attname = 'id' AND NOT attisdropped
"""
_COPIAR = "LIKE {velha} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE INCLUDING COMMENTS"


@dataclass(frozen=True)
class _Forma:
    """Como uma tabela é: o que sai antes da mudança e volta depois dela."""

    restricoes: list[tuple[str, str, str]]
    indices: list[tuple[str, str]]
    folgas: str
    sequencia: str | None


def repartida(tabela: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_REPARTIDA, [tabela])
        return bool(cursor.fetchone()[0])


def partes(tabela: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_inherits WHERE inhparent = %s::regclass", [tabela])
        return int(cursor.fetchone()[0])


def repartir(tabela: str, por: int) -> None:
    """Refaz a tabela em `por` partes; repartida em outro número, reparte-se de novo."""
    if not 2 <= por <= MAXIMO:
        raise ValueError(f"reparta em 2 a {MAXIMO} partes")
    if partes(tabela) != por:
        _refazer(tabela, por)


def juntar(tabela: str) -> None:
    """A volta: uma tabela só, com a chave e a identidade de antes."""
    _refazer(tabela, 0)


@transaction.atomic
def _refazer(tabela: str, por: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"LOCK TABLE {tabela} IN ACCESS EXCLUSIVE MODE")
        forma = _ler(cursor, tabela)
        velha = f"{tabela}_velha"
        proximo = _tirar(cursor, tabela, velha, forma)
        _criar(cursor, tabela, velha, por, forma.folgas)
        cursor.execute(f"INSERT INTO {tabela} SELECT * FROM {velha}")
        cursor.execute(f"DROP TABLE {velha}")
        if forma.sequencia:
            _numerar(cursor, tabela, por, proximo)
        _repor(cursor, tabela, por, forma)
        cursor.execute(f"ANALYZE {tabela}")


def _ler(cursor: Any, tabela: str) -> _Forma:
    def linhas(sql: str, vezes: int = 1) -> list[Any]:
        cursor.execute(sql, [tabela] * vezes)
        return list(cursor.fetchall())

    numerada = linhas(_NUMERADA, 2)
    return _Forma(
        linhas(_RESTRICOES), linhas(_INDICES), linhas(_FOLGAS, 2)[0][0], numerada[0][0] if numerada else None
    )


def _tirar(cursor: Any, tabela: str, velha: str, forma: _Forma) -> int:
    """Os nomes ficam livres para a nova; devolve o próximo número, se a tabela é numerada."""
    for nome, _, _ in reversed(forma.restricoes):
        cursor.execute(f'ALTER TABLE {tabela} DROP CONSTRAINT "{nome}"')
    for nome, _ in forma.indices:
        cursor.execute(f'DROP INDEX "{nome}"')
    proximo = 1
    if forma.sequencia:
        cursor.execute(f"SELECT nextval('{forma.sequencia}')")
        (proximo,) = cursor.fetchone()
        identidade = not repartida(tabela)
        cursor.execute(
            f"ALTER TABLE {tabela} ALTER id " + ("DROP IDENTITY" if identidade else "DROP DEFAULT")
        )
        cursor.execute(f"DROP SEQUENCE IF EXISTS {forma.sequencia}")
    cursor.execute(f"ALTER TABLE {tabela} RENAME TO {velha}")
    return int(proximo)


def _criar(cursor: Any, tabela: str, velha: str, por: int, folgas: str) -> None:
    com = f" WITH ({folgas})" if folgas else ""
    copia = _COPIAR.format(velha=velha)
    if not por:
        cursor.execute(f"CREATE TABLE {tabela} ({copia}){com}")
        return
    cursor.execute(f"CREATE TABLE {tabela} ({copia}) PARTITION BY HASH ({CHAVE})")
    # as partes de antes ainda existem debaixo da velha: os nomes das novas levam quantas são
    for n in range(por):
        cursor.execute(
            f"CREATE TABLE {tabela}_{por}_{n} PARTITION OF {tabela} "
            f"FOR VALUES WITH (MODULUS {por}, REMAINDER {n}){com}"
        )


def _numerar(cursor: Any, tabela: str, por: int, proximo: int) -> None:
    if por:
        cursor.execute(f"CREATE SEQUENCE {tabela}_id_seq START {proximo} OWNED BY {tabela}.id")
        cursor.execute(f"ALTER TABLE {tabela} ALTER id SET DEFAULT nextval('{tabela}_id_seq')")
    else:
        cursor.execute(
            f"ALTER TABLE {tabela} ALTER id ADD GENERATED BY DEFAULT AS IDENTITY (START WITH {proximo})"
        )


def _repor(cursor: Any, tabela: str, por: int, forma: _Forma) -> None:
    for nome, tipo, definicao in forma.restricoes:
        if tipo == "p" and forma.sequencia:
            definicao = f"PRIMARY KEY (id, {CHAVE})" if por else "PRIMARY KEY (id)"
        cursor.execute(f'ALTER TABLE {tabela} ADD CONSTRAINT "{nome}" {definicao}')
    for _, definicao in forma.indices:
        cursor.execute(definicao.replace(" ON ONLY ", " ON "))
