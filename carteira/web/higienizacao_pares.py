"""Cadastros que parecem o mesmo cliente: os pares, com o motivo e a força, e "não são o mesmo"."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from atividade.models import Indicadores
from carteira.duplicados import pedir_procura, procurando
from carteira.web.acesso import destino_seguro, exige
from carteira.web.higienizacao import POR_PAGINA, abas
from clientes import duplicados
from clientes.models import ParDeDuplicados
from contas.escopo import empresas_de
from contas.papeis import Permissao


@require_safe
@exige(Permissao.HIGIENIZAR)
def pares(request: HttpRequest) -> HttpResponse:
    """Os mais fortes antes; `?ver=descartados` mostra os que alguém disse que não são o mesmo."""
    descartados = request.GET.get("ver") == "descartados"
    visiveis = ParDeDuplicados.objects.visiveis_para(request.user).filter(
        descartado_em__isnull=not descartados
    )
    pagina = Paginator(
        visiveis.select_related("a", "b", "a__vendedor", "b__vendedor", "descartado_por").order_by(
            "-forca", "pk"
        ),
        POR_PAGINA,
    ).get_page(request.GET.get("pagina"))
    ids = {pk for par in pagina for pk in (par.a_id, par.b_id)}
    numeros = Indicadores.objects.in_bulk(ids)
    for par in pagina:
        par.lados = [(c, numeros.get(c.pk)) for c in (par.a, par.b)]
        par.palavra = duplicados.forca_em_palavras(par.forca)
    empresas = list(empresas_de(request.user).values_list("pk", flat=True))
    contexto = {
        "abas": abas("pares"),
        "pagina": pagina,
        "descartados": descartados,
        "procurando": procurando(empresas),
    }
    return render(request, "higienizacao/pares.html", contexto)


@require_POST
@exige(Permissao.HIGIENIZAR)
def procurar(request: HttpRequest) -> HttpResponse:
    for empresa in empresas_de(request.user):
        pedir_procura(empresa=empresa, por=request.user)
    messages.success(request, "Procurando duplicados: volte a esta página em instantes.")
    return redirect("higienizacao:pares")


def _par(request: HttpRequest, pk: int) -> ParDeDuplicados:
    visiveis = ParDeDuplicados.objects.visiveis_para(request.user).select_related("a", "b")
    par: ParDeDuplicados = get_object_or_404(visiveis, pk=pk)
    return par


@require_POST
@exige(Permissao.HIGIENIZAR)
def descartar(request: HttpRequest, par: int) -> HttpResponse:
    achado = _par(request, par)
    duplicados.descartar(par=achado, por=request.user)
    messages.success(
        request, f"{achado.a.nome} e {achado.b.nome} não são o mesmo: fica lembrado, em “Descartados”."
    )
    return redirect(destino_seguro(request, reverse("higienizacao:pares")))


@require_POST
@exige(Permissao.HIGIENIZAR)
def reconsiderar(request: HttpRequest, par: int) -> HttpResponse:
    achado = _par(request, par)
    duplicados.reconsiderar(par=achado, por=request.user)
    messages.success(request, "O par voltou à lista.")
    return redirect(destino_seguro(request, reverse("higienizacao:pares")))


urlpatterns = [
    path("duplicados/", pares, name="pares"),
    path("duplicados/procurar/", procurar, name="procurar"),
    path("duplicados/<int:par>/descartar/", descartar, name="descartar"),
    path("duplicados/<int:par>/reconsiderar/", reconsiderar, name="reconsiderar"),
]
