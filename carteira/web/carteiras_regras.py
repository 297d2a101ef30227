"""Quem atende que clientes, e o que a empresa acha pequeno ou desequilibrado: as regras das sugestões."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from atividade.sugestoes_de_carteira import parametros_da_carteira
from carteira.web.acesso import exige
from carteira.web.formularios_de_carteira import ParametrosForm, RegraForm
from carteira.web.limites import com_empresa
from carteira.web.lugares_das_carteiras import abas
from carteira.web.uma_por_vez import uma_por_vez
from clientes.atribuicao import apagar_regra, salvar_parametros, salvar_regra
from clientes.models import RegraDeAtribuicao
from contas.equipes import vendedores_geridos
from contas.escopo import empresas_de
from contas.models import Empresa
from contas.papeis import Permissao


@exige(Permissao.GERIR_PESSOAS)
@com_empresa
@uma_por_vez()
def regras(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    form = ParametrosForm(
        request.POST if request.method == "POST" else None, instance=parametros_da_carteira(empresa)
    )
    if request.method == "POST" and form.is_valid():
        salvar_parametros(parametros=form.instance, por=request.user)
        messages.success(request, "Números salvos; as sugestões já seguem por eles.")
        return redirect(request.get_full_path())
    contexto = {
        "abas": abas(request, "regras"),
        "empresa": empresa,
        "empresas": empresas_de(request.user).order_by("codigo"),
        "form": form,
        "regras": RegraDeAtribuicao.objects.filter(empresa=empresa)
        .select_related("segmento")
        .prefetch_related("vendedores"),
    }
    return render(request, "carteiras/regras.html", contexto, status=422 if form.errors else 200)


@exige(Permissao.GERIR_PESSOAS)
@com_empresa
def nova(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    ultima = RegraDeAtribuicao.objects.filter(empresa=empresa).order_by("-ordem").first()
    return _salvar(request, RegraDeAtribuicao(empresa=empresa, ordem=ultima.ordem + 1 if ultima else 1))


@exige(Permissao.GERIR_PESSOAS)
@uma_por_vez(RegraDeAtribuicao)
def editar(request: HttpRequest, pk: int) -> HttpResponse:
    return _salvar(request, _regra(request, pk))


def _regra(request: HttpRequest, pk: int) -> RegraDeAtribuicao:
    return get_object_or_404(
        RegraDeAtribuicao.objects.select_related("empresa"), pk=pk, empresa__in=empresas_de(request.user)
    )


def _salvar(request: HttpRequest, regra: RegraDeAtribuicao) -> HttpResponse:
    form = RegraForm(
        request.POST if request.method == "POST" else None,
        instance=regra,
        empresa=regra.empresa,
        vendedores=vendedores_geridos(request.user, timezone.localdate()),
    )
    if request.method == "POST" and form.is_valid():
        salvar_regra(regra=form.instance, vendedores=list(form.cleaned_data["vendedores"]), por=request.user)
        messages.success(request, "Regra salva.")
        return _as_regras(regra)
    contexto: dict[str, Any] = {"abas": abas(request, "regras"), "form": form, "regra": regra}
    return render(request, "carteiras/regra.html", contexto, status=422 if form.errors else 200)


def _as_regras(regra: RegraDeAtribuicao) -> HttpResponse:
    resposta = redirect("carteiras:regras")
    resposta["Location"] += f"?empresa={regra.empresa_id}"
    return resposta


@require_POST
@exige(Permissao.GERIR_PESSOAS)
def apagar(request: HttpRequest, pk: int) -> HttpResponse:
    regra = _regra(request, pk)
    apagar_regra(regra=regra, por=request.user)
    messages.success(request, "Regra apagada. Quem já foi transferido fica onde está.")
    return _as_regras(regra)


urlpatterns = [
    path("regras/", regras, name="regras"),
    path("regras/nova/", nova, name="regra_nova"),
    path("regras/<int:pk>/", editar, name="regra"),
    path("regras/<int:pk>/apagar/", apagar, name="regra_apagar"),
]
