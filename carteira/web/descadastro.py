"""Parar de receber por um clique: o GET só pergunta, porque quem confere e-mails abre todo enlace."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from notificacoes.descadastro import desligar, ler


@csrf_exempt  # quem posta é o programa de e-mail, que não tem a página; o enlace assinado é a entrada
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def pagina(request: HttpRequest, token: str) -> HttpResponse:
    """GET mostra o que vai parar; POST para, da página ou direto do programa de e-mail (RFC 8058)."""
    posta = request.method == "POST"
    achado = desligar(token) if posta else ler(token)
    contexto = {"achado": achado, "feito": posta and achado is not None}
    resposta = render(request, "descadastro/pagina.html", contexto, status=200 if achado else 404)
    resposta["Cache-Control"], resposta["X-Robots-Tag"] = "no-store", "noindex"
    return resposta


urlpatterns = [path("descadastrar/<str:token>/", pagina, name="descadastrar")]
