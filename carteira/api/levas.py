"""Levar em massa pela API: só quem exporta, e a auditoria diz quem levou, com que token, o quê e quanto."""

from typing import Any

from rest_framework.exceptions import PermissionDenied

from carteira.api.paginas import tamanho_pedido
from contas import levas
from contas.papeis import Permissao, pode


def e_leva(view: Any, request: Any) -> bool:
    """A página pedida leva gente em massa; quem não exporta a recebe recusada."""
    limite = view.leva_acima_de
    if limite is None or tamanho_pedido(request.query_params.get("por", "")) <= limite:
        return False
    if not pode(request.user, Permissao.EXPORTAR):
        raise PermissionDenied(
            f"Páginas com mais de {limite} linhas são de quem pode exportar: peça por={limite} ou menos."
        )
    return True


def anotar(view: Any, request: Any, linhas: int) -> None:
    recurso = request.path.removeprefix("/api/v1/").strip("/")
    levas.anotar(pessoa=request.user, token=request.auth, recurso=recurso, linhas=linhas)
