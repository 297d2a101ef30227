"""Os gestos sobre uma lista: encerrar, reabrir, duplicar, apagar (com volta), exclusões, tirar alguém."""

from datetime import datetime

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from carteira.formatos import numero, plural
from carteira.listas import duplicar
from carteira.web.acesso import exige
from carteira.web.contatos import responder
from carteira.web.formularios_de_lista import ExclusaoForm
from carteira.web.listas_comuns import lista_gerida, lista_visivel, membros_de
from carteira.web.voltas import PrazoPassado, do_bilhete, passou
from clientes.exclusoes import rotulo
from clientes.listas import (
    Inclusao,
    ListaInvalida,
    apagar,
    desapagar,
    desfazer_inclusao,
    encerrar,
    incluir,
    ligar_exclusao,
    pode_gerir,
    reabrir,
    tirar,
)
from clientes.models import ListaDeTrabalho
from contas.escopo import empresas_de
from contas.papeis import Permissao


@require_POST
@exige(Permissao.GERIR_LISTAS)
def encerramento(request: HttpRequest, pk: int) -> HttpResponse:
    lista = lista_gerida(request, pk)
    if encerrar(lista=lista, por=request.user):
        messages.success(request, f"Lista “{lista}” encerrada; o resultado fica como está.")
    return redirect("listas:abrir", pk=pk)


@require_POST
@exige(Permissao.GERIR_LISTAS)
def reabertura(request: HttpRequest, pk: int) -> HttpResponse:
    lista = lista_gerida(request, pk)
    try:
        if reabrir(lista=lista, por=request.user, hoje=timezone.localdate()):
            messages.success(request, f"Lista “{lista}” reaberta.")
    except ListaInvalida as erro:
        messages.error(request, str(erro))
    return redirect("listas:abrir", pk=pk)


@require_POST
@exige(Permissao.GERIR_LISTAS)
def copia(request: HttpRequest, pk: int) -> HttpResponse:
    """Quem vê uma lista pode fazer outra igual para si."""
    lista = lista_visivel(request, pk)
    try:
        nova = duplicar(lista, por=request.user, hoje=timezone.localdate())
    except ValueError as erro:
        messages.error(request, str(erro))
        return redirect("listas:abrir", pk=pk)
    messages.success(request, f"Cópia feita: confira o nome e as datas de “{nova}”.")
    return redirect("listas:editar", pk=nova.pk)


@require_POST
@exige(Permissao.GERIR_LISTAS)
def exclusao(request: HttpRequest, pk: int) -> HttpResponse:
    lista = lista_gerida(request, pk)
    apagar(lista=lista, por=request.user)
    volta = reverse("listas:desapagar", args=[pk])
    return render(request, "listas/apagada.html", {"lista": lista, "volta": volta})


@require_POST
@exige(Permissao.GERIR_LISTAS)
def volta(request: HttpRequest, pk: int) -> HttpResponse:
    """A apagada não se vê por nenhuma porta, menos esta: a de quem a geria."""
    apagadas = ListaDeTrabalho.objects.filter(empresa__in=empresas_de(request.user))
    lista = get_object_or_404(apagadas, pk=pk)
    if lista.apagada_em is None:
        lista_visivel(request, pk)
    if not pode_gerir(lista, request.user):
        raise PermissionDenied("Só quem gere esta lista a traz de volta.")
    try:
        desapagar(lista=lista, por=request.user)
    except ListaInvalida as erro:
        messages.error(request, f"{erro} Mude o nome da outra antes.")
        return redirect("listas:indice")
    messages.success(request, f"Lista “{lista}” de volta.")
    return redirect("listas:abrir", pk=pk)


