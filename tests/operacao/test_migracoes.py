"""Atualizar sem parar: o verificador acusa o que trava ou quebra, e quem espera por uma trava desiste."""

from typing import Any

import pytest
from django.db import OperationalError, connection

from carteira.operacao.migracoes import antes_de_migrar, depois_de_migrar
from scripts import migracoes

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("sql", "codigos"),
    [
        (['ALTER TABLE "clientes_cliente" ADD COLUMN "x" integer NULL;'], []),
        (['ALTER TABLE "clientes_cliente" ADD COLUMN "x" integer DEFAULT 0 NOT NULL;'], []),
        (['ALTER TABLE "clientes_cliente" ADD COLUMN "x" integer NOT NULL;'], ["NOT_NULL"]),
        (['ALTER TABLE "clientes_cliente" DROP COLUMN "x";'], ["DROP_COLUMN"]),
        (['ALTER TABLE "contas_equipe" RENAME COLUMN "a" TO "b";'], ["RENAME_COLUMN"]),
        (['CREATE INDEX "i" ON "clientes_pedido" ("data");'], ["CREATE_INDEX"]),
        (['CREATE INDEX CONCURRENTLY "i" ON "clientes_pedido" ("data");'], []),
        # numa tabela pequena, ou que acaba de nascer, o índice não prende ninguém
        (['CREATE INDEX "i" ON "contas_equipe" ("nome");'], []),
        (
            [
                'CREATE TABLE "clientes_pedido" ("id" bigint);',
                'CREATE INDEX "i" ON "clientes_pedido" ("id");',
            ],
            [],
        ),
    ],
)
def test_o_que_trava_ou_quebra_e_acusado(sql: list[str], codigos: list[str]) -> None:
    assert [codigo for codigo, _ in migracoes.problemas(sql)] == codigos


def test_so_as_novas_e_o_aceito_com_porque_passa() -> None:
    base = {"contas": 9, "clientes": 99, "atividade": 99, "notificacoes": 99, "relatorios": 99}
    (nova, *_) = migracoes.novas({"linha_de_base": base})
    assert nova == ("contas", "0010_ver_credito")
    (frase,) = migracoes.conferir({"linha_de_base": base}, [nova])
    assert frase.startswith("contas.0010_ver_credito: NOT_NULL: ")
    assert "db_default" in frase
    aceitas = {"contas": {"0010_ver_credito": {"NOT_NULL": "a tabela de pessoas é pequena"}}}
    assert migracoes.conferir({"linha_de_base": base, "aceitas": aceitas}, [nova]) == []


def test_a_migracao_desiste_em_vez_de_parar_quem_atende(settings: Any) -> None:
    settings.MIGRACAO_ESPERA = "50ms"
    antes_de_migrar(using="default")
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("50ms",)
    depois_de_migrar(using="default")
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)
    assert OperationalError
