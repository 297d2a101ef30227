"""Registrar uma mudança na auditoria, e quem a lê."""

from typing import Any

from django.db.models import QuerySet

from contas.escopo import empresas_de
from contas.models import Empresa, RegistroDeAuditoria, Usuario
from contas.papeis import Permissao, pode


def registrar(
    acao: str,
    *,
    por: Usuario | None,
    objeto: str = "",
    antes: dict[str, Any] | None = None,
    depois: dict[str, Any] | None = None,
) -> RegistroDeAuditoria:
    """Escreve a linha de auditoria na transação corrente; `por` nulo é o próprio sistema."""
    return RegistroDeAuditoria.objects.create(acao=acao, por=por, objeto=objeto, antes=antes, depois=depois)


def visiveis_para(usuario: Usuario) -> QuerySet[RegistroDeAuditoria]:
    """O que um administrador confere: menos o que fez quem trabalha em empresa que ele não vê."""
    alheias = Empresa.objects.exclude(pk__in=empresas_de(usuario))
    de_fora = Usuario.objects.filter(vinculos__empresa__in=alheias)
    registros = RegistroDeAuditoria.objects.exclude(por__in=de_fora)
    return registros if pode(usuario, Permissao.VER_AUDITORIA) else registros.none()
