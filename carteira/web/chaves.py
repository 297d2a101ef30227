"""Os pedidos das chaves de acesso: o navegador pede o desafio e devolve a resposta, em JSON."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import resolve_url
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from carteira import entrada
from carteira.chaves_de_acesso import (
    ChaveRecusada,
    conferir_criacao,
    conferir_uso,
    corpo_de,
    desafio_de_criacao,
    desafio_de_uso,
)
from carteira.contador import contar
from carteira.origens import origem
from carteira.web.acesso import destino_seguro
from carteira.web.seguranca import confirmando, mudou
from contas import fatores, sessoes
from notificacoes.seguranca import Fato

_POR_MINUTO = 30


def _recusada(recusa: Exception | str, status: int = 422) -> HttpResponse:
    return JsonResponse({"motivo": str(recusa)}, status=status)


def _segue(resposta: HttpResponse) -> HttpResponse:
    """O destino de um redirecionamento como dado: quem muda de página é o script. Os cookies seguem junto."""
    destino = JsonResponse({"destino": resposta["Location"]})
    destino.cookies = resposta.cookies
    return destino


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def entrar(request: HttpRequest) -> HttpResponse:
    """A entrada sem senha: a chave prova o aparelho e, com o dedo ou o rosto, a pessoa."""
    if _demais(request):
        return _recusada("Foram muitas tentativas. Espere um minuto.", 429)
    if request.method == "GET":
        return JsonResponse(desafio_de_uso(request, "entrar"))
    corpo = corpo_de(request)
    try:
        pessoa = conferir_uso(request, "entrar", corpo)
    except ChaveRecusada as recusa:
        return _recusada(recusa)
    destino = destino_da_entrada(request, corpo.get("next"))
    return _segue(entrada.primeiro_passo(request, pessoa, destino=destino, com="chave de acesso", basta=True))


def _demais(request: HttpRequest) -> bool:
    return contar(f"chaves-de-acesso:{origem(request).endereco}", 60) > _POR_MINUTO


def destino_da_entrada(request: HttpRequest, pedido: Any) -> str:
    """Aonde se ia antes de entrar, se é desta casa."""
    pedido = str(pedido or "")
    seguro = url_has_allowed_host_and_scheme(pedido, allowed_hosts=None, require_https=request.is_secure())
    return pedido if pedido.startswith("/") and seguro else ""


@never_cache
@login_not_required
@require_http_methods(["GET", "POST"])
def segundo_passo(request: HttpRequest) -> HttpResponse:
    """A chave no lugar do código, para quem já acertou a senha."""
    pendente = entrada.pendente(request)
    if pendente is None:
        return JsonResponse({"destino": resolve_url("contas:entrar")}, status=200)
    if request.method == "GET":
        return JsonResponse(desafio_de_uso(request, "segundo", pendente.pessoa))
    corpo = corpo_de(request)
    try:
        conferir_uso(request, "segundo", corpo, pendente.pessoa)
    except ChaveRecusada as recusa:
        return _recusada(recusa)
    return _segue(
        entrada.concluir(
            request,
            pendente.pessoa,
            destino=pendente.destino,
            com=f"{pendente.com} e chave de acesso",
            lembrar=corpo.get("lembrar") is True,
        )
    )


@never_cache
@require_http_methods(["GET", "POST"])
@confirmando
def criar(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return JsonResponse(desafio_de_criacao(request, request.user))
    corpo = corpo_de(request)
    nome = " ".join(str(corpo.get("nome") or "").split()) or origem(request).navegador
    try:
        credencial = conferir_criacao(request, request.user, corpo)
        novos = fatores.guardar_chave(request.user, nome, credencial)
    except (ChaveRecusada, fatores.FatorRecusado) as recusa:
        return _recusada(recusa)
    mudou(request, Fato.CHAVE, nome[:60])
    messages.success(request, f"Chave de acesso “{nome[:60]}” criada.")
    return JsonResponse({"destino": reverse("seguranca:codigos" if novos else "seguranca:pagina")})


@never_cache
@require_http_methods(["GET", "POST"])
def confirmar(request: HttpRequest) -> HttpResponse:
    """Provar com a chave, no lugar da senha, que é a própria pessoa."""
    if request.method == "GET":
        return JsonResponse(desafio_de_uso(request, "confirmar", request.user))
    try:
        conferir_uso(request, "confirmar", corpo_de(request), request.user)
    except ChaveRecusada as recusa:
        return _recusada(recusa)
    sessoes.confirmou(request.session)
    return JsonResponse({"destino": destino_seguro(request, reverse("seguranca:pagina"))})


da_entrada = [
    path("entrar/chave/", entrar, name="entrar_com_chave"),
    path("entrar/codigo/chave/", segundo_passo, name="segundo_passo_com_chave"),
]
urlpatterns = [
    path("chaves/nova/", criar, name="nova_chave"),
    path("confirmar/chave/", confirmar, name="confirmar_com_chave"),
]
