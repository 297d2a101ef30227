"""Quem ainda não entrou: os primeiros passos de uma instalação vazia e a sessão vencida no meio de um gesto."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core.cache import cache
from django.core.exceptions import BadRequest, PermissionDenied
from django.db import InternalError, connection, transaction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from psycopg.errors import ReadOnlySqlTransaction

from atividade import rotulos
from carteira import ver_como
from carteira.aparelhos import chave_da_pessoa
from contas.models import Usuario

_CHAVE = "instalacao-tem-pessoas"
_SEGUROS = frozenset({"GET", "HEAD", "OPTIONS"})


def instalacao_vazia() -> bool:
    """Ninguém cadastrado ainda com senha. Lembra só do «não»: depois de povoada, não volta a ficar vazia."""
    if cache.get(_CHAVE):
        return False
    vazia = not Usuario.objects.filter(email__isnull=False).exists()
    if not vazia:
        cache.set(_CHAVE, True, 60)
    return vazia


class SemNulosMiddleware:
    """O caractere nulo, que o PostgreSQL não guarda nem procura, é de quem tenta a porta: 400, e não um erro nosso."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" not in request.META.get("QUERY_STRING", "") and "\x00" not in request.path_info:
            return self.get_response(request)
        motivo = "O endereço traz um caractere que não existe em nome nenhum."
        if request.path_info.startswith("/api/"):
            from carteira.api.problemas import TIPO_DE_CONTEUDO, corpo  # só quem chama a API carrega o DRF

            return JsonResponse(corpo(400, motivo, pedido=request), status=400, content_type=TIPO_DE_CONTEUDO)
        raise BadRequest(motivo)


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
        livre = request.path.startswith(("/api/", "/comecar/", "/static/", "/saude/", "/metricas"))
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
            # de quem é o aparelho não muda quando a pessoa vê como outra
            resposta["X-Aparelho"] = chave_da_pessoa(request.user.olhado_por or request.user)
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


class VerComoMiddleware:
    """Quem vê como um vendedor é ele na página, e só lê: o resto é recusado antes de começar.

    O último da lista: quando decide, a entrada, a chave do formulário e a sessão já foram conferidas. A página corre
    numa transação só de leitura: se alguma gravasse ao abrir, o banco recusaria.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view_func: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or not request.user.is_authenticated:
            return None
        nome = request.resolver_match.view_name if request.resolver_match else ""
        if (
            nome.startswith("api:") and nome != "api:docs"
        ):  # ela mesma recusa quem vê como outro, no formato dela
            return None
        aberta = request.method in _SEGUROS and not getattr(view_func, "login_required", True)
        if ver_como.CHAVE not in request.session or aberta:
            return None
        if nome in ver_como.DE_SAIDA:
            if nome == "contas:sair" and request.method == "POST":
                ver_como.terminar(request.session, por=request.user, motivo="saiu do Carteira")
            return None
        olhar, por_que = ver_como.em_curso(request.session, request.user)
        if olhar is None:
            return self._acabou(request, por_que)
        if nome in ver_como.DA_FILA and request.method in _SEGUROS:
            return redirect("ver_como:fila")
        if nome not in ver_como.PERMITIDAS or request.method not in _SEGUROS:
            raise PermissionDenied(self._recusa(olhar))
        request.user = olhar.vendedor
        return self._so_lendo(olhar, view_func, request, args, kwargs)

    @staticmethod
    def _acabou(request: HttpRequest, por_que: str) -> None:
        """Quem ia ler lê como si mesmo, avisado; quem ia gravar não grava sem saber como quem."""
        ver_como.terminar(request.session, por=request.user, motivo=por_que)
        if request.method not in _SEGUROS:
            raise PermissionDenied(f"Você deixou de ver como outra pessoa: {por_que}. Tente de novo.")
        messages.warning(request, f"Você voltou a ver o Carteira como você: {por_que}.")

    @staticmethod
    def _recusa(olhar: ver_como.Olhar) -> str:
        return f"Você está vendo como {olhar.vendedor.nome}, só leitura. Para agir por si, use Sair na faixa do alto."

    def _so_lendo(
        self, olhar: ver_como.Olhar, view_func: Any, request: HttpRequest, args: Any, kwargs: Any
    ) -> HttpResponse:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
                resposta: HttpResponse = view_func(request, *args, **kwargs)
        except InternalError as erro:
            if isinstance(erro.__cause__, ReadOnlySqlTransaction):
                raise PermissionDenied(self._recusa(olhar)) from erro
            raise
        resposta["Cache-Control"] = "no-store"  # o que se viu como outra pessoa não fica no navegador
        return resposta
