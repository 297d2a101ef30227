"""Tokens da API: cada um cria e revoga os seus; quem gere pessoas vê e revoga os de todas."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_http_methods, require_safe

from carteira.web.acesso import exige
from carteira.web.formularios_de_token import TokenForm
from contas.models import Escopo, TokenDaApi
from contas.papeis import Permissao
from contas.pessoas import Recusada
from contas.tokens import criar_token, revogar, visiveis_para

POR_PAGINA = 50
_ESCOPOS = {Escopo.LER.value: "ler", Escopo.ESCREVER.value: "escrever", Escopo.LOTE.value: "lote"}


@require_http_methods(["GET", "POST"])
def meus(request: HttpRequest) -> HttpResponse:
    """A lista e o formulário; o segredo só aparece na resposta que o cria."""
    form, criado = TokenForm(request.POST or None, initial={"escopos": [Escopo.LER], "dias": 90}), None
    if request.method == "POST" and form.is_valid():
        try:
            criado = criar_token(pessoa=request.user, **form.cleaned_data)
            form = TokenForm(initial={"escopos": [Escopo.LER], "dias": 90})
        except Recusada as recusa:
            form.add_error(None, str(recusa))
    dela = TokenDaApi.objects.filter(user=request.user)
    contexto = _lista(request, dela) | {
        "form": form,
        "token": criado[0] if criado else None,
        "segredo": criado[1] if criado else "",
    }
    resposta = render(request, "tokens/meus.html", contexto, status=422 if form.errors else 200)
    add_never_cache_headers(resposta)
    return resposta


@require_safe
@exige(Permissao.GERIR_PESSOAS)
def todos(request: HttpRequest) -> HttpResponse:
    return render(request, "tokens/todos.html", _lista(request, visiveis_para(request.user)))


def _lista(request: HttpRequest, tokens: QuerySet[TokenDaApi]) -> dict[str, Any]:
    """Os que valem, ou os que já não valem."""
    agora = timezone.now()
    valem = Q(revogado_em__isnull=True, expiry__gt=agora, user__is_active=True)
    ver = "sem_valor" if request.GET.get("ver") == "sem_valor" else ""
    escolhidos = tokens.exclude(valem) if ver else tokens.filter(valem)
    contagens = tokens.count(), tokens.filter(valem).count()
    pagina = Paginator(escolhidos.select_related("user", "revogado_por"), POR_PAGINA).get_page(
        request.GET.get("pagina")
    )
    for token in pagina:
        token.ditos = [_ESCOPOS[e] for e in token.escopos]
    return {
        "pagina": pagina,
        "ver": ver,
        "abas": [
            {"rotulo": "Valem", "url": "?", "quantidade": contagens[1], "atual": not ver},
            {
                "rotulo": "Já não valem",
                "url": "?ver=sem_valor",
                "quantidade": contagens[0] - contagens[1],
                "atual": bool(ver),
            },
        ],
    }


@require_http_methods(["GET", "POST"])
def tirar(request: HttpRequest, pk: int) -> HttpResponse:
    """GET pergunta; POST revoga, e não há volta: cria-se outro."""
    token = get_object_or_404(visiveis_para(request.user).select_related("user"), pk=pk)
    dela = token.user_id == request.user.pk
    volta = reverse("tokens:meus" if dela else "tokens:todos")
    if request.method == "POST":
        if revogar(token=token, por=request.user):
            messages.success(request, f"{token.nome} foi revogado: quem o usa já não entra.")
        else:
            messages.info(request, f"{token.nome} já estava revogado.")
        return redirect(volta)
    trilha = [{"nome": "Tokens da API", "url": volta}, {"nome": "Revogar"}]
    contexto = {"token": token, "dela": dela, "volta": volta, "migalhas": trilha}
    return render(request, "tokens/revogar.html", contexto)


urlpatterns = [
    path("perfil/tokens/", meus, name="meus"),
    path("perfil/tokens/<int:pk>/revogar/", tirar, name="revogar"),
    path("pessoas/tokens/", todos, name="todos"),
]
