"""Repetir entregas à mão: uma, ou as de um período. O número e o corpo são os de antes."""

from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from carteira.formatos import numero, plural
from carteira.tasks import tocar, webhooks_task
from carteira.web.acesso import exige
from carteira.web.formularios_de_webhook import PeriodoForm
from carteira.web.webhooks import destino_visivel, do_destino, migalhas
from contas.papeis import Permissao
from notificacoes.models import DestinoDeWebhook
from notificacoes.webhooks import destinos


@require_http_methods(["GET", "POST"])
@exige(Permissao.GERIR_WEBHOOKS)
def periodo(request: HttpRequest, pk: int) -> HttpResponse:
    """Primeiro conta o que voltaria; só com a palavra dada repete."""
    achado, hoje = destino_visivel(request, pk), timezone.localdate()
    form = PeriodoForm(
        request.POST if request.method == "POST" else None,
        initial={"de": hoje - timedelta(days=1), "ate": hoje, "quais": "desistida"},
    )
    quantas = None
    if request.method == "POST" and form.is_valid():
        entregas = achado.entregas.filter(form.filtro())
        if "repetir" in request.POST:
            _dizer(request, destinos.repetir(entregas=entregas, destino=achado, por=request.user), achado)
            return redirect("webhooks:destino", pk=pk)
        quantas = destinos.repetiveis(entregas).count()
    contexto = {
        "destino": achado,
        "form": form,
        "quantas": quantas,
        "migalhas": migalhas(do_destino(achado), {"nome": "Repetir"}),
    }
    return render(request, "webhooks/repetir.html", contexto, status=422 if form.errors else 200)


@require_POST
@exige(Permissao.GERIR_WEBHOOKS)
def uma(request: HttpRequest, pk: int, entrega_pk: int) -> HttpResponse:
    achado = destino_visivel(request, pk)
    entrega = get_object_or_404(achado.entregas, pk=entrega_pk)
    so_ela = achado.entregas.filter(pk=entrega.pk)
    _dizer(request, destinos.repetir(entregas=so_ela, destino=achado, por=request.user), achado)
    return redirect("webhooks:entrega", pk=pk, entrega_pk=entrega_pk)


def _dizer(request: HttpRequest, quantas: int, destino: DestinoDeWebhook) -> None:
    if not quantas:
        messages.warning(request, "Nada a repetir: estas ainda não terminaram.")
        return
    tocar(webhooks_task)
    frase = plural(quantas, "entrega volta,entregas voltam")
    quando = "depois da pausa" if destino.pausado_em else "em instantes"
    messages.success(request, f"{numero(quantas)} {frase} à fila; saída {quando}.")


urlpatterns = [
    path("<int:pk>/repetir/", periodo, name="repetir"),
    path("<int:pk>/entregas/<int:entrega_pk>/repetir/", uma, name="repetir_uma"),
]
