"""Minhas mensagens: o que cada pessoa recebeu por e-mail e o que mandou a clientes. Só as próprias.

O que lhe será mandado ainda não é dela: o recado de outro dia não se lê antes, e o resumo que espera a hora pode citar
um cliente que até lá terá deixado de ser seu.
"""

from csp.decorators import csp_replace, csp_update
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from carteira.web.mensagens import (
    COM_ENLACE_PESSOAL,
    NO_QUADRO,
    POR_PAGINA,
    corpo_isolado,
    linhas_de,
    sobre_a_mensagem,
)
from notificacoes.models import EstadoDaMensagem, Mensagem, TipoDeMensagem

_SAIRAM = (EstadoDaMensagem.ENVIADA, EstadoDaMensagem.INCERTO)


def _minhas(request: HttpRequest) -> QuerySet[Mensagem]:
    """As que já eram para sair, e as que ela escreveu."""
    por_vir = Q(estado=EstadoDaMensagem.PENDENTE, tentativas=0, proxima_tentativa_em__gt=timezone.now())
    recado_parado = Q(tipo=TipoDeMensagem.RECADO, estado=EstadoDaMensagem.CANCELADA)
    dela = Mensagem.objects.filter(pessoa=request.user)
    minhas: QuerySet[Mensagem] = dela.exclude(por_vir & ~Q(tipo=TipoDeMensagem.CLIENTE)).exclude(
        recado_parado
    )
    return minhas.order_by("-id")


def _le(mensagem: Mensagem) -> bool:
    """O corpo do que ela escreveu, sempre; do que recebe, depois de sair."""
    return mensagem.tipo == TipoDeMensagem.CLIENTE or mensagem.estado in _SAIRAM


@require_safe
def lista(request: HttpRequest) -> HttpResponse:
    pagina = Paginator(_minhas(request).defer("texto", "html"), POR_PAGINA).get_page(
        request.GET.get("pagina")
    )
    contexto = {"pagina": pagina, "linhas": linhas_de(pagina)}
    return render(request, "mensagens/minhas.html", contexto)


def _minha(request: HttpRequest, pk: int) -> Mensagem:
    return get_object_or_404(_minhas(request).select_related("pessoa", "contato__cliente"), pk=pk)


@require_safe
@csp_update({"frame-src": ["'self'"]})
def detalhe(request: HttpRequest, pk: int) -> HttpResponse:
    mensagem = _minha(request, pk)
    contexto = sobre_a_mensagem(mensagem) | {
        "corpo_url": reverse("mensagens:minha_corpo", args=[pk]),
        "nao_saiu": not _le(mensagem),
        "migalhas": [
            {"nome": "Minhas mensagens", "url": reverse("mensagens:minhas")},
            {"nome": mensagem.assunto},
        ],
    }
    return render(request, "mensagens/minha.html", contexto)


@require_safe
@xframe_options_sameorigin
@csp_replace(NO_QUADRO)
def corpo(request: HttpRequest, pk: int) -> HttpResponse:
    mensagem = _minha(request, pk)
    return corpo_isolado(mensagem.html, mostra=_le(mensagem) and mensagem.tipo not in COM_ENLACE_PESSOAL)


urlpatterns = [
    path("minhas/", lista, name="minhas"),
    path("minhas/<int:pk>/", detalhe, name="minha"),
    path("minhas/<int:pk>/corpo/", corpo, name="minha_corpo"),
]
