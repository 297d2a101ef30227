"""Minhas mensagens: o que cada pessoa recebeu por e-mail e o que mandou a clientes. Só as próprias."""

from csp.decorators import csp_replace, csp_update
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from carteira.web.mensagens import NO_QUADRO, POR_PAGINA, corpo_isolado, linhas_de, sobre_a_mensagem
from notificacoes.models import Mensagem


def _minhas(request: HttpRequest) -> QuerySet[Mensagem]:
    minhas: QuerySet[Mensagem] = Mensagem.objects.filter(pessoa=request.user).order_by("-id")
    return minhas


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
    return corpo_isolado(_minha(request, pk))


urlpatterns = [
    path("minhas/", lista, name="minhas"),
    path("minhas/<int:pk>/", detalhe, name="minha"),
    path("minhas/<int:pk>/corpo/", corpo, name="minha_corpo"),
]
