"""Caso de uso único para registrar uma mudança na auditoria."""

from typing import Any

from contas.models import RegistroDeAuditoria, Usuario


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
