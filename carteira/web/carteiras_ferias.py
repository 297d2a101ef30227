"""Férias no navegador: quem cobre quem, de que dia a que dia; a volta é pela data, sem ninguém fazer nada."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from carteira.web.acesso import exige
from carteira.web.formularios_de_carteira import FeriasForm
from carteira.web.lugares_das_carteiras import abas
from contas.coberturas import coberturas_geridas, cobrir, editar_cobertura, encerrar_cobertura
from contas.equipes import vendedores_geridos
from contas.models import Cobertura
from contas.papeis import Permissao
from contas.pessoas import Recusada

POR_PAGINA = 50


def _geridas(request: HttpRequest) -> Any:
    return coberturas_geridas(vendedores_geridos(request.user, timezone.localdate()))


@exige(Permissao.REATRIBUIR)
def ferias(request: HttpRequest) -> HttpResponse:
    """As que valem e as marcadas; com `ver=passadas`, as que acabaram."""
    hoje, passadas = timezone.localdate(), request.GET.get("ver") == "passadas"
    geridas = _geridas(request)
    escolhidas = (
        geridas.filter(periodo__endswith__lte=hoje).order_by("-periodo", "pk")
        if passadas
        else geridas.exclude(periodo__endswith__lte=hoje)
    )
    pagina = Paginator(escolhidas, POR_PAGINA).get_page(request.GET.get("pagina"))
    contexto = {"abas": abas(request, "ferias"), "pagina": pagina, "passadas": passadas, "hoje": hoje}
    return render(request, "carteiras/ferias.html", contexto)


@exige(Permissao.REATRIBUIR)
def nova(request: HttpRequest) -> HttpResponse:
    vendedores = vendedores_geridos(request.user, timezone.localdate())
    enviado = request.method == "POST"
    form = FeriasForm(
        request.POST if enviado else None,
        vendedores=vendedores,
        initial={"ausente": request.GET.get("ausente", "")},
    )
    if enviado and form.is_valid():
        try:
            cobertura = cobrir(por=request.user, **form.cleaned_data)
        except Recusada as recusa:
            form.add_error(None, str(recusa))
        else:
            return _pronto(request, cobertura, "Férias marcadas.")
    return _formulario(request, form, None)


@exige(Permissao.REATRIBUIR)
def editar(request: HttpRequest, pk: int) -> HttpResponse:
    cobertura = _cobertura(request, pk)
    enviado = request.method == "POST"
    form = FeriasForm(
        request.POST if enviado else None,
        vendedores=vendedores_geridos(request.user, timezone.localdate()),
        editando=True,
        initial={
            "substituto": cobertura.substituto_id,
            "de": cobertura.periodo.lower,
            "ate": cobertura.ultimo_dia,
        },
    )
    if enviado and form.is_valid():
        try:
            editar_cobertura(cobertura=cobertura, por=request.user, **form.cleaned_data)
        except Recusada as recusa:
            form.add_error(None, str(recusa))
        else:
            return _pronto(request, cobertura, "Férias mudadas.")
    return _formulario(request, form, cobertura)


def _cobertura(request: HttpRequest, pk: int) -> Cobertura:
    """Só a de quem a pessoa gere; a dos outros é como se não existisse."""
    return get_object_or_404(_geridas(request), pk=pk)


def _pronto(request: HttpRequest, cobertura: Cobertura, texto: str) -> HttpResponse:
    messages.success(
        request,
        f"{texto} {cobertura.substituto.nome} atende a carteira de {cobertura.ausente.nome} "
        f"de {cobertura.periodo.lower:%d/%m/%Y} a {cobertura.ultimo_dia:%d/%m/%Y}.",
    )
    return redirect("carteiras:ferias")


def _formulario(request: HttpRequest, form: FeriasForm, cobertura: Cobertura | None) -> HttpResponse:
    contexto = {"abas": abas(request, "ferias"), "form": form, "cobertura": cobertura}
    return render(request, "carteiras/ferias_formulario.html", contexto, status=422 if form.errors else 200)


@require_POST
@exige(Permissao.REATRIBUIR)
def encerrar(request: HttpRequest, pk: int) -> HttpResponse:
    cobertura = _cobertura(request, pk)
    try:
        encerrar_cobertura(cobertura=cobertura, hoje=timezone.localdate(), por=request.user)
    except Recusada as recusa:
        messages.error(request, str(recusa))
    else:
        messages.success(request, f"{cobertura.ausente.nome} retoma a carteira hoje.")
    return redirect("carteiras:ferias")


urlpatterns = [
    path("ferias/", ferias, name="ferias"),
    path("ferias/nova/", nova, name="ferias_nova"),
    path("ferias/<int:pk>/", editar, name="ferias_editar"),
    path("ferias/<int:pk>/encerrar/", encerrar, name="ferias_encerrar"),
]
