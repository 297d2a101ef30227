"""Entrar pelo provedor da empresa: ir até ele e voltar. Sem configuração, as duas páginas não existem."""

from types import SimpleNamespace
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from carteira.web.chaves import destino_da_entrada


@never_cache
@login_not_required
@require_POST
def ir(request: HttpRequest) -> HttpResponse:
    """Só por um gesto da pessoa: um enlace de fora não começa a entrada por ela."""
    if settings.OIDC is None:
        raise Http404
    # o allauth pesa na partida, e quase ninguém entra por aqui
    from allauth.socialaccount.providers.oauth2.client import OAuth2Error
    from requests import RequestException

    from carteira.de_fora import DESTINO, Adaptador, recusar

    def pedir(request: HttpRequest) -> HttpResponse:
        request.session[DESTINO] = destino_da_entrada(request, request.POST.get("next"))
        try:
            return Adaptador().get_provider(request, "").redirect(request, process="login")
        except (OAuth2Error, RequestException):
            return recusar(request, "O provedor não respondeu. Tente de novo ou entre com a senha.")

    return _com_o_pedido(request, pedir)


@never_cache
@login_not_required
@require_safe
def voltar(request: HttpRequest) -> HttpResponse:
    if settings.OIDC is None:
        raise Http404
    from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView

    from carteira.de_fora import NOME, Porta

    return _com_o_pedido(request, OAuth2CallbackView.adapter_view(Porta(request, NOME)))


def _com_o_pedido(request: HttpRequest, pagina: Any) -> HttpResponse:
    """O que o middleware do allauth faria: diz-lhe qual é o pedido em curso."""
    from allauth.core import context

    request.allauth = SimpleNamespace()
    with context.request_context(request):
        resposta: HttpResponse = pagina(request)
    return resposta


urlpatterns = [
    path("entrar/empresa/", ir, name="entrar_por_fora"),
    path("entrar/empresa/volta/", voltar, name="volta_de_fora"),
]