@require_POST
@exige(Permissao.GERIR_LISTAS)
def mudar_exclusao(request: HttpRequest, pk: int) -> HttpResponse:
    """Liga ou desliga uma das exclusões padrão desta lista."""
    lista, form = lista_gerida(request, pk), ExclusaoForm(request.POST)
    if form.is_valid():
        motivo, ligada = form.cleaned_data["motivo"], form.cleaned_data["ligada"]
        if ligar_exclusao(lista=lista, motivo=motivo, ligada=ligada, por=request.user):
            oque = "voltaram a ficar de fora" if ligada else "passaram a ser chamados"
            nome = rotulo(motivo)
            messages.success(request, f"{nome[0].upper()}{nome[1:]} {oque} nesta lista.")
    else:
        messages.error(request, "Esta exclusão não se desliga.")
    return redirect(f"{reverse('listas:abrir', args=[pk])}#de-fora")


@require_POST
@exige(Permissao.GERIR_LISTAS)
def tirada(request: HttpRequest, pk: int, cliente: int) -> HttpResponse:
    """Um cliente sai de uma congelada; o aviso traz a volta."""
    lista = lista_gerida(request, pk)
    membro = get_object_or_404(membros_de(lista, request.user).select_related("cliente"), cliente=cliente)
    try:
        tirar(lista=lista, cliente=cliente, por=request.user, hoje=timezone.localdate())
    except ListaInvalida as erro:
        raise PermissionDenied(str(erro)) from erro
    return responder(
        request,
        reverse("listas:abrir", args=[pk]),
        f"{membro.cliente.nome} saiu da lista.",
        desfazer=reverse("listas:devolver", args=[pk, cliente]),
    )


@require_POST
@exige(Permissao.GERIR_LISTAS)
def devolvida(request: HttpRequest, pk: int, cliente: int) -> HttpResponse:
    lista = lista_gerida(request, pk)
    membro = get_object_or_404(membros_de(lista, request.user).select_related("cliente"), cliente=cliente)
    try:
        incluir(lista=lista, clientes=[cliente], por=request.user, hoje=timezone.localdate())
    except ListaInvalida as erro:
        raise PermissionDenied(str(erro)) from erro
    return responder(request, reverse("listas:abrir", args=[pk]), f"{membro.cliente.nome} voltou à lista.")


@require_POST
@exige(Permissao.GERIR_LISTAS)
def desinclusao(request: HttpRequest, pk: int) -> HttpResponse:
    """Os que entraram juntos saem juntos; o bilhete do aviso diz quais."""
    lista, destino = lista_gerida(request, pk), reverse("listas:abrir", args=[pk])
    try:
        de_qual, de, ate, novos_de, em = do_bilhete(request, "lista", request.GET.get("vale", ""))
    except PrazoPassado:
        return passou(request, destino)
    if de_qual != lista.pk:
        raise BadRequest("Este desfazer é de outra lista.")
    feita = Inclusao(0, de, ate, novos_de, datetime.fromisoformat(em))
    volta = desfazer_inclusao(lista=lista, feita=feita, por=request.user, hoje=timezone.localdate())
    ficam = "procurado desde então fica,procurados desde então ficam"
    partes = (
        (volta.sairam, "cliente saiu da lista,clientes saíram da lista"),
        (volta.procurados, ficam),
    )
    dito = "; ".join(f"{numero(n)} {plural(n, formas)}" for n, formas in partes if n)
    return responder(request, destino, f"{dito}." if dito else "Nada a desfazer.")


urlpatterns = [
    path("<int:pk>/encerrar/", encerramento, name="encerrar"),
    path("<int:pk>/reabrir/", reabertura, name="reabrir"),
    path("<int:pk>/duplicar/", copia, name="duplicar"),
    path("<int:pk>/apagar/", exclusao, name="apagar"),
    path("<int:pk>/desapagar/", volta, name="desapagar"),
    path("<int:pk>/exclusoes/", mudar_exclusao, name="exclusoes"),
    path("<int:pk>/desincluir/", desinclusao, name="desincluir"),
    path("<int:pk>/tirar/<int:cliente>/", tirada, name="tirar"),
    path("<int:pk>/devolver/<int:cliente>/", devolvida, name="devolver"),
]
