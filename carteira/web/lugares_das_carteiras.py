"""As abas das carteiras, que todas as páginas delas mostram."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from contas.papeis import Permissao, pode


def abas(request: HttpRequest, atual: str) -> list[dict[str, Any]]:
    """Quem só lê não vê os lugares de mudar."""
    lugares = [("inicio", "Lado a lado"), ("historia", "História")]
    if pode(request.user, Permissao.REATRIBUIR):
        lugares[1:1] = [("sugestoes", "Sugestões"), ("ferias", "Férias")]
    if pode(request.user, Permissao.GERIR_PESSOAS):
        lugares.append(("regras", "Regras"))
    return [
        {"rotulo": rotulo, "url": reverse(f"carteiras:{nome}"), "atual": nome == atual}
        for nome, rotulo in lugares
    ]
