"""Planos de ação: abrir para um cliente, o grupo dele ou uma lista filtrada, acompanhar e terminar."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone

from carteira.filters import FiltroDeClientes
from carteira.ids import id_de
from carteira.web.acesso import cliente_visivel, exige
from carteira.web.formularios_de_pessoa import DataInput
from clientes import planos
from clientes.models import Cliente, PlanoDeAcao, SituacaoDoPlano
from contas.alcada import vendedores_da_alcada
from contas.models import Empresa, Papel, Usuario
from contas.papeis import Permissao, pode

POR_PAGINA = 50
NOMES_NA_TELA = 12
RAIZ_DO_CNPJ = 8


class NovoForm(forms.Form):
    titulo = forms.CharField(
        label="O que fazer",
        max_length=120,
        widget=forms.TextInput(attrs={"placeholder": "Ex.: renegociar os títulos de outubro em três vezes"}),
    )
    detalhe = forms.CharField(
        label="Detalhe", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    dono = forms.ModelChoiceField(label="Dono", queryset=Usuario.objects.none(), empty_label=None)
    prazo = forms.DateField(label="Até", widget=DataInput())

    def __init__(self, *args: Any, donos: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dono"].queryset = donos  # type: ignore[attr-defined]


class AndamentoForm(forms.Form):
    texto = forms.CharField(
        label="Andamento", max_length=2000, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    situacao = forms.ChoiceField(label="Situação", choices=SituacaoDoPlano.choices)
    dono = forms.ModelChoiceField(label="Dono", queryset=Usuario.objects.none(), empty_label=None)
    prazo = forms.DateField(label="Até", widget=DataInput())

    def __init__(self, *args: Any, donos: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["dono"].queryset = donos  # type: ignore[attr-defined]


def _donos(usuario: Usuario, empresa: Empresa, atual: Usuario | None = None) -> Any:
    """O administrador escolhe qualquer um da empresa; o gestor, a si e os da sua alçada; o dono que já é fica."""
    fica = Q(pk__in=[atual.pk] if atual else [])
    if usuario.papel == Papel.ADMIN:
        dela = Q(pk__in=planos.donos_possiveis(empresa).values("pk"))
    elif pode(usuario, Permissao.ABRIR_PLANOS):
        dela = Q(pk__in=[usuario.pk]) | Q(pk__in=vendedores_da_alcada(usuario).values("pk"))
    else:
        dela = Q(pk__in=[usuario.pk])
    da_empresa = Usuario.objects.filter(vinculos__empresa=empresa, is_active=True, email__isnull=False)
    return da_empresa.filter(dela | fica).order_by("nome_chave", "pk")


@exige(Permissao.VER_CLIENTES)
def lista(request: HttpRequest) -> HttpResponse:
    """Os que a pessoa vê: em curso pelo prazo, ou os terminados."""
    terminados = request.GET.get("ver") == "terminados"
    todos = PlanoDeAcao.objects.visiveis_para(request.user)
    ordem = ("-terminado_em", "-pk") if terminados else ("prazo", "pk")
    mostrados = todos.filter(terminado_em__isnull=not terminados).order_by(*ordem)
    if request.GET.get("dono") == "eu":
        mostrados = mostrados.filter(dono=request.user)
    mostrados = mostrados.select_related("dono").annotate(n=Count("itens"))
    return render(
        request,
        "credito/planos.html",
        {
            "pagina": Paginator(mostrados, POR_PAGINA).get_page(request.GET.get("pagina")),
            "terminados": terminados,
            "hoje": timezone.localdate(),
            "ve_credito": pode(request.user, Permissao.VER_CREDITO),
        },
    )


@exige(Permissao.ABRIR_PLANOS)
def novo(request: HttpRequest) -> HttpResponse:
    clientes, erro = _escolhidos(request)
    if not clientes and not erro:
        erro = "Nenhum cliente nesta lista: volte e tire um filtro."
    empresa = clientes[0].empresa if clientes else None
    form = None
    if empresa is not None:
        iniciais = {"prazo": timezone.localdate() + timedelta(days=7), "dono": request.user.pk}
        form = NovoForm(request.POST or None, donos=_donos(request.user, empresa), initial=iniciais)
        if request.method == "POST" and form.is_valid() and not erro:
            try:
                plano = planos.abrir(clientes=clientes, por=request.user, **form.cleaned_data)
            except planos.PlanoRecusado as recusa:
                form.add_error(None, str(recusa))
            else:
                messages.success(request, "Plano aberto.")
                return redirect("credito:plano", plano.pk)
    contexto = {
        "form": form,
        "erro": erro,
        "clientes": clientes[:NOMES_NA_TELA],
        "quantos": len(clientes),
        "mais": max(0, len(clientes) - NOMES_NA_TELA),
        "voltar": reverse("clientes:ficha", args=[clientes[0].pk]) if len(clientes) == 1 else reverse("credito:painel"),
    }  # fmt: skip
    return render(request, "credito/novo.html", contexto, status=422 if request.method == "POST" else 200)


def _escolhidos(request: HttpRequest) -> tuple[list[Cliente], str]:
    """Os clientes da URL: um, o grupo econômico de um, ou os da lista filtrada, com o porquê se não dá."""
    for nome in ("cliente", "grupo"):
        if pedido := request.GET.get(nome):
            if (pk := id_de(pedido)) is None:
                raise Http404
            cliente = cliente_visivel(request, pk)
            return (_do_grupo(request, cliente) if nome == "grupo" else [cliente]), ""
    filtro = FiltroDeClientes(QueryDict(request.GET.get("lista", "")), usuario=request.user)
    if filtro.recusados:
        return [], "Os filtros da lista não se entenderam: volte e refaça-os."
    ids = filtro.resultado().order_by("cliente__codigo", "pk").values("pk")[: planos.CLIENTES_MAXIMOS + 1]
    achados = list(Cliente.objects.filter(pk__in=ids).select_related("empresa").order_by("codigo", "pk"))
    if len(achados) > planos.CLIENTES_MAXIMOS:
        return [], f"São mais de {planos.CLIENTES_MAXIMOS} clientes: filtre a lista antes de abrir o plano."
    return achados, ""


def _do_grupo(request: HttpRequest, cliente: Cliente) -> list[Cliente]:
    """As filiais que a pessoa vê na mesma empresa; sem CNPJ válido, só o próprio."""
    if not cliente.documento_valido or len(cliente.documento) <= 11:
        return [cliente]
    visiveis = Cliente.objects.visiveis_para(request.user).filter(
        empresa=cliente.empresa_id, documento_valido=True, documento__startswith=cliente.documento[:RAIZ_DO_CNPJ]
    )  # fmt: skip
    filiais = visiveis.select_related("empresa").order_by("codigo", "pk")[: planos.CLIENTES_MAXIMOS]
    return [c for c in filiais if len(c.documento) > 11]


@exige(Permissao.VER_CLIENTES)
def plano(request: HttpRequest, pk: int) -> HttpResponse:
    """O plano e o que houve com ele; o dono e quem abre planos dizem como vai."""
    achado = get_object_or_404(
        PlanoDeAcao.objects.visiveis_para(request.user).select_related("dono", "empresa", "criado_por"), pk=pk
    )
    participa = achado.dono == request.user and pode(request.user, Permissao.REGISTRAR_CONTATO)
    escreve = participa or pode(request.user, Permissao.ABRIR_PLANOS)
    if request.method == "POST" and not escreve:
        raise PermissionDenied
    iniciais = {"situacao": achado.situacao, "dono": achado.dono_id, "prazo": achado.prazo}
    donos = _donos(request.user, achado.empresa, achado.dono)
    form = AndamentoForm(request.POST or None, donos=donos, initial=iniciais) if escreve else None
    if request.method == "POST" and form is not None and form.is_valid():
        try:
            novo = planos.andar(plano=achado, por=request.user, **form.cleaned_data)
        except planos.PlanoRecusado as recusa:
            form.add_error(None, str(recusa))
        else:
            messages.success(request, "Andamento salvo." if novo else "Nada a salvar.")
            return redirect("credito:plano", pk)
    visiveis = Cliente.objects.visiveis_para(request.user).filter(itens_de_plano__plano=pk)
    clientes = list(visiveis.order_by("codigo", "pk"))
    contexto = {
        "plano": achado,
        "form": form,
        "clientes": clientes,
        "de_outros": achado.itens.count() - len(clientes),
        "andamentos": achado.andamentos.select_related("por"),
        "hoje": timezone.localdate(),
        "ve_credito": pode(request.user, Permissao.VER_CREDITO),
    }
    return render(request, "credito/plano.html", contexto, status=422 if request.method == "POST" else 200)


urlpatterns = [
    path("planos/", lista, name="planos"),
    path("planos/novo/", novo, name="plano_novo"),
    path("planos/<int:pk>/", plano, name="plano"),
]
