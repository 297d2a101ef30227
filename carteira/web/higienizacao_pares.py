"""Cadastros que parecem o mesmo cliente: os pares, com o motivo e a força, e "não são o mesmo"."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from atividade.models import Indicadores
from atividade.rotulos import NOMES
from carteira.duplicados import pedir_procura, procurando
from carteira.formatos import documento_mascarado
from carteira.web.acesso import destino_seguro, exige
from carteira.web.higienizacao import POR_PAGINA, abas
from carteira.web.nomes_em_planilha import LOTE, exportacoes, levar
from clientes import duplicados
from clientes.models import Cliente, ParDeDuplicados
from contas.escopo import empresas_de
from contas.papeis import Permissao
from relatorios.planilhas import Coluna

_DO_PAR = (
    Coluna("Motivo", largura=34),
    Coluna("Força", "inteiro"),
    Coluna("Força em palavras"),
    Coluna("Semelhança dos nomes %", "inteiro"),
    Coluna("Mesmo telefone"),
    Coluna("Mesmo e-mail"),
)
_DA_DECISAO = (
    Coluna("Achado em", "data"),
    Coluna("Decisão", largura=18),
    Coluna("Decidido em", "data"),
    Coluna("Decidido por", largura=24),
)


def _de_um_lado(qual: str) -> tuple[Coluna, ...]:
    return (
        Coluna(f"Código {qual}", largura=12),
        Coluna(f"Cliente {qual}", largura=36),
        Coluna(f"CPF/CNPJ {qual}", largura=20),
        Coluna(f"Cidade {qual}", largura=24),
        Coluna(f"UF {qual}", largura=6),
        Coluna(f"Situação {qual}"),
        Coluna(f"Pedidos {qual}", "inteiro"),
        Coluna(f"Último pedido {qual}", "data"),
        Coluna(f"Vendedor {qual}", largura=24),
    )


_SO = (
    "motivo", "forca", "semelhanca", "mesmo_telefone", "mesmo_email", "achado_em", "descartado_em",
    "descartado_por__nome",
    *(
        f"{lado}__{campo}"
        for lado in "ab"
        for campo in (
            "codigo", "razao_social", "documento", "cidade", "uf", "vendedor__nome", "indicadores__status",
            "indicadores__pedidos", "indicadores__ultima_compra",
        )
    ),
)  # fmt: skip
COLUNAS = (*_DO_PAR, *_de_um_lado("(um)"), *_de_um_lado("(outro)"), *_DA_DECISAO)


@require_safe
@exige(Permissao.HIGIENIZAR)
def pares(request: HttpRequest) -> HttpResponseBase:
    """Os mais fortes antes; `?ver=descartados` mostra os que alguém disse que não são o mesmo."""
    descartados = request.GET.get("ver") == "descartados"
    visiveis = ParDeDuplicados.objects.visiveis_para(request.user).filter(
        descartado_em__isnull=not descartados
    )
    todos = visiveis.select_related("a", "b", "a__vendedor", "b__vendedor", "descartado_por").order_by(
        "-forca", "pk"
    )
    if "formato" in request.GET:
        nome = "duplicados-descartados" if descartados else "duplicados"
        return levar(request, nome, nome.replace("-", " ").capitalize(), COLUNAS, _linhas(todos))
    pagina = Paginator(todos, POR_PAGINA).get_page(request.GET.get("pagina"))
    ids = {pk for par in pagina for pk in (par.a_id, par.b_id)}
    numeros = Indicadores.objects.in_bulk(ids)
    for par in pagina:
        par.lados = [(c, numeros.get(c.pk)) for c in (par.a, par.b)]
        par.palavra = duplicados.forca_em_palavras(par.forca)
    empresas = list(empresas_de(request.user).values_list("pk", flat=True))
    contexto = {
        "abas": abas("pares"),
        "pagina": pagina,
        "descartados": descartados,
        "procurando": procurando(empresas),
        "exportacoes": exportacoes(request),
    }
    return render(request, "higienizacao/pares.html", contexto)


def _linhas(pares: "QuerySet[Any]") -> Iterator[list[Any]]:
    completos = pares.select_related("a__indicadores", "b__indicadores").only(*_SO)
    for par in completos.iterator(chunk_size=LOTE):
        desde = par.descartado_em
        yield [
            par.get_motivo_display(), par.forca, duplicados.forca_em_palavras(par.forca), par.semelhanca,
            _sim_ou_nao(par.mesmo_telefone), _sim_ou_nao(par.mesmo_email), *_do_lado(par.a), *_do_lado(par.b),
            timezone.localdate(par.achado_em), "Não são o mesmo" if desde else "A decidir",
            timezone.localdate(desde) if desde else None, par.descartado_por.nome if par.descartado_por else "",
        ]  # fmt: skip


def _do_lado(c: Cliente) -> list[Any]:
    ind = getattr(c, "indicadores", None)
    return [
        c.codigo, c.razao_social, documento_mascarado(c.documento), c.cidade, c.uf,
        *((NOMES[ind.status], ind.pedidos, ind.ultima_compra) if ind else ("", None, None)),
        c.vendedor.nome if c.vendedor else "",
    ]  # fmt: skip


def _sim_ou_nao(valor: bool) -> str:
    return "sim" if valor else "não"


@require_POST
@exige(Permissao.HIGIENIZAR)
def procurar(request: HttpRequest) -> HttpResponse:
    for empresa in empresas_de(request.user):
        pedir_procura(empresa=empresa, por=request.user)
    messages.success(request, "Procurando duplicados: volte a esta página em instantes.")
    return redirect("higienizacao:pares")


def _par(request: HttpRequest, pk: int) -> ParDeDuplicados:
    visiveis = ParDeDuplicados.objects.visiveis_para(request.user).select_related("a", "b")
    par: ParDeDuplicados = get_object_or_404(visiveis, pk=pk)
    return par


@require_POST
@exige(Permissao.HIGIENIZAR)
def descartar(request: HttpRequest, par: int) -> HttpResponse:
    achado = _par(request, par)
    duplicados.descartar(par=achado, por=request.user)
    messages.success(
        request, f"{achado.a.nome} e {achado.b.nome} não são o mesmo: fica lembrado, em “Descartados”."
    )
    return redirect(destino_seguro(request, reverse("higienizacao:pares")))


@require_POST
@exige(Permissao.HIGIENIZAR)
def reconsiderar(request: HttpRequest, par: int) -> HttpResponse:
    achado = _par(request, par)
    duplicados.reconsiderar(par=achado, por=request.user)
    messages.success(request, "O par voltou à lista.")
    return redirect(destino_seguro(request, reverse("higienizacao:pares")))


urlpatterns = [
    path("duplicados/", pares, name="pares"),
    path("duplicados/procurar/", procurar, name="procurar"),
    path("duplicados/<int:par>/descartar/", descartar, name="descartar"),
    path("duplicados/<int:par>/reconsiderar/", reconsiderar, name="reconsiderar"),
]
