"""Os contatos que ficaram por responder: os da pessoa, os de um cliente, e fechá-los com uma nota."""

from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from carteira.web.acesso import cliente_visivel, destino_seguro, exige
from carteira.web.contatos import formulario, responder
from clientes.models import Cliente, Contato
from clientes.relacionamento import RelacionamentoInvalido, fechar_contato, reabrir_contato
from contas.papeis import Permissao, pode

POR_PAGINA = 50


class FecharForm(forms.Form):
    nota = forms.CharField(
        label="O que se respondeu",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "placeholder": "Ex.: mandei a ficha técnica por e-mail"}),
    )


def _abertos(request: HttpRequest) -> QuerySet[Contato]:
    """O mais antigo primeiro: é o que espera há mais tempo."""
    abertos: QuerySet[Contato] = Contato.objects.visiveis_para(request.user).filter(
        fechado_em__isnull=True, desfeito_em__isnull=True
    )
    return abertos.select_related("cliente", "ocorrencia", "atendente").order_by("em", "pk")


@exige(Permissao.REGISTRAR_CONTATO)
def lista(request: HttpRequest) -> HttpResponse:
    """Os da pessoa; com `de=todos`, os de todos os clientes que ela vê."""
    de_todos = request.GET.get("de") == "todos"
    abertos = _abertos(request) if de_todos else _abertos(request).filter(atendente=request.user)
    endereco = reverse("contatos:em_aberto")
    contexto = {
        "pagina": Paginator(abertos, POR_PAGINA).get_page(request.GET.get("pagina")),
        "hoje": timezone.localdate(),
        "pode_registrar": True,
        "com_cliente": True,
        "abas": [
            {"rotulo": "Meus", "url": endereco, "atual": not de_todos},
            {"rotulo": "De todos", "url": f"{endereco}?de=todos", "atual": de_todos},
        ],
    }
    so_a_lista = request.htmx and request.htmx.target == "em-aberto"
    return render(request, "contatos/_lista.html" if so_a_lista else "contatos/em_aberto.html", contexto)


@exige(Permissao.VER_CLIENTES)
def do_cliente(request: HttpRequest, pk: int) -> HttpResponse:
    """Os do cliente: um pedaço da ficha, ou uma página para quem está sem JavaScript."""
    cliente = cliente_visivel(request, pk)
    contexto = {
        "cliente": cliente,
        "abertos": _abertos(request).filter(cliente=cliente)[:POR_PAGINA],
        "hoje": timezone.localdate(),
        "pode_registrar": pode(request.user, Permissao.REGISTRAR_CONTATO),
    }
    modelo = "contatos/_do_cliente.html" if request.htmx else "contatos/do_cliente.html"
    return render(request, modelo, contexto)


def _do_cliente(request: HttpRequest, pk: int, contato_pk: int) -> tuple[Cliente, Contato]:
    cliente = cliente_visivel(request, pk)
    return cliente, get_object_or_404(Contato, pk=contato_pk, cliente=cliente, desfeito_em__isnull=True)


@exige(Permissao.REGISTRAR_CONTATO)
def fechar(request: HttpRequest, pk: int, contato_pk: int) -> HttpResponse:
    cliente, contato = _do_cliente(request, pk, contato_pk)
    form = FecharForm(request.POST if request.method == "POST" else None, auto_id="fechar_%s")
    if request.method == "POST" and form.is_valid():
        try:
            fechou = fechar_contato(contato=contato, por=request.user, nota=form.cleaned_data["nota"])
        except RelacionamentoInvalido as recusa:
            form.add_error("nota", str(recusa))
        else:
            return _fim(request, cliente, contato, fechou)
    titulo: dict[str, Any] = {"titulo": "Fechar contato", "rotulo": "Fechar", "texto": contato.observacao}
    return formulario(request, cliente, form, **titulo)


def _fim(request: HttpRequest, cliente: Cliente, contato: Contato, fechou: bool) -> HttpResponse:
    destino = destino_seguro(request, reverse("clientes:ficha", args=[cliente.pk]))
    if not fechou:
        return responder(request, destino, "Este contato já estava fechado.", fechar=True)
    desfazer = reverse("clientes:contato_reabrir", args=[cliente.pk, contato.pk])
    texto = f"Contato com {cliente.nome} fechado."
    return responder(request, destino, texto, desfazer=desfazer, fechar=True)


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def reabrir(request: HttpRequest, pk: int, contato_pk: int) -> HttpResponse:
    cliente, contato = _do_cliente(request, pk, contato_pk)
    reabrir_contato(contato=contato, por=request.user)
    destino = destino_seguro(request, reverse("clientes:ficha", args=[cliente.pk]))
    return responder(request, destino, "O contato voltou a ficar em aberto.")


urlpatterns = [path("em-aberto/", lista, name="em_aberto")]
do_cliente_urlpatterns = [
    path("<int:pk>/em-aberto/", do_cliente, name="em_aberto"),
    path("<int:pk>/contato/<int:contato_pk>/fechar/", fechar, name="contato_fechar"),
    path("<int:pk>/contato/<int:contato_pk>/reabrir/", reabrir, name="contato_reabrir"),
]
