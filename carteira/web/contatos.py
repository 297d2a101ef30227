"""Registrar contato, desfazer, abrir o WhatsApp e agendar: os gestos que a ficha e a lista têm em comum."""

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from carteira.web.acesso import cliente_visivel, destino_seguro, exige
from carteira.web.formulario_de_contato import ContatoForm
from carteira.web.frases_da_agenda import frase_do_contato
from carteira.web.voltas import dizer
from clientes.canais import com_telefones
from clientes.models import Cliente, Contato, OrigemDoContato
from clientes.relacionamento import (
    RelacionamentoInvalido,
    ja_registrado,
    registrar_contato,
)
from contas.papeis import Permissao
from notificacoes.ao_cliente import desfazer

_MODELOS = {"dialogo": "clientes/_contato_dialogo.html", "ficha": "clientes/_contato_ficha.html"}
_PAGINA = "clientes/contato.html"


def responder(
    request: HttpRequest, destino: str, texto: str, *, desfazer: str = "", fechar: bool = False
) -> HttpResponse:
    """Fim de um gesto: com htmx, aviso com desfazer e a tela se refaz; sem, mensagem e volta."""
    if not request.htmx:
        dizer(request, texto, desfazer=desfazer)
        return redirect(destino)
    resposta = HttpResponse(status=204)
    aviso = {"texto": texto, **({"desfazer": desfazer} if desfazer else {})}
    trigger_client_event(resposta, "avisar", aviso)
    trigger_client_event(resposta, "contatoMudou", {})
    return trigger_client_event(resposta, "fecharDialogo", {}) if fechar else resposta


@exige(Permissao.REGISTRAR_CONTATO)
def contato(request: HttpRequest, pk: int) -> HttpResponse:
    """O formulário (diálogo, ficha ou página) e o envio dele; errado, volta com o que foi escrito."""
    cliente = cliente_visivel(request, pk)
    origem = request.POST.get("origem") or ("dialogo" if request.htmx else "pagina")
    # Quem vem de uma lista de trabalho já traz a campanha dela.
    form = ContatoForm(
        request.POST or None, cliente=cliente, initial={"campanha": request.GET.get("campanha")}
    )
    if request.method == "POST":
        try:
            feito = de_antes(request, cliente) or _gravar(request, cliente, form)
        except RelacionamentoInvalido as erro:
            form = recusado(request, cliente, erro)
        else:
            if feito:
                return _registrado(request, cliente, feito, origem)
    modelo = _MODELOS.get(origem, _PAGINA) if request.htmx else _PAGINA
    if modelo == _PAGINA:
        com_telefones([cliente])
    contexto = {"cliente": cliente, "form": form, "origem": origem, "pode_registrar": True}
    return render(request, modelo, contexto, status=422 if form.is_bound else 200)


def recusado(request: HttpRequest, cliente: Cliente, erro: RelacionamentoInvalido) -> ContatoForm:
    """O mesmo formulário, com o que foi escrito, o motivo da recusa e outra chave para tentar de novo."""
    escrito = request.POST.copy()
    escrito["chave"] = str(uuid.uuid4())
    form = ContatoForm(escrito, cliente=cliente)
    form.is_valid()
    form.recusar(erro)
    return form


def de_antes(request: HttpRequest, cliente: Cliente) -> Contato | None:
    """O que já se registrou com esta chave vale, ainda que o formulário de hoje o recusasse.

    Quem reenvia porque a resposta se perdeu não pode ouvir que a campanha acabou.
    """
    try:
        chave = uuid.UUID(request.POST.get("chave", ""))
    except ValueError:
        return None
    return ja_registrado(chave=chave, cliente=cliente, por=request.user)


def _gravar(request: HttpRequest, cliente: Cliente, form: ContatoForm) -> Contato | None:
    if not form.is_valid():
        return None
    origem = OrigemDoContato.SEM_SINAL if form.cleaned_data["digitado_em"] else OrigemDoContato.TELA
    return registrar_contato(cliente=cliente, por=request.user, origem=origem, **form.dados())


def dizer_registrado(feito: Contato) -> str:
    """O que o registro fez, numa linha: com quem, o próximo, o atendimento aberto."""
    partes = [f"Contato com {feito.cliente.nome} registrado."]
    if atendimento := feito.atendimentos.first():
        partes.append(f"Atendimento {atendimento.numero} aberto.")
    if na_agenda := frase_do_contato(feito):
        partes.append(na_agenda)
    if feito.fechado_em is None:
        partes.append("Ficou em aberto.")
    return " ".join(partes)


def _registrado(request: HttpRequest, cliente: Cliente, feito: Contato, origem: str) -> HttpResponse:
    desfazer = reverse("clientes:contato_desfazer", args=[cliente.pk, feito.pk])
    destino = destino_seguro(request, reverse("clientes:ficha", args=[cliente.pk]))
    texto = dizer_registrado(feito)
    resposta = responder(request, destino, texto, desfazer=desfazer, fechar=origem == "dialogo")
    if not (request.htmx and origem == "ficha"):
        return resposta
    form = ContatoForm(cliente=cliente)
    contexto = {"cliente": cliente, "form": form, "origem": "ficha", "pode_registrar": True}
    limpo = render(request, _MODELOS["ficha"], contexto)
    limpo["HX-Trigger"] = resposta["HX-Trigger"]
    return limpo


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def contato_desfazer(request: HttpRequest, pk: int, contato_pk: int) -> HttpResponse:
    cliente = cliente_visivel(request, pk)
    feito = get_object_or_404(Contato.objects.select_related("cliente"), pk=contato_pk, cliente=cliente)
    try:
        desfazer(contato=feito, por=request.user)
    except RelacionamentoInvalido as erro:
        raise PermissionDenied(str(erro)) from erro
    destino = destino_seguro(request, reverse("clientes:ficha", args=[pk]))
    return responder(request, destino, "Contato desfeito.")


def formulario(request: HttpRequest, cliente: Cliente, form: Any, **contexto: Any) -> HttpResponse:
    """Um formulário curto sobre o cliente: miolo de diálogo com htmx, página sem."""
    modelo = "clientes/_formulario_dialogo.html" if request.htmx else "clientes/formulario.html"
    contexto |= {"cliente": cliente, "form": form, "acao": request.get_full_path()}
    return render(request, modelo, contexto, status=422 if form.is_bound else 200)


urlpatterns = [
    path("<int:pk>/contato/", contato, name="contato"),
    path("<int:pk>/contato/<int:contato_pk>/desfazer/", contato_desfazer, name="contato_desfazer"),
]
