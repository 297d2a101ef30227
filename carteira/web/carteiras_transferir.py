"""Transferir clientes: escolhe-se quem recebe, vê-se o que mudaria, e só então se grava, num lote que se desfaz."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Count, Q, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django_htmx.http import trigger_client_event

from atividade.carteiras import Previa, prever
from atividade.models import Indicadores
from carteira.filters import NENHUM
from carteira.formatos import numero, plural
from carteira.ids import id_de
from carteira.selecao import Selecao, SelecaoRecusada
from carteira.web.acesso import exige
from carteira.web.formularios_de_carteira import CURVAS, TrocaForm
from carteira.web.voltas import dizer
from clientes.carteiras import passar, travar
from clientes.models import Cliente, Segmento, Transferencia
from contas.equipes import vendedores_geridos
from contas.papeis import Permissao

_RECORTE = ("segmento", "uf", "abc")


@exige(Permissao.REATRIBUIR)
def transferir(request: HttpRequest) -> HttpResponse:
    """GET mostra a prévia, com a escolha inteira no endereço; POST grava se nada mudou desde ela."""
    dados = request.POST if request.method == "POST" else request.GET
    selecao = Selecao.de(dados, request.user)
    try:
        escolhidos = selecao.clientes()
    except SelecaoRecusada as recusa:
        return _vazia(request, str(recusa), 400)
    if not selecao:
        return _vazia(request, "", 200)
    if selecao.consulta is None and not escolhidos.exists():
        raise Http404  # nenhum deles é de quem pede
    clientes = _recortados(dados, escolhidos)
    form = _form(request, dados)
    if request.method == "POST":
        feita = _gravar(request, form, clientes, dados)
        if feita:
            return redirect("carteiras:lote", pk=feita.pk)
    return _mostrar(request, form, selecao, escolhidos, clientes, dados)


def _vazia(request: HttpRequest, recusa: str, codigo: int) -> HttpResponse:
    return render(request, "carteiras/sem_selecao.html", {"recusa": recusa}, status=codigo)


def _form(request: HttpRequest, dados: QueryDict) -> TrocaForm:
    """Ligado ao que veio; o que não veio é o padrão, para que um endereço curto já sirva."""
    hoje = timezone.localdate()
    completos = dados.copy()
    for nome, padrao in (("destino", "pessoas"), ("modo", "equilibrio"), ("em", hoje.isoformat())):
        completos.setdefault(nome, padrao)
    escolheu = request.method == "POST" or "para" in dados or "destino" in dados
    return TrocaForm(
        completos if escolheu else None,
        vendedores=_destinos(request),
        hoje=hoje,
        gravando=request.method == "POST",
        initial={"em": hoje, "origem": dados.get("origem", ""), "motivo": dados.get("motivo", "")},
    )


def _destinos(request: HttpRequest) -> Any:
    """Quem pode receber, com o tamanho da carteira de hoje."""
    visiveis = Q(clientes__in=Cliente.objects.visiveis_para(request.user).values("pk"))
    return vendedores_geridos(request.user, timezone.localdate()).annotate(
        carteira=Count("clientes", filter=visiveis)
    )


# ── Parte da seleção ─────────────────────────────────────────────────────────


def _recortados(dados: QueryDict, escolhidos: QuerySet[Cliente]) -> QuerySet[Cliente]:
    """Só uma parte: de um segmento, de uma UF ou de uma curva."""
    segmento, uf, curva = (dados.get(nome, "") for nome in _RECORTE)
    if (do_segmento := id_de(segmento)) is not None:
        escolhidos = escolhidos.filter(segmento=do_segmento or None)
    if uf:
        escolhidos = escolhidos.filter(uf="" if uf == NENHUM else uf)
    if curva:
        escolhidos = escolhidos.filter(indicadores__curva_abc="" if curva == NENHUM else curva)
    return escolhidos


def _opcoes_do_recorte(escolhidos: QuerySet[Cliente], dados: QueryDict) -> list[dict[str, Any]]:
    """Só o que há na seleção; um valor só não é escolha."""
    segmentos = Segmento.objects.filter(pk__in=escolhidos.order_by().values("segmento")).values_list(
        "pk", "nome"
    )
    ufs = escolhidos.exclude(uf="").order_by("uf").values_list("uf", flat=True).distinct()
    opcoes = {
        "segmento": ("Segmento", [("", "Todos"), *((str(pk), nome) for pk, nome in segmentos)]),
        "uf": ("UF", [("", "Todas"), *((uf, uf) for uf in ufs)]),
        "abc": ("Curva ABC", CURVAS),
    }
    return [
        {"nome": nome, "rotulo": rotulo, "opcoes": valores, "valor": dados.get(nome, "")}
        for nome, (rotulo, valores) in opcoes.items()
        if len(valores) > 2
    ]


# ── Prévia ───────────────────────────────────────────────────────────────────


def _mostrar(
    request: HttpRequest,
    form: TrocaForm,
    selecao: Selecao,
    escolhidos: QuerySet[Cliente],
    clientes: QuerySet[Cliente],
    dados: QueryDict,
) -> HttpResponse:
    valido = form.is_bound and (form.is_valid() or set(form.errors) == {"motivo"})
    previa = _prever(request, form, clientes) if valido else None
    recorte = [(nome, dados[nome]) for nome in _RECORTE if dados.get(nome)]
    contexto = {
        "form": form,
        "previa": previa,
        "escolhidos": {
            "clientes": clientes.count() if previa is None else None,
            "valor": _valor(clientes) if previa is None else None,
        },
        "campos": selecao.campos(),
        "recorte": _opcoes_do_recorte(escolhidos, dados),
        "para_gravar": _para_gravar(form, selecao, recorte) if previa else [],
        "motivo": dados.get("motivo", ""),
        "voltar": _de_onde_veio(selecao),
    }
    so_a_previa = request.htmx and request.htmx.target == "previa"
    modelo = "carteiras/_previa.html" if so_a_previa else "carteiras/transferir.html"
    recusado = request.method == "POST" and bool(form.errors)
    resposta = render(request, modelo, contexto, status=422 if recusado else 200)
    patch_vary_headers(resposta, ["HX-Request", "HX-Target"])
    if so_a_previa and previa:
        n = previa.clientes
        trigger_client_event(
            resposta, "anunciar", f"{numero(n)} {plural(n, 'cliente muda,clientes mudam')} de dono"
        )
    return resposta


def _prever(request: HttpRequest, form: TrocaForm, clientes: QuerySet[Cliente]) -> Previa:
    escolha = form.cleaned_data
    return prever(
        clientes=clientes, para=form.quem_recebe(), modo=escolha["modo"], em=escolha["em"], por=request.user
    )


def _valor(clientes: QuerySet[Cliente]) -> Any:
    return Indicadores.objects.filter(pk__in=clientes.order_by().values("pk")).aggregate(
        v=Sum("valor_12m", default=0)
    )["v"]


def _para_gravar(form: TrocaForm, selecao: Selecao, recorte: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """O que o formulário que confirma leva escondido: exatamente o que a prévia mostrou."""
    escolha = form.cleaned_data
    return [
        *selecao.campos(),
        *recorte,
        ("destino", escolha["destino"]),
        *(("para", str(p.pk)) for p in escolha.get("para") or ()),
        ("modo", escolha["modo"]),
        ("em", escolha["em"].isoformat()),
        ("origem", escolha["origem"]),
    ]


def _de_onde_veio(selecao: Selecao) -> str:
    lista = reverse("clientes:lista")
    if selecao.consulta is not None:
        return f"{lista}?{selecao.consulta}"
    return reverse("clientes:ficha", args=selecao.ids) if len(selecao.ids) == 1 else lista


# ── Gravar ───────────────────────────────────────────────────────────────────


@transaction.atomic
def _gravar(
    request: HttpRequest, form: TrocaForm, clientes: QuerySet[Cliente], dados: QueryDict
) -> Transferencia | None:
    """Com os clientes travados, confere que é o que se viu; se a carteira mudou, mostra a prévia de novo."""
    if not form.is_valid():
        return None
    travar(clientes)
    previa = _prever(request, form, clientes)
    if previa.impressao != dados.get("impressao"):
        messages.error(request, "A carteira mudou desde a prévia: confira de novo antes de transferir.")
        return None
    escolha = form.cleaned_data
    feita = passar(
        destinos=previa.destinos,
        em=escolha["em"],
        por=request.user,
        motivo=escolha["motivo"],
        origem=escolha["origem"],
    )
    if feita is None:
        messages.info(request, "Ninguém mudou de dono: todos já eram de quem recebe.")
        return None
    n = previa.clientes
    dizer(
        request,
        f"{numero(n)} {plural(n, 'cliente mudou,clientes mudaram')} de dono.",
        desfazer=reverse("carteiras:desfazer", args=[feita.pk]),
    )
    return feita


urlpatterns = [path("transferir/", transferir, name="transferir")]
