"""Fechado por padrão: cada operação diz que permissão e que escopo pede; a que não diz ninguém usa."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission

from contas.models import Escopo
from contas.papeis import Permissao, pode


@dataclass(frozen=True, slots=True)
class Decisao:
    """O que uma operação pede. Sem permissão: qualquer pessoa que entrou."""

    permissao: Permissao | None
    escopo: Escopo = Escopo.LER


Decisoes = Mapping[str, Decisao]


def leitura(permissao: Permissao | None) -> dict[str, Decisao]:
    """Listar e abrir."""
    return {"list": Decisao(permissao), "retrieve": Decisao(permissao)}


def decisao_de(view: Any) -> Decisao | None:
    """A da operação em curso, pelo nome da ação (ou do método, onde não há ações)."""
    acao = getattr(view, "action", None) or view.request.method.lower().replace("head", "get")
    return getattr(view, "decisoes", {}).get(acao)


class SoComDecisao(BasePermission):
    """O papel da pessoa primeiro, o escopo do token depois."""

    def has_permission(self, request: Any, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        decisao = decisao_de(view)
        if decisao is None:
            # Método que o recurso não tem: quem o diz é o próprio recurso, com 405.
            return getattr(view, "action", "") is None or not hasattr(view, request.method.lower())
        if decisao.permissao is not None and not pode(request.user, decisao.permissao):
            raise PermissionDenied("O seu papel não pode fazer isto.")
        if request.auth is not None and decisao.escopo not in request.auth.escopos:
            raise PermissionDenied(f"O token não tem o escopo “{decisao.escopo}”. Crie um que o tenha.")
        return True
