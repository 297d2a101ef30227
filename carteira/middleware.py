"""Enquanto a instalação não tem ninguém, todo caminho leva aos primeiros passos."""

from collections.abc import Callable

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from contas.models import Usuario

_CHAVE = "instalacao-tem-pessoas"


def instalacao_vazia() -> bool:
    """Ninguém cadastrado ainda com senha. Lembra só do «não»: depois de povoada, não volta a ficar vazia."""
    if cache.get(_CHAVE):
        return False
    vazia = not Usuario.objects.filter(email__isnull=False).exists()
    if not vazia:
        cache.set(_CHAVE, True, 60)
    return vazia


class PrimeiraVezMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        livre = request.path.startswith(("/comecar/", "/static/", "/saude/"))
        if not livre and not request.user.is_authenticated and instalacao_vazia():
            return redirect(reverse("assistente:inicio"))
        return self.get_response(request)
