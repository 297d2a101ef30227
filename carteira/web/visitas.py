"""Não visitados por decisão: o motivo, quem decidiu e a volta; só quem gere vê e decide."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from atividade.models import MotivoDeNaoVisitar
from atividade.visitas import MAIOR_NOTA, DecisaoRecusada, em_vigor, nao_visitar, voltar_a_visitar
from carteira.web.acesso import cliente_visivel, destino_seguro, exige
from clientes.models import Cliente
from contas.papeis import Permissao

POR_PAGINA = 50


class DecisaoForm(forms.Form):
    motivo = forms.ChoiceField(label="Motivo", choices=MotivoDeNaoVisitar.choices, widget=forms.RadioSelect)
    nota = forms.CharField(
        label="Nota", max_length=MAIOR_NOTA, required=False, help_text="Obrigatória quando é outro motivo."
    )


@exige(Permissao.DECIDIR_VISITAS)
def nao_visitados(request: HttpRequest) -> HttpResponse:
    """Os clientes de decisão em vigor, do maior valor ao menor; `motivo` fica só com um."""
    visiveis = Cliente.objects.visiveis_para(request.user)
    todas = em_vigor().filter(cliente__in=visiveis)
    motivo = request.GET.get("motivo", "")
    decisoes = todas.filter(motivo=motivo) if motivo in MotivoDeNaoVisitar.values else todas
    decisoes = decisoes.select_related("cliente__indicadores", "cliente__vendedor", "por")
    ordem = decisoes.order_by("-cliente__indicadores__valor_12m", "pk")
    pagina = Paginator(ordem, POR_PAGINA).get_page(request.GET.get("pagina"))
    usados = set(todas.values_list("motivo", flat=True).distinct().order_by())
    contexto = {
        "pagina": pagina,
        "motivos": [("", "Todos", not motivo)]
        + [(m.value, m.label, m.value == motivo) for m in MotivoDeNaoVisitar if m.value in usados],
        "motivo": motivo,
    }
    return render(request, "checkup/nao_visitados.html", contexto)


@exige(Permissao.DECIDIR_VISITAS)
def decidir(request: HttpRequest, pk: int) -> HttpResponse:
    """O formulário de um cliente, com a decisão de agora se houver."""
    cliente = cliente_visivel(request, pk)
    atual = em_vigor().filter(cliente=cliente).select_related("por").first()
    iniciais = {"motivo": atual.motivo, "nota": atual.nota} if atual else {}
    form = DecisaoForm(request.POST or None, initial=iniciais)
    if request.method == "POST" and form.is_valid():
        try:
            nao_visitar(cliente=cliente, por=request.user, **form.cleaned_data)
        except DecisaoRecusada as erro:
            form.add_error("nota", str(erro))
        else:
            messages.success(request, f"{cliente.nome} fica entre os não visitados por decisão.")
            return redirect(_destino(request))
    contexto = {"cliente": cliente, "form": form, "atual": atual, "voltar": _destino(request)}
    return render(request, "checkup/decidir.html", contexto, status=422 if form.is_bound else 200)


@exige(Permissao.DECIDIR_VISITAS)
@require_POST
def voltar(request: HttpRequest, pk: int) -> HttpResponse:
    cliente = cliente_visivel(request, pk)
    if voltar_a_visitar(cliente=cliente, por=request.user):
        messages.success(request, f"{cliente.nome} volta a ser visitado como os outros.")
    return redirect(_destino(request))


def _destino(request: HttpRequest) -> str:
    return destino_seguro(request, reverse("checkup:nao_visitados"))


urlpatterns = [
    path("nao-visitados/", nao_visitados, name="nao_visitados"),
    path("nao-visitados/<int:pk>/", decidir, name="decidir"),
    path("nao-visitados/<int:pk>/voltar/", voltar, name="voltar"),
]
