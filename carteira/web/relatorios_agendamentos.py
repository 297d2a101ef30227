"""Agendar um relatório por e-mail, ver os que se tem, pausar, testar, mudar e apagar; e o histórico de cada um."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from carteira.web.acesso import exige
from carteira.web.formularios_de_relatorio import AgendamentoForm
from carteira.web.relatorios_filtros import como_consulta, ditos, ditos_se_houver
from carteira.web.relatorios_pedido import achar, consulta_de
from contas.papeis import Permissao
from notificacoes.models import Mensagem
from relatorios import agendamentos, catalogo
from relatorios.base import Relatorio
from relatorios.models import AgendamentoDeRelatorio, EnvioDeRelatorio, EstadoDoEnvio
from relatorios.pedido import Pedido, ler_pedido
from relatorios.tabela import Tabela

ENVIOS_POR_PAGINA = 50
FORA = [("Recorte", "já não está ao seu alcance")]


def _meu(request: HttpRequest, pk: int) -> AgendamentoDeRelatorio:
    """Só quem agendou mexe: para os outros não existe."""
    return get_object_or_404(AgendamentoDeRelatorio, pk=pk, por=request.user)


def _relatorio_de(request: HttpRequest, agendamento: AgendamentoDeRelatorio) -> tuple[Relatorio, Pedido]:
    relatorio = catalogo.achar(agendamento.relatorio)
    if relatorio is None:
        raise Http404
    return relatorio, ler_pedido(relatorio, request.user, agendamento.consulta)


@exige(Permissao.EXPORTAR)
@require_GET
def lista(request: HttpRequest) -> HttpResponse:
    meus = AgendamentoDeRelatorio.objects.filter(por=request.user).prefetch_related("pessoas")
    linhas = [
        (a, relatorio, agendamentos.dias_em_palavras(relatorio, a.consulta))
        for a in meus
        if (relatorio := catalogo.achar(a.relatorio)) is not None
    ]
    return render(request, "relatorios/agendamentos.html", {"linhas": linhas})


@exige(Permissao.EXPORTAR)
@require_http_methods(["GET", "POST"])
def novo(request: HttpRequest, chave: str) -> HttpResponse:
    """Com os filtros que se estava vendo, que vêm na URL."""
    relatorio = achar(request, chave)
    pedido = ler_pedido(relatorio, request.user, consulta_de(request))
    consulta = agendamentos.pedido_guardado(pedido, Tabela(relatorio, request.user, pedido).ordem)
    form = AgendamentoForm(
        request.POST or None,
        usuario=request.user,
        relatorio=relatorio,
        consulta=consulta,
        sugeridos=agendamentos.dias_sugeridos(relatorio, pedido),
    )
    if request.method == "POST" and form.is_valid():
        agendamento = AgendamentoDeRelatorio(
            por=request.user,
            relatorio=relatorio.chave,
            consulta=form.consulta_escolhida(),
            **form.campos(),
        )
        pessoas = form.cleaned_data["pessoas"]
        agendamentos.guardar(agendamento, pessoas=pessoas, por=request.user, agora=timezone.now())
        messages.success(request, f"Agendado: {agendamento.quando}.")
        return redirect("relatorios:agendamento", agendamento.pk)
    filtros = ditos(relatorio, request.user, pedido)
    return render(request, "relatorios/agendar.html", _do_formulario(form, relatorio, pedido, filtros))


def _do_formulario(
    form: AgendamentoForm, relatorio: Relatorio, pedido: Pedido, filtros: list[tuple[str, str]]
) -> dict[str, Any]:
    consulta = como_consulta(pedido.consulta).urlencode()
    return {
        "form": form,
        "relatorio": relatorio,
        "filtros": [f for f in filtros if form.dias is None or f[0] != form.dias.titulo],
        "previa": f"{reverse('relatorios:pagina', args=[relatorio.chave])}?{consulta}",
    }


@exige(Permissao.EXPORTAR)
@require_http_methods(["GET", "POST"])
def um(request: HttpRequest, pk: int) -> HttpResponse:
    """O agendamento, o formulário que o muda e o que já se decidiu de cada pessoa."""
    agendamento = _meu(request, pk)
    relatorio, pedido = _relatorio_de(request, agendamento)
    form = AgendamentoForm(
        request.POST or None,
        usuario=request.user,
        relatorio=relatorio,
        consulta=agendamento.consulta,
        agendamento=agendamento,
    )
    if request.method == "POST" and form.is_valid():
        agendamento.consulta = form.consulta_escolhida()
        for campo, valor in form.campos().items():
            setattr(agendamento, campo, valor)
        pessoas = form.cleaned_data["pessoas"]
        agendamentos.guardar(agendamento, pessoas=pessoas, por=request.user, agora=timezone.now())
        messages.success(request, f"Salvo: {agendamento.quando}.")
        return redirect("relatorios:agendamento", pk)
    pagina = Paginator(agendamento.envios.select_related("pessoa"), ENVIOS_POR_PAGINA).get_page(
        request.GET.get("pagina")
    )
    filtros = ditos_se_houver(relatorio, request.user, pedido)
    contexto = _do_formulario(form, relatorio, pedido, FORA if filtros is None else filtros)
    contexto |= {
        "agendamento": agendamento,
        "pagina": pagina,
        "envios": _com_estado(pagina.object_list),
        "dias": agendamentos.dias_em_palavras(relatorio, agendamento.consulta),
        "tem_quando": True,
    }
    return render(request, "relatorios/agendamento.html", contexto)


def _com_estado(envios: Any) -> list[tuple[EnvioDeRelatorio, str]]:
    """O estado de cada um até o fim: depois de entregue, quem sabe é a mensagem."""
    todos = list(envios)
    chaves = [e.chave for e in todos if e.estado == EstadoDoEnvio.ENTREGUE]
    mensagens = {m.chave: m for m in Mensagem.objects.filter(chave__in=chaves)}
    return [
        (e, mensagens[e.chave].get_estado_display() if e.chave in mensagens else e.get_estado_display())
        for e in todos
    ]


@exige(Permissao.EXPORTAR)
@require_POST
def gesto(request: HttpRequest, pk: int, gesto: str) -> HttpResponse:
    """Pausar, retomar, testar (só a si) ou apagar."""
    agendamento, agora = _meu(request, pk), timezone.now()
    if gesto == "apagar":
        agendamentos.apagar(agendamento, por=request.user)
        messages.success(request, "Agendamento apagado. Nada mais sai dele.")
        return redirect("relatorios:agendamentos")
    if gesto == "pausar":
        agendamentos.pausar(agendamento, por=request.user, agora=agora)
        messages.success(request, "Pausado: nada sai até retomar.")
    elif gesto == "retomar":
        agendamentos.retomar(agendamento, por=request.user, agora=agora)
        messages.success(request, f"Retomado: {agendamento.quando}.")
    else:
        agendamentos.testar(agendamento, por=request.user, agora=agora)
        messages.success(request, f"Um teste vai a {request.user.email} em um ou dois minutos.")
    return redirect("relatorios:agendamento", pk)


urlpatterns = [
    path("agendamentos/", lista, name="agendamentos"),
    path("agendamentos/<int:pk>/", um, name="agendamento"),
    *(
        path(f"agendamentos/<int:pk>/{nome}/", gesto, {"gesto": nome}, name=f"agendamento_{nome}")
        for nome in ("pausar", "retomar", "testar", "apagar")
    ),
    path("<slug:chave>/agendar/", novo, name="agendar"),
]
