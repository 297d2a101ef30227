"""Quem ainda não entrou: os primeiros passos de uma instalação vazia e a sessão vencida no meio de um gesto."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse

from atividade import rotulos
from carteira.aparelhos import chave_da_pessoa
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


class EntradaMiddleware(LoginRequiredMiddleware):
    """Página sem sessão leva à entrada. Um pedaço de página (htmx) recebe 401: o que a pessoa
    digitou fica na tela, em vez de a página de entrada ser trocada para dentro dela."""

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponse:
        entrada: HttpResponse = super().handle_no_permission(request, view_func)
        if "HX-Request" not in request.headers:
            return entrada
        return HttpResponse(status=401, headers={"X-Entrada": resolve_url(self.get_login_url(view_func))})


class PrimeiraVezMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        livre = request.path.startswith(("/comecar/", "/static/", "/saude/"))
        if not livre and not request.user.is_authenticated and instalacao_vazia():
            return redirect(reverse("assistente:inicio"))
        return self.get_response(request)


class AparelhoMiddleware:
    """Diz ao aparelho de quem é a página: o que ele guardou de outra pessoa se apaga antes de esta aparecer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        resposta = self.get_response(request)
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            resposta["X-Aparelho"] = chave_da_pessoa(request.user)
        return resposta


class RotulosMiddleware:
    """Os status têm o nome que a empresa em cena lhes dá; `?empresa=` escolhe quais estão em cena."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with rotulos.usar(lambda: self._da_pagina(request)):
            return self.get_response(request)

    @staticmethod
    def _da_pagina(request: HttpRequest) -> rotulos.Rotulos:
        if not request.user.is_authenticated:
            return {}
        pedidas = [
            int(e) for e in request.GET.getlist("empresa") if e.isascii() and e.isdigit() and len(e) < 16
        ]
        return rotulos.da_pessoa(request.user, pedidas)
