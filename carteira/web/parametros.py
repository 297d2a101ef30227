"""Janelas, limites de cálculo, o que conta como compra e os nomes das situações: mudar, com motivo, e desfazer."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_POST

from atividade.limiares import regra_da_empresa
from atividade.parametros import (
    ACOES,
    CAMPOS,
    PEDEM_RECALCULO,
    SITUACOES,
    desfazer_mudanca,
    mudancas_de,
    mudar_parametros,
    parametros_de,
)
from atividade.regras import RegraInvalida
from atividade.rotulos import mudar_rotulos
from carteira.recalculos import pedir_recalculo
from carteira.reescritas import pedir_reescrita
from carteira.web.acesso import destino_seguro, exige
from carteira.web.configurar import mostrar
from carteira.web.formularios_de_atividade import (
    ParametrosForm,
    RegraForm,
    RotulosForm,
    SituacoesForm,
    limites_iniciais,
)
from carteira.web.limites import com_empresa, endereco, hoje_da
from carteira.web.uma_por_vez import uma_por_vez
from clientes.compras import mudar_situacoes_que_contam
from contas.models import Empresa
from contas.papeis import Permissao

_RECALCULA = " A carteira está sendo recalculada."


@require_POST
@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
@uma_por_vez()
def salvar_parametros(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """Janelas e limites de cálculo; mudar algum pede recálculo."""
    form = ParametrosForm(request.POST, instance=parametros_de(empresa), auto_id="id_parametros_%s")
    if form.is_valid():
        try:
            with transaction.atomic():
                mudados = mudar_parametros(
                    empresa=empresa,
                    valores={c: form.cleaned_data[c] for c in CAMPOS},
                    por=request.user,
                    motivo=form.cleaned_data["motivo"],
                )
                if mudados & PEDEM_RECALCULO:
                    pedir_recalculo(empresa=empresa, por=request.user)
        except ValidationError as recusa:
            form.add_error(None, recusa)
        else:
            messages.success(request, _dizer_salvos(mudados))
            return redirect(endereco(empresa))
    return _com_erro(request, empresa, parametros_form=form)


def _dizer_salvos(mudados: set[str]) -> str:
    if not mudados:
        return "Nada mudou."
    return f"Parâmetros salvos.{_RECALCULA if mudados & PEDEM_RECALCULO else ''}"


@require_POST
@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def salvar_situacoes(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """Que pedidos contam como compra; os pedidos são reescritos em segundo plano antes do recálculo."""
    form = SituacoesForm(request.POST, auto_id="id_situacoes_%s")
    if not form.is_valid():
        return _com_erro(request, empresa, situacoes_form=form)
    with transaction.atomic():
        mudou = mudar_situacoes_que_contam(
            empresa=empresa,
            situacoes=form.cleaned_data["situacoes"],
            por=request.user,
            motivo=form.cleaned_data["motivo"],
        )
        if mudou:
            pedir_reescrita(empresa)
            pedir_recalculo(empresa=empresa, por=request.user)
    messages.success(
        request,
        "Escolha salva. Os pedidos e a carteira estão sendo recalculados." if mudou else "Nada mudou.",
    )
    return redirect(endereco(empresa))


@require_POST
@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def salvar_rotulos(request: HttpRequest, *, empresa: Empresa) -> HttpResponse:
    """Como a empresa chama cada situação: só nomes, nada se recalcula."""
    form = RotulosForm(request.POST, auto_id="id_rotulos_%s")
    if form.is_valid():
        try:
            mudou = mudar_rotulos(
                empresa=empresa, rotulos=form.rotulos, por=request.user, motivo=form.cleaned_data["motivo"]
            )
        except RegraInvalida as recusa:
            form.add_error(None, str(recusa))
        else:
            messages.success(request, "Nomes salvos." if mudou else "Nada mudou.")
            return redirect(endereco(empresa))
    return _com_erro(request, empresa, rotulos_form=form)


@require_POST
@exige(Permissao.CONFIGURAR_ATIVIDADE)
@com_empresa
def desfazer_parametros(request: HttpRequest, *, empresa: Empresa, pk: int) -> HttpResponse:
    """Volta os parâmetros, ou o que conta como compra, ao que eram antes da última mudança."""
    registro = get_object_or_404(mudancas_de(empresa, *ACOES), pk=pk)
    try:
        with transaction.atomic():
            recalcula = desfazer_mudanca(empresa=empresa, registro=registro, por=request.user)
            if recalcula and registro.acao == SITUACOES:
                pedir_reescrita(empresa)
            if recalcula:
                pedir_recalculo(empresa=empresa, por=request.user)
        messages.success(request, f"Mudança desfeita.{_RECALCULA if recalcula else ''}")
    except RegraInvalida as recusa:
        messages.error(request, str(recusa))
    return redirect(destino_seguro(request, endereco(empresa)))


def _com_erro(request: HttpRequest, empresa: Empresa, **forms: Any) -> HttpResponse:
    geral = regra_da_empresa(empresa, hoje_da(empresa))
    form = RegraForm(initial=limites_iniciais(geral.regra) | {"vigente_desde": timezone.localdate()})
    return mostrar(request, empresa, geral, form=form, codigo=422, **forms)


urlpatterns = [
    path("parametros/", salvar_parametros, name="parametros"),
    path("parametros/<int:pk>/desfazer/", desfazer_parametros, name="parametros_desfazer"),
    path("situacoes/", salvar_situacoes, name="situacoes"),
    path("rotulos/", salvar_rotulos, name="rotulos"),
]
