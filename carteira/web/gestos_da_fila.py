"""Os gestos da fila que não são um contato: agora não, adiar, desfazer, ir ao próximo e trocar a ordem."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import push_url, retarget, trigger_client_event

from carteira.formatos import data
from carteira.web.acesso import cliente_visivel, exige
from carteira.web.contatos import formulario, responder
from carteira.web.formularios_de_cliente import AdiarForm
from carteira.web.ordem_da_fila import ordem_da_url
from carteira.web.televendas import ao_proximo, endereco_da_fila, mostrar, segmento_da_url
from clientes.decisoes_da_fila import (
    DecisaoRecusada,
    adiar_na_fila,
    deixar_para_o_fim,
    desfazer_decisao,
)
from clientes.models import DecisaoDaFila
from clientes.televendas import contatos_do_dia, soltar
from contas.models import OrdemDaFila
from contas.papeis import Permissao


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def agora_nao(request: HttpRequest, pk: int) -> HttpResponse:
    """Volta para o fim da fila do dia de quem pulou, em qualquer aparelho; para os outros, está onde estava."""
    cliente = cliente_visivel(request, pk)
    motivo = request.POST.get("outro", "").strip() or request.POST.get("motivo", "")
    try:
        decisao = deixar_para_o_fim(
            cliente=cliente, pessoa=request.user, motivo=motivo, hoje=timezone.localdate()
        )
    except DecisaoRecusada as recusa:
        if not request.htmx:
            messages.error(request, str(recusa))
            return redirect(endereco_da_fila(segmento_da_url(request), ordem_da_url(request)))
        return _avisar(HttpResponse(status=204), str(recusa), tipo="error")
    soltar(pessoa=request.user, cliente=pk)
    texto = f"{cliente.nome} foi para o fim da fila de hoje: {decisao.motivo}."
    return ao_proximo(request, {"texto": texto, "desfazer": _desfazer(decisao)})


def _avisar(resposta: HttpResponse, texto: str, **mais: str) -> HttpResponse:
    return trigger_client_event(resposta, "avisar", {"texto": texto, **mais})


def _desfazer(decisao: DecisaoDaFila) -> str:
    return reverse("fila:desfazer", args=[decisao.cliente_id, decisao.pk])


@exige(Permissao.REGISTRAR_CONTATO)
def adiar(request: HttpRequest, pk: int) -> HttpResponse:
    """Adia com data e motivo: o cliente sai da fila de todos e volta sozinho no dia."""
    cliente = cliente_visivel(request, pk)
    form = AdiarForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        decisao = adiar_na_fila(
            cliente=cliente,
            pessoa=request.user,
            ate=form.cleaned_data["ate"],
            motivo=form.cleaned_data["motivo"],
            hoje=timezone.localdate(),
        )
        soltar(pessoa=request.user, cliente=pk)
        texto = f"{cliente.nome} volta à fila em {data(decisao.ate)}."
        resposta = ao_proximo(request, {"texto": texto, "desfazer": _desfazer(decisao)})
        if request.htmx:  # o formulário é do diálogo, e quem se refaz é a fila
            trigger_client_event(retarget(resposta, "#fila"), "fecharDialogo", {})
        return resposta
    texto = "Sai da fila de todos até o dia e volta sozinho."
    return formulario(request, cliente, form, titulo="Adiar", rotulo="Adiar e ir ao próximo", texto=texto)


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def desfazer(request: HttpRequest, pk: int, decisao_pk: int) -> HttpResponse:
    """O cliente volta ao lugar dele na fila."""
    cliente = cliente_visivel(request, pk)
    decisao = get_object_or_404(DecisaoDaFila, pk=decisao_pk, cliente=cliente)
    try:
        desfazer_decisao(decisao=decisao, por=request.user, hoje=timezone.localdate())
    except DecisaoRecusada as recusa:
        raise PermissionDenied(str(recusa)) from recusa
    destino = f"{reverse('fila:atender')}?cliente={pk}"
    return responder(request, destino, f"{cliente.nome} voltou ao lugar dele na fila.")


@require_safe
@exige(Permissao.REGISTRAR_CONTATO)
def ja_feito(request: HttpRequest, pk: int) -> HttpResponse:
    """O que já se registrou hoje com quem está sendo atendido (um e-mail, uma conversa), e o passo ao próximo."""
    cliente = cliente_visivel(request, pk)
    proximo = endereco_da_fila(segmento_da_url(request), ordem_da_url(request))
    contexto = {
        "cliente": cliente,
        "feito": _feito_hoje(request, pk),
        "proximo": proximo,
        "consulta": proximo.partition("?")[2],
    }
    return render(request, "fila/_ja_feito.html", contexto)


def _feito_hoje(request: HttpRequest, pk: int) -> Any:
    """O último contato de hoje da pessoa com o cliente."""
    dela = contatos_do_dia(timezone.localdate()).filter(atendente=request.user, cliente=pk)
    return dela.select_related("ocorrencia").order_by("em", "pk").last()


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def ordem(request: HttpRequest) -> HttpResponse:
    """Guarda a ordem que a pessoa prefere e refaz a fila por ela."""
    pedida = request.POST.get("ordem", "")
    if pedida in OrdemDaFila.values:
        request.user.ordem_da_fila = pedida
        request.user.save(update_fields=["ordem_da_fila"])
    destino = endereco_da_fila(segmento_da_url(request), request.user.ordem_da_fila)
    if not request.htmx:
        return redirect(destino)
    request.GET = request.GET.copy()  # type: ignore[assignment]
    request.GET["ordem"] = request.user.ordem_da_fila
    return push_url(mostrar(request), destino)


urlpatterns = [
    path("ordem/", ordem, name="ordem"),
    path("<int:pk>/agora-nao/", agora_nao, name="agora_nao"),
    path("<int:pk>/adiar/", adiar, name="adiar"),
    path("<int:pk>/decisao/<int:decisao_pk>/desfazer/", desfazer, name="desfazer"),
    path("<int:pk>/ja-feito/", ja_feito, name="ja_feito"),
]
