"""Quem pode o quê, na porta: papel errado é 403, linha fora da carteira é 404."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import url_has_allowed_host_and_scheme

from clientes.models import Cliente
from contas.papeis import Permissao, pode

Pagina = Callable[..., HttpResponse]


def exige(*permissoes: Permissao) -> Callable[[Pagina], Pagina]:
    """Decorador: só entra quem pode tudo isto; quem não pode recebe 403 antes de qualquer consulta."""

    def decorar(pagina: Pagina) -> Pagina:
        @wraps(pagina)
        def conferida(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not all(pode(request.user, permissao) for permissao in permissoes):
                raise PermissionDenied
            return pagina(request, *args, **kwargs)

        return conferida

    return decorar


def cliente_visivel(request: HttpRequest, pk: int) -> Cliente:
    """O cliente, se estiver no que a pessoa vê; senão 404, como se não existisse."""
    visiveis = Cliente.objects.visiveis_para(request.user)
    return get_object_or_404(visiveis.select_related("empresa", "segmento", "vendedor", "equipe"), pk=pk)


def destino_seguro(request: HttpRequest, padrao: str) -> str:
    """O `voltar` do formulário, só se for desta casa."""
    pedido = request.POST.get("voltar") or request.GET.get("voltar") or ""
    seguro = url_has_allowed_host_and_scheme(pedido, allowed_hosts=None, require_https=False)
    return pedido if pedido.startswith("/") and seguro else padrao
