"""Registrar uma mudança na auditoria, e quem a lê."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import connection, models
from django.db.models import BooleanField, QuerySet
from django.db.models.expressions import RawSQL

from contas.escopo import empresas_de
from contas.models import Empresa, RegistroDeAuditoria, Usuario, Via
from contas.papeis import Permissao, pode
from contas.texto import sem_acento

_TABELA = RegistroDeAuditoria._meta.db_table
# A expressão do índice `auditoria_palavras`: as palavras da ação, do objeto e de quem fez.
# A segunda condição é sempre verdade: sem estatística da soma, o banco supõe que uma linha em duzentas a cumpre, e não
# lê a tabela pela hora à espera de uma página de achadas, que duas palavras comuns que nunca andam juntas não enchem.
_CASA = (
    f"(contas_palavras({_TABELA}.acao || ' ' || {_TABELA}.objeto || ' ' || {_TABELA}.quem) @@ %s::tsquery "
    f"AND {_TABELA}.id + 0 BETWEEN 0 AND {2**63 - 1})"
)
_ACOES = f"""
WITH RECURSIVE a(acao) AS (
  (SELECT acao FROM {_TABELA} ORDER BY acao LIMIT 1)
  UNION ALL
  SELECT (SELECT r.acao FROM {_TABELA} r WHERE r.acao > a.acao ORDER BY r.acao LIMIT 1) FROM a WHERE a.acao IS NOT NULL
) SELECT acao FROM a WHERE acao IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class DeOnde:
    """A porta, o endereço e o meio (navegador, comando ou tarefa) por que se chegou."""

    via: str = Via.SISTEMA
    endereco: str | None = None
    meio: str = ""
    pedido: str = ""


_DE_ONDE: ContextVar[Callable[[], DeOnde] | None] = ContextVar("de_onde", default=None)


@contextmanager
def vindo_de(contar: Callable[[], DeOnde]) -> Iterator[None]:
    """Quem abre a porta diz de onde se vem; `contar` só é chamada se houver o que registrar."""
    ficha = _DE_ONDE.set(contar)
    try:
        yield
    finally:
        _DE_ONDE.reset(ficha)


def de_onde() -> DeOnde:
    contar = _DE_ONDE.get()
    return contar() if contar is not None else _do_processo()


def _do_processo() -> DeOnde:
    """Sem pedido nem tarefa: um comando da casa, ou o próprio sistema."""
    if Path(sys.argv[0]).name == "manage.py" and len(sys.argv) > 1:
        return DeOnde(Via.COMANDO, meio=sys.argv[1])
    return DeOnde()


def registrar(
    acao: str,
    *,
    por: Usuario | None,
    objeto: str = "",
    antes: dict[str, Any] | None = None,
    depois: dict[str, Any] | None = None,
    alvo: models.Model | None = None,
) -> RegistroDeAuditoria:
    """Escreve a linha de auditoria na transação corrente; `por` nulo é o próprio sistema."""
    onde = de_onde()
    return RegistroDeAuditoria.objects.create(
        acao=acao,
        por=por,
        quem=por.nome if por is not None else "",
        objeto=objeto[:120],
        alvo=chave_do_alvo(alvo) if alvo is not None else "",
        antes=antes,
        depois=depois,
        via=onde.via,
        endereco=onde.endereco,
        meio=onde.meio[:200],
        pedido=onde.pedido[:40],
    )


def chave_do_alvo(alvo: models.Model) -> str:
    return f"{alvo._meta.model_name}:{alvo.pk}"


def visiveis_para(usuario: Usuario) -> QuerySet[RegistroDeAuditoria]:
    """O que um administrador confere: menos o que fez quem trabalha em empresa que ele não vê."""
    registros = RegistroDeAuditoria.objects.exclude(por__in=de_fora(usuario))
    return registros if pode(usuario, Permissao.VER_AUDITORIA) else registros.none()


def de_fora(usuario: Usuario) -> QuerySet[Usuario]:
    alheias = Empresa.objects.exclude(pk__in=empresas_de(usuario))
    return Usuario.objects.filter(vinculos__empresa__in=alheias)


def com_as_palavras(registros: QuerySet[RegistroDeAuditoria], texto: str) -> QuerySet[RegistroDeAuditoria]:
    """Todas as palavras do texto, mesmo pelo começo, na ação, no objeto ou no nome de quem fez."""
    palavras = "".join(c if c.isascii() and c.isalnum() else " " for c in sem_acento(texto)).split()
    if not palavras:
        return registros
    consulta = " & ".join(f"{palavra[:60]}:*" for palavra in palavras[:8])
    return registros.filter(RawSQL(_CASA, (consulta,), output_field=BooleanField()))  # noqa: S611  # nosec B611 # por parâmetro


def acoes_registradas() -> list[str]:
    """Cada ação que já houve, saltando de uma à seguinte pelo índice: a tabela não é lida."""
    with connection.cursor() as cursor:
        cursor.execute(_ACOES)
        return [acao for (acao,) in cursor.fetchall()]
