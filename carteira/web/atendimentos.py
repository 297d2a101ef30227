"""Atendimentos pela ficha: ver os abertos e os resolvidos, abrir, fechar e reabrir."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from carteira.web.acesso import cliente_visivel, exige
from carteira.web.contatos import formulario
from carteira.web.formularios_da_ficha import AtendimentoForm, FecharAtendimentoForm
from carteira.web.paineis import gravado, mostrar
from clientes import atendimentos
from clientes.models import Atendimento, Cliente
from contas.papeis import Permissao

RESOLVIDOS_NA_TELA = 5


@exige(Permissao.VER_CLIENTES)
def atendimentos_do_cliente(request: HttpRequest, pk: int) -> HttpResponse:
    """Os abertos, todos; dos resolvidos, os últimos (a história tem os outros)."""
    cliente = cliente_visivel(request, pk)
    dele = Atendimento.objects.filter(cliente=cliente).select_related("aberto_por")
    abertos = list(dele.filter(fechado_em__isnull=True).order_by("aberto_em", "pk"))
    fechados = list(
        dele.filter(fechado_em__isnull=False).order_by("-fechado_em", "-pk")[: RESOLVIDOS_NA_TELA + 1]
    )
    return mostrar(
        request,
        cliente,
        "atendimentos",
        "Atendimentos",
        abertos=abertos,
        fechados=fechados[:RESOLVIDOS_NA_TELA],
        ha_mais=len(fechados) > RESOLVIDOS_NA_TELA,
    )


@exige(Permissao.REGISTRAR_CONTATO)
def novo(request: HttpRequest, pk: int) -> HttpResponse:
    cliente = cliente_visivel(request, pk)
    form = AtendimentoForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        aberto = atendimentos.abrir(cliente, por=request.user, **form.cleaned_data)
        return _feito(request, cliente, f"Atendimento {aberto.numero} aberto.")
    return formulario(request, cliente, form, titulo="Abrir atendimento", rotulo="Abrir")


@exige(Permissao.REGISTRAR_CONTATO)
def fechar(request: HttpRequest, pk: int, atendimento_pk: int) -> HttpResponse:
    cliente, atendimento = _alvo(request, pk, atendimento_pk)
    form = FecharAtendimentoForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            fechou = atendimentos.fechar(
                atendimento=atendimento, solucao=form.cleaned_data["solucao"], por=request.user
            )
        except atendimentos.AtendimentoInvalido as erro:
            form.add_error(None, str(erro))
        else:
            fim = "fechado" if fechou else "já estava fechado"
            volta = reverse("clientes:atendimento_reabrir", args=[pk, atendimento_pk]) if fechou else ""
            return _feito(request, cliente, f"Atendimento {atendimento.numero} {fim}.", desfazer=volta)
    return formulario(
        request,
        cliente,
        form,
        titulo=f"Fechar atendimento {atendimento.numero}",
        rotulo="Fechar atendimento",
        texto=atendimento.assunto,
    )


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def reabrir(request: HttpRequest, pk: int, atendimento_pk: int) -> HttpResponse:
    cliente, atendimento = _alvo(request, pk, atendimento_pk)
    try:
        atendimentos.reabrir(atendimento=atendimento, por=request.user)
    except atendimentos.AtendimentoInvalido as erro:
        return _feito(request, cliente, str(erro))
    return _feito(request, cliente, f"Atendimento {atendimento.numero} reaberto.")


def _alvo(request: HttpRequest, pk: int, atendimento_pk: int) -> tuple[Cliente, Any]:
    cliente = cliente_visivel(request, pk)
    return cliente, get_object_or_404(Atendimento.objects.filter(cliente=cliente), pk=atendimento_pk)


def _feito(request: HttpRequest, cliente: Cliente, texto: str, *, desfazer: str = "") -> HttpResponse:
    return gravado(request, cliente, texto, "atendimentoMudou", "atendimentos", desfazer=desfazer)


urlpatterns = [
    path("<int:pk>/atendimentos/", atendimentos_do_cliente, name="atendimentos"),
    path("<int:pk>/atendimentos/novo/", novo, name="atendimento_novo"),
    path("<int:pk>/atendimentos/<int:atendimento_pk>/fechar/", fechar, name="atendimento_fechar"),
    path("<int:pk>/atendimentos/<int:atendimento_pk>/reabrir/", reabrir, name="atendimento_reabrir"),
]
