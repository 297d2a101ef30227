"""Marcar e editar um próximo contato, com o aviso de que o dia escolhido não é útil."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.dateparse import parse_date

from atividade.models import Indicadores
from atividade.regras import DIAS_PARA_CICLO_PROPRIO
from carteira.formatos import data
from carteira.web.acesso import cliente_visivel, destino_seguro, exige
from carteira.web.compromissos import agendamento_visivel, formulario_de_dia
from carteira.web.contatos import responder
from carteira.web.formularios_da_agenda import AgendarForm, aviso_do_dia
from clientes.agenda import AgendaInvalida, agendar, editar_agendamento
from clientes.compromissos import responsaveis_possiveis, uf_dos_feriados
from clientes.models import Agendamento, Cliente
from contas.papeis import Permissao


@exige(Permissao.REGISTRAR_CONTATO)
def novo(request: HttpRequest, pk: int) -> HttpResponse:
    """Marcar um próximo contato sem registrar um agora."""
    cliente = cliente_visivel(request, pk)
    form = _formulario(request, cliente, initial={"responsavel": request.user, "em": _dia_pedido(request)})
    if request.method == "POST" and form.is_valid():
        try:
            marcado = agendar(
                cliente=cliente,
                proximo=form.combinado(),
                por=request.user,
                responsavel=form.cleaned_data.get("responsavel"),
            )
        except AgendaInvalida as recusa:
            form.add_error(None, str(recusa))
        else:
            return _marcado(request, marcado)
    return formulario_de_dia(request, cliente, form, titulo="Agendar contato", rotulo="Agendar")


def _dia_pedido(request: HttpRequest) -> date | None:
    """O dia que a agenda mostrava, quando é dela que se vem."""
    try:
        return parse_date(request.GET.get("em") or request.GET.get("proximo_em") or "")
    except ValueError:
        return None


def _formulario(request: HttpRequest, cliente: Cliente, **kwargs: Any) -> AgendarForm:
    return AgendarForm(
        request.POST or None,
        uf=uf_dos_feriados(cliente),
        responsaveis=responsaveis_possiveis(cliente, request.user),
        ciclo_dias=ciclo_do(cliente),
        **kwargs,
    )


def ciclo_do(cliente: Cliente) -> int | None:
    """Os dias do ritmo próprio do cliente, inteiros; sem ele não se repete por ele."""
    ind = Indicadores.objects.filter(pk=cliente.pk).first()
    if ind is None or ind.dias_de_compra < DIAS_PARA_CICLO_PROPRIO or not ind.intervalo_mediano_dias:
        return None
    return max(round(ind.intervalo_mediano_dias), 1)


def _marcado(request: HttpRequest, marcado: Agendamento) -> HttpResponse:
    cliente = marcado.cliente
    texto = f"{marcado.get_tipo_display()} com {cliente.nome} em {data(marcado.em, '%d/%m')}."
    if marcado.responsavel != request.user:
        texto = f"{texto} É de {marcado.responsavel.nome}."
    destino = destino_seguro(request, reverse("clientes:ficha", args=[cliente.pk]))
    desfazer = f"{reverse('agenda:cancelar', args=[marcado.pk])}?serie=1"
    return responder(request, destino, texto, desfazer=desfazer, fechar=True)


@exige(Permissao.REGISTRAR_CONTATO)
def editar(request: HttpRequest, pk: int) -> HttpResponse:
    """Mudar tudo o que se combinou; numa série, só este ou este e os próximos."""
    agendamento = agendamento_visivel(request, pk)
    form = _formulario(
        request,
        agendamento.cliente,
        initial=AgendarForm.iniciais_de(agendamento),
        de_serie=bool(agendamento.recorrencia),
    )
    if request.method == "POST" and form.is_valid():
        try:
            mudou = editar_agendamento(
                agendamento=agendamento,
                proximo=form.combinado(),
                por=request.user,
                responsavel=form.cleaned_data.get("responsavel"),
                so_este=form.so_este,
            )
        except AgendaInvalida as recusa:
            form.add_error(None, str(recusa))
        else:
            texto = "Agendamento salvo." if mudou else "Já estava concluído ou cancelado: nada mudou."
            return responder(request, destino_seguro(request, reverse("agenda:lista")), texto, fechar=True)
    return formulario_de_dia(request, agendamento.cliente, form, titulo="Editar agendamento", rotulo="Salvar")


@exige(Permissao.REGISTRAR_CONTATO)
def dia(request: HttpRequest, pk: int) -> HttpResponse:
    """O aviso sobre o dia que se está escolhendo; vazio quando ele é útil. No contato só avisa: o dia vale."""
    cliente = cliente_visivel(request, pk)
    aviso = aviso_do_dia(_dia_pedido(request), uf_dos_feriados(cliente))
    return render(request, "agenda/_dia.html", {"aviso": aviso, "decide": "em" in request.GET})


urlpatterns = [
    path("<int:pk>/agendar/", novo, name="agendar"),
    path("<int:pk>/agendar/dia/", dia, name="agendar_dia"),
]
