"""A agenda da pessoa: o atrasado em cima, hoje, a semana e o resto."""

from datetime import timedelta
from typing import Any

from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from carteira.formatos import data
from carteira.web.acesso import destino_seguro, exige
from carteira.web.contatos import formulario, responder
from carteira.web.formularios_de_cliente import AgendarForm
from clientes.agenda import (
    cancelar_agendamento,
    concluir_agendamento,
    reabrir_agendamento,
    remarcar_agendamento,
)
from clientes.models import Agendamento
from contas.papeis import Permissao

MAXIMO = 300


class RemarcarForm(AgendarForm):
    """Remarcar só muda o quando."""

    tipo = nota = None  # type: ignore[assignment]


@exige(Permissao.REGISTRAR_CONTATO)
def lista(request: HttpRequest) -> HttpResponse:
    """Só o que é da pessoa, e só de clientes que ela ainda vê."""
    hoje = timezone.localdate()
    semana = hoje + timedelta(days=7)
    abertos = Agendamento.objects.visiveis_para(request.user).filter(
        responsavel=request.user, concluido_em__isnull=True, cancelado_em__isnull=True
    )
    abertos = abertos.select_related("cliente__indicadores").order_by(
        "em", F("hora").asc(nulls_last=True), "id"
    )
    todos = list(abertos[: MAXIMO + 1])
    grupos: list[dict[str, Any]] = [
        {"titulo": "Atrasados", "tom": "alerta", "itens": [a for a in todos if a.em < hoje]},
        {"titulo": "Hoje", "itens": [a for a in todos if a.em == hoje]},
        {"titulo": "Próximos 7 dias", "itens": [a for a in todos if hoje < a.em <= semana]},
        {"titulo": "Mais adiante", "itens": [a for a in todos if a.em > semana]},
    ]
    contexto = {
        "grupos": [g for g in grupos if g["itens"]],
        "hoje": hoje,
        "total": len(todos),
        "maximo": MAXIMO,
    }
    alvo = (
        "clientes/_agenda.html"
        if request.htmx and request.htmx.target == "agenda"
        else "clientes/agenda.html"
    )
    return render(request, alvo, contexto)


def _meu(request: HttpRequest, pk: int) -> Agendamento:
    """O agendamento de um cliente que a pessoa vê e que é dela ou foi ela que marcou."""
    visiveis = Agendamento.objects.visiveis_para(request.user).select_related("cliente", "responsavel")
    return get_object_or_404(visiveis, pk=pk)


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def concluir(request: HttpRequest, pk: int) -> HttpResponse:
    agendamento = _meu(request, pk)
    concluir_agendamento(agendamento=agendamento)
    return _fim(
        request, agendamento, f"{agendamento.get_tipo_display()} com {agendamento.cliente} concluída."
    )


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def cancelar(request: HttpRequest, pk: int) -> HttpResponse:
    agendamento = _meu(request, pk)
    cancelar_agendamento(agendamento=agendamento)
    return _fim(request, agendamento, f"Agendamento com {agendamento.cliente} cancelado.")


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def reabrir(request: HttpRequest, pk: int) -> HttpResponse:
    agendamento = _meu(request, pk)
    reabrir_agendamento(agendamento=agendamento)
    return responder(request, destino_seguro(request, reverse("agenda:lista")), "De volta à agenda.")


def _fim(request: HttpRequest, agendamento: Agendamento, texto: str) -> HttpResponse:
    desfazer = reverse("agenda:reabrir", args=[agendamento.pk])
    return responder(request, destino_seguro(request, reverse("agenda:lista")), texto, desfazer=desfazer)


@exige(Permissao.REGISTRAR_CONTATO)
def remarcar(request: HttpRequest, pk: int) -> HttpResponse:
    agendamento = _meu(request, pk)
    form = RemarcarForm(request.POST or None, initial={"em": agendamento.em, "hora": agendamento.hora})
    if request.method == "POST" and form.is_valid():
        remarcar_agendamento(
            agendamento=agendamento, para=form.cleaned_data["em"], hora=form.cleaned_data["hora"]
        )
        destino = destino_seguro(request, reverse("agenda:lista"))
        return responder(
            request, destino, f"Remarcado para {data(form.cleaned_data['em'], '%d/%m')}.", fechar=True
        )
    return formulario(request, agendamento.cliente, form, titulo="Remarcar", rotulo="Remarcar")


urlpatterns = [
    path("", lista, name="lista"),
    path("<int:pk>/concluir/", concluir, name="concluir"),
    path("<int:pk>/remarcar/", remarcar, name="remarcar"),
    path("<int:pk>/cancelar/", cancelar, name="cancelar"),
    path("<int:pk>/reabrir/", reabrir, name="reabrir"),
]
