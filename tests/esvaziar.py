"""Esvazia o banco depois de um teste com transação própria.

O Django trunca as cem tabelas e refaz permissões e tipos de conteúdo: quase um segundo por teste, o mesmo com
uma linha ou com mil. Aqui se apagam só as linhas que há, e o que é de referência volta de uma cópia.
"""

import importlib
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db import OperationalError, connection, transaction
from django.test import TransactionTestCase

from carteira.horario import garantir_agendamento

CATALOGOS = ("ocorrencia", "motivo", "objecao", "causadainatividade", "roteiro", "modelodemensagem")
COPIADAS = [*(f"clientes_{catalogo}" for catalogo in CATALOGOS), "notificacoes_tipodelembrete"]
# Nenhum teste as muda, e o que nelas aponta só aponta para dentro.
INTACTAS = {"django_content_type", "auth_permission", "clientes_municipio"}

# O autovacuum só vê o que um teste desfez: anota zero linhas em páginas que não pode soltar, e o planejador passa a
# crer que toda tabela tem uma. Um relatório de sessenta clientes ia então de um décimo de segundo a dezenas deles.
_SEM_AUTOVACUUM = """
DO $$ DECLARE t regclass; BEGIN
  FOR t IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
    EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = false)', t);
  END LOOP;
END $$
"""
_MORTAS = """
SELECT relid::regclass::text FROM pg_stat_user_tables WHERE n_dead_tup > 1000 AND schemaname = 'public'
"""
_ENTRE_LIMPEZAS = 15  # segundos


def preparar(*, volumes: bool) -> None:
    """Copia os catálogos como a migração os deixa e toma o lugar do esvaziamento do Django.

    Com `volumes`, as provas gravam de verdade, e muito: delas o autovacuum cuida como em produção.
    """
    with connection.cursor() as cursor:
        # Um banco de teste não sobrevive à máquina: a confirmação não espera o disco (vale para as conexões novas).
        cursor.execute(f'ALTER DATABASE "{connection.settings_dict["NAME"]}" SET synchronous_commit TO off')
        for tabela in COPIADAS:
            cursor.execute(f"DROP TABLE IF EXISTS copia_{tabela}")
            cursor.execute(f"CREATE TABLE copia_{tabela} AS SELECT * FROM {tabela}")
        if not volumes:
            cursor.execute(_SEM_AUTOVACUUM)
    TransactionTestCase._fixture_teardown = _esvaziar  # type: ignore[attr-defined]


@dataclass
class Limpeza:
    """O que os testes desfizeram, solto por nós quando nenhum corre: sem ninguém lendo, as páginas vazias se vão."""

    feita: float = 0.0

    def talvez(self) -> None:
        """Uma vez a cada tantos segundos, e nunca no meio de uma transação."""
        if connection.connection is None or connection.in_atomic_block:
            return
        if time.monotonic() - self.feita < _ENTRE_LIMPEZAS:
            return
        if not connection.is_usable():  # um teste derrubou o servidor, ou a conexão
            connection.close()
        with suppress(OperationalError), connection.cursor() as cursor:
            cursor.execute(_MORTAS)
            for (tabela,) in cursor.fetchall():
                cursor.execute(f"VACUUM (SKIP_LOCKED) {tabela}")
        self.feita = time.monotonic()


@cache
def _ocupadas() -> str:
    """SQL que nomeia as tabelas com alguma linha."""
    tabelas = sorted(set(connection.introspection.django_table_names(only_existing=True)) - INTACTAS)
    return " UNION ALL ".join(f"SELECT '{t}' WHERE EXISTS (SELECT FROM \"{t}\")" for t in tabelas)


def _esvaziar(_caso: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        # Sem gatilhos nem chaves a conferir: uma linha apagada não marca outra, e a ordem não importa.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_ocupadas())
        for (tabela,) in cursor.fetchall():
            cursor.execute(f'DELETE FROM "{tabela}"')
        for tabela in COPIADAS:
            cursor.execute(f"INSERT INTO {tabela} SELECT * FROM copia_{tabela}")
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{tabela}', 'id'), (SELECT max(id) FROM {tabela}))"
            )
    importlib.import_module("contas.migrations.0002_primeira_empresa").criar(apps, None)
    garantir_agendamento()
