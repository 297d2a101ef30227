"""A cada pedido: a sessão ainda vale, e quem deve ligar o segundo passo não faz outra coisa antes."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils import timezone

from carteira.origens import origem
from contas import sessoes
from contas.fatores import precisa_ligar

# O que a página pede sozinha não é alguém usando: sem isto, uma aba esquecida nunca ficaria parada.
DE_FUNDO = frozenset(
    {
        "central:sino",
        "importacao:andamento",
        "atividade:andamento",
        "relatorios:arquivos",
        "servico",
        "manifesto",
    }
)
# O que se faz antes de ligar o segundo passo, quando ele já é exigido.
ANTES_DE_LIGAR = frozenset({"contas:sair", "contas:trocar_senha", "servico", "manifesto", "sem_sinal"})
DEVE = "deve_segundo_passo"
_MOTIVOS = {
    "parada": "Por segurança, a sessão se fechou depois de um tempo sem uso. Entre de novo.",
    "idade": "Por segurança, entra-se de novo uma vez por dia de trabalho.",
}


class SessaoMiddleware:
    """Antes de qualquer página: fecha a sessão vencida ou encerrada de longe, anota a visita, cobra o segundo passo."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or SESSION_KEY not in request.session:
            return None
        if not request.user.is_authenticated:
            return None
        nome = request.resolver_match.view_name if request.resolver_match else ""
        agora = timezone.now()
        motivo = sessoes.por_que_acabou(request.session, agora)
        if motivo or (nome not in DE_FUNDO and not self._visita(request, agora)):
            return self._acabou(request, motivo)
        return self._cobrar(request, nome)

    @staticmethod
    def _visita(request: HttpRequest, agora: Any) -> bool:
        """Uma vez por minuto: anota, e confere de novo de quem se exige o segundo passo."""
        antes = request.session[sessoes.CHAVE]["visto"]
        if not sessoes.renovar(request.session, request.user, origem(request), agora):
            return False
        if DEVE not in request.session or request.session[sessoes.CHAVE]["visto"] != antes:
            desde = precisa_ligar(request.user)
            request.session[DEVE] = desde.isoformat() if desde else ""
        return True

    @staticmethod
    def _acabou(request: HttpRequest, motivo: str) -> None:
        """A página que vem a seguir é a de quem não entrou: a entrada, ou o 401 de um pedaço de página."""
        logout(request)
        if "HX-Request" not in request.headers:
            messages.info(request, _MOTIVOS.get(motivo, "Esta sessão foi encerrada. Entre de novo."))

    @staticmethod
    def _cobrar(request: HttpRequest, nome: str) -> HttpResponse | None:
        desde = request.session.get(DEVE)
        if not desde or date.fromisoformat(desde) > timezone.localdate():
            return None
        if nome in ANTES_DE_LIGAR or nome.startswith("seguranca:"):
            return None
        if nome in DE_FUNDO:  # ninguém pediu: a página em que a pessoa está não se troca por isso
            return HttpResponse(status=204)
        destino = resolve_url("seguranca:pagina")
        if "HX-Request" in request.headers:
            return HttpResponse(status=204, headers={"HX-Redirect": destino})
        if request.method in {"GET", "HEAD"} and not request.path.startswith("/api/"):
            return redirect(destino)
        return HttpResponse("Ligue o segundo passo da entrada para continuar.", status=403)
