"""O que se faz com um compromisso: abrir, concluir, cancelar, remarcar e decidir; tudo tem volta."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from carteira.formatos import data
from carteira.referencias import Referencias
from carteira.web.acesso import destino_seguro, exige
from carteira.web.compromissos import Compromisso, agendamento_visivel, formulario_de_dia
from carteira.web.contatos import formulario, responder
from carteira.web.formularios_da_agenda import RemarcarForm
from carteira.web.formularios_de_cliente import AdiarForm
from clientes.agenda import (
    adiar_com_o_cliente,
    cancelar_agendamento,
    concluir_agendamento,
    desfazer_mudanca,
    insistir,
    reabrir_agendamento,
    remarcar_agendamento,
)
from clientes.canais import com_telefones
from clientes.compromissos import uf_dos_feriados
from clientes.models import Agendamento, MudancaDeAgendamento
from clientes.pitch import atual as pitch_atual
from contas.papeis import Permissao

_JA_FECHADO = "Isto já estava resolvido: nada mudou."


def _responder(request: HttpRequest, texto: str, **resto: Any) -> HttpResponse:
    return responder(request, destino_seguro(request, reverse("agenda:lista")), texto, **resto)


@exige(Permissao.REGISTRAR_CONTATO)
def abrir(request: HttpRequest, pk: int) -> HttpResponse:
    """O compromisso por inteiro: o que dizer, por que ligar e o que já mudou nele."""
    agendamento = agendamento_visivel(request, pk)
    ultimo = pitch_atual(agendamento.cliente_id)
    contexto = {
        "c": Compromisso(agendamento, Referencias.de(request.user)),
        "cliente": agendamento.cliente,
        "pitch": agendamento.pitch or ultimo,
        "pitch_mais_novo": ultimo if agendamento.pitch and ultimo != agendamento.pitch else None,
        "mudancas": agendamento.mudancas.filter(desfeita_em__isnull=True).select_related("por"),
        "pode_registrar": True,
    }
    com_telefones([agendamento.cliente])
    return render(request, "agenda/_abrir.html" if request.htmx else "agenda/abrir.html", contexto)


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def concluir(request: HttpRequest, pk: int) -> HttpResponse:
    agendamento = agendamento_visivel(request, pk)
    if not concluir_agendamento(agendamento=agendamento):
        return _responder(request, _JA_FECHADO)
    texto = f"Feito: {agendamento.get_tipo_display()} com {agendamento.cliente.nome}."
    return _fim(request, agendamento, texto)


@exige(Permissao.REGISTRAR_CONTATO)
def cancelar(request: HttpRequest, pk: int) -> HttpResponse:
    """Numa série pergunta antes se é só este; `serie=1` acaba com ela."""
    agendamento = agendamento_visivel(request, pk)
    if request.method == "GET":
        modelo = "agenda/_cancelar.html" if request.htmx else "agenda/cancelar.html"
        contexto = {"a": agendamento, "cliente": agendamento.cliente}
        return render(
            request, modelo, contexto | {"voltar": destino_seguro(request, reverse("agenda:lista"))}
        )
    serie = "1" in (request.POST.get("serie"), request.GET.get("serie"))
    if not cancelar_agendamento(agendamento=agendamento, serie=serie):
        return _responder(request, _JA_FECHADO, fechar=True)
    nome = agendamento.cliente.nome
    acabou = serie and agendamento.recorrencia
    return _fim(
        request,
        agendamento,
        f"{'Série' if acabou else 'Agendamento'} com {nome} cancelad{'a' if acabou else 'o'}.",
    )


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def reabrir(request: HttpRequest, pk: int) -> HttpResponse:
    voltou = reabrir_agendamento(agendamento=agendamento_visivel(request, pk))
    return _responder(request, "De volta à agenda." if voltou else "Nada a desfazer.")


def _fim(request: HttpRequest, agendamento: Agendamento, texto: str) -> HttpResponse:
    seguinte = agendamento.seguintes.filter(cancelado_em__isnull=True).first()
    if seguinte:
        texto = f"{texto} O próximo é em {data(seguinte.em, '%d/%m')}."
    desfazer = reverse("agenda:reabrir", args=[agendamento.pk])
    return _responder(request, texto, desfazer=desfazer, fechar=True)


@exige(Permissao.REGISTRAR_CONTATO)
def remarcar(request: HttpRequest, pk: int) -> HttpResponse:
    """Só o quando: os dias a um toque mandam direto, "outro dia" abre o formulário."""
    agendamento = agendamento_visivel(request, pk)
    form = RemarcarForm(
        request.POST or None,
        uf=uf_dos_feriados(agendamento.cliente),
        initial={"em": agendamento.em, "hora": agendamento.hora},
    )
    if request.method == "POST" and form.is_valid():
        dados = form.cleaned_data
        mudanca = remarcar_agendamento(
            agendamento=agendamento, para=dados["em"], hora=dados["hora"], por=request.user
        )
        return _mudado(request, mudanca, f"Remarcado para {data(dados['em'], '%d/%m')}.")
    return formulario_de_dia(request, agendamento.cliente, form, titulo="Remarcar", rotulo="Remarcar")


def _mudado(request: HttpRequest, mudanca: MudancaDeAgendamento | None, texto: str) -> HttpResponse:
    if mudanca is None:
        return _responder(request, _JA_FECHADO, fechar=True)
    desfazer = reverse("agenda:desfazer", args=[mudanca.agendamento_id, mudanca.pk])
    return _responder(request, texto, desfazer=desfazer, fechar=True)


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def desfazer(request: HttpRequest, pk: int, mudanca: int) -> HttpResponse:
    agendamento = agendamento_visivel(request, pk)
    achada = get_object_or_404(MudancaDeAgendamento, pk=mudanca, agendamento=agendamento)
    voltou = desfazer_mudanca(mudanca=achada, por=request.user)
    return _responder(
        request, "Voltou à data de antes." if voltou else "Ele já mudou de novo: nada se desfez."
    )


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def insistencia(request: HttpRequest, pk: int) -> HttpResponse:
    """Das decisões de quem parou de tentar: recomeçar a conta no próximo dia útil."""
    mudanca = insistir(agendamento=agendamento_visivel(request, pk), por=request.user)
    quando = f" Nova tentativa em {data(mudanca.em_depois, '%d/%m')}." if mudanca else ""
    return _mudado(request, mudanca, f"A conta recomeça.{quando}")


@exige(Permissao.REGISTRAR_CONTATO)
def adiamento(request: HttpRequest, pk: int) -> HttpResponse:
    """Adiar o cliente e levar o compromisso junto."""
    agendamento = agendamento_visivel(request, pk)
    form = AdiarForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        dados = form.cleaned_data
        mudanca = adiar_com_o_cliente(
            agendamento=agendamento, ate=dados["ate"], motivo=dados["motivo"], por=request.user
        )
        texto = f"{agendamento.cliente.nome} adiado até {data(dados['ate'], '%d/%m')}."
        return _mudado(request, mudanca, texto)
    texto = "Sai da fila até o dia e volta sozinho; o compromisso o espera."
    return formulario(
        request, agendamento.cliente, form, titulo="Adiar o cliente", rotulo="Adiar", texto=texto
    )


urlpatterns = [
    path("<int:pk>/", abrir, name="abrir"),
    path("<int:pk>/concluir/", concluir, name="concluir"),
    path("<int:pk>/remarcar/", remarcar, name="remarcar"),
    path("<int:pk>/cancelar/", cancelar, name="cancelar"),
    path("<int:pk>/reabrir/", reabrir, name="reabrir"),
    path("<int:pk>/desfazer/<int:mudanca>/", desfazer, name="desfazer"),
    path("<int:pk>/insistir/", insistencia, name="insistir"),
    path("<int:pk>/adiar/", adiamento, name="adiar"),
]
