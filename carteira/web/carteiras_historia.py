"""A história das transferências: cada lote com os seus clientes, em planilha, e com volta."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone

from carteira.formatos import numero, plural
from carteira.ids import id_de
from carteira.web.acesso import exige
from carteira.web.lugares_das_carteiras import abas
from carteira.web.planilha import responder_planilha
from clientes.desfazer_lote import desfazer, prever_volta
from clientes.models import ItemDeTransferencia, OrigemDaTroca, Transferencia
from contas.auditoria import registrar
from contas.models import Usuario
from contas.papeis import Permissao, pode
from relatorios.periodos import ler_dia
from relatorios.planilhas import Coluna

POR_PAGINA = 50
COLUNAS = (
    Coluna("Transferência", "inteiro"),
    Coluna("Feita em", "data"),
    Coluna("Vale desde", "data"),
    Coluna("Código", largura=12),
    Coluna("Cliente", largura=36),
    Coluna("De", largura=24),
    Coluna("Equipe de antes"),
    Coluna("Para", largura=24),
    Coluna("Equipe de agora"),
    Coluna("Motivo", largura=36),
    Coluna("Origem", largura=20),
    Coluna("Por", largura=24),
    Coluna("Voltou em", "data"),
)


def _visiveis(request: HttpRequest) -> Any:
    return Transferencia.objects.visiveis_para(request.user)


def _itens(request: HttpRequest) -> Any:
    return ItemDeTransferencia.objects.visiveis_para(request.user)


@exige(Permissao.VER_CARTEIRAS)
def historia(request: HttpRequest) -> HttpResponse:
    achadas = _filtradas(request)
    dos_visiveis = Q(itens__in=_itens(request).values("pk"))
    pagina = Paginator(achadas, POR_PAGINA).get_page(request.GET.get("pagina"))
    do_lote = Transferencia.objects.filter(pk__in=[t.pk for t in pagina])
    contagens = {
        t.pk: t
        for t in do_lote.annotate(
            clientes=Count("itens", filter=dos_visiveis),
            voltaram=Count("itens", filter=dos_visiveis & Q(itens__desfeito_em__isnull=False)),
        )
    }
    rumos = _rumos(request, list(contagens))
    for transferencia in pagina:
        contado = contagens[transferencia.pk]
        transferencia.clientes, transferencia.voltaram = contado.clientes, contado.voltaram
        transferencia.rumos = rumos.get(transferencia.pk, {})
    contexto = {
        "abas": abas(request, "historia"),
        "pagina": pagina,
        "pessoas": _pessoas(request),
        "origens": OrigemDaTroca.choices,
        "filtros": {n: request.GET.get(n, "") for n in ("pessoa", "origem", "de", "ate")},
        "consulta": request.GET.urlencode(),
    }
    so_a_lista = request.htmx and request.htmx.target == "historia"
    return render(request, "carteiras/_historia.html" if so_a_lista else "carteiras/historia.html", contexto)


def _filtradas(request: HttpRequest) -> Any:
    """Por quem teve, tem ou trocou; pelo dia em que se fez; e de onde veio."""
    pedido, achadas = request.GET, _visiveis(request).select_related("por", "desfeita_por", "importacao")
    if (pessoa := id_de(pedido.get("pessoa", ""))) is not None:
        dela = _itens(request).filter(Q(de=pessoa) | Q(para=pessoa)).values("transferencia")
        achadas = achadas.filter(Q(por=pessoa) | Q(pk__in=dela))
    if (origem := pedido.get("origem")) in OrigemDaTroca.values:
        achadas = achadas.filter(origem=origem)
    for campo, limite in (("de", "feita_em__date__gte"), ("ate", "feita_em__date__lte")):
        if dia := ler_dia(pedido.get(campo, "")):
            achadas = achadas.filter(**{limite: dia})
    return achadas


def _rumos(request: HttpRequest, lotes: list[int]) -> dict[int, dict[str, list[str]]]:
    """Lote → de quem e para quem, pelo nome; nulo é "sem vendedor"."""
    pares = (
        _itens(request)
        .filter(transferencia__in=lotes)
        .order_by("de__nome_chave", "para__nome_chave")
        .values_list("transferencia", "de__nome", "para__nome")
        .distinct()
    )
    rumos: dict[int, dict[str, list[str]]] = {}
    for lote, de, para in pares:
        rumo = rumos.setdefault(lote, {"de": [], "para": []})
        for lado, nome in (("de", de or "sem vendedor"), ("para", para or "sem vendedor")):
            if nome not in rumo[lado]:
                rumo[lado].append(nome)
    return rumos


def _pessoas(request: HttpRequest) -> Any:
    """Quem aparece na história que se vê."""
    itens = _itens(request).order_by()
    donos = Q(pk__in=itens.values("de")) | Q(pk__in=itens.values("para"))
    return Usuario.objects.filter(donos | Q(pk__in=_visiveis(request).order_by().values("por")))


# ── Um lote ──────────────────────────────────────────────────────────────────


def _lote(request: HttpRequest, pk: int) -> Transferencia:
    visiveis = _visiveis(request).select_related("por", "desfeita_por", "importacao")
    achado: Transferencia = get_object_or_404(visiveis, pk=pk)
    return achado


@exige(Permissao.VER_CARTEIRAS)
def lote(request: HttpRequest, pk: int) -> HttpResponse:
    transferencia = _lote(request, pk)
    itens = (
        _itens(request)
        .filter(transferencia=transferencia)
        .select_related("cliente__indicadores", "de", "de_equipe", "para", "para_equipe")
        .order_by("cliente__codigo", "pk")
    )
    contagem = itens.order_by().aggregate(
        clientes=Count("pk"), voltaram=Count("pk", filter=Q(desfeito_em__isnull=False))
    )
    por_rumo = (
        itens.order_by("de__nome_chave", "para__nome_chave")
        .values("de__nome", "para__nome")
        .annotate(n=Count("pk"))
    )
    contexto = {
        "transferencia": transferencia,
        "pagina": Paginator(itens, POR_PAGINA).get_page(request.GET.get("pagina")),
        "contagem": contagem,
        "por_rumo": por_rumo,
        "pode_desfazer": pode(request.user, Permissao.REATRIBUIR)
        and contagem["voltaram"] < contagem["clientes"],
    }
    return render(request, "carteiras/lote.html", contexto)


@exige(Permissao.REATRIBUIR)
def desfazer_lote(request: HttpRequest, pk: int) -> HttpResponse:
    """Primeiro quem voltaria e quem não, e por quê; depois desfaz."""
    transferencia, hoje = _lote(request, pk), timezone.localdate()
    if request.method != "POST":
        volta = prever_volta(transferencia, request.user, hoje)
        return render(request, "carteiras/desfazer.html", {"transferencia": transferencia, "volta": volta})
    volta = desfazer(lote=transferencia, por=request.user, hoje=hoje)
    n = len(volta.voltam)
    texto = f"{numero(n)} {plural(n, 'cliente voltou,clientes voltaram')} ao dono de antes."
    ficam = "; ".join(f"{numero(q)} {motivo}" for motivo, q in volta.motivos)
    if n:
        messages.success(request, f"{texto}{f' Ficaram: {ficam}.' if ficam else ''}")
    else:
        messages.info(request, f"Nada a desfazer: {ficam or 'a transferência está vazia'}.")
    return redirect("carteiras:lote", pk=pk)


# ── Planilhas ────────────────────────────────────────────────────────────────


@exige(Permissao.VER_CARTEIRAS)
def planilha(request: HttpRequest) -> HttpResponseBase:
    """Os clientes de todas as transferências filtradas."""
    return _responder(request, _itens(request).filter(transferencia__in=_filtradas(request).values("pk")), "")


@exige(Permissao.VER_CARTEIRAS)
def planilha_do_lote(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _responder(request, _itens(request).filter(transferencia=_lote(request, pk)), f"-{pk}")


def _responder(request: HttpRequest, itens: Any, sufixo: str) -> HttpResponseBase:
    formato = "xlsx" if request.GET.get("formato") == "xlsx" else "csv"
    registrar(
        "exportar transferências", por=request.user, objeto=formato.upper(), depois={"linhas": itens.count()}
    )
    nome = f"transferencias{sufixo}-{timezone.localdate():%Y-%m-%d}"
    return responder_planilha(formato, nome, COLUNAS, _linhas(itens), aba="Transferências")


def _linhas(itens: Any) -> Iterator[list[Any]]:
    origens = dict(OrigemDaTroca.choices)
    campos = itens.order_by("-transferencia", "cliente__codigo", "pk").values_list(
        "transferencia", "transferencia__feita_em", "transferencia__em", "cliente__codigo",
        "cliente__nome_fantasia", "cliente__razao_social", "de__nome", "de_equipe__nome", "para__nome",
        "para_equipe__nome", "transferencia__motivo", "transferencia__origem",
        "transferencia__por__nome", "desfeito_em",
    )  # fmt: skip
    for (
        pk,
        feita,
        em,
        codigo,
        fantasia,
        razao,
        de,
        de_eq,
        para,
        para_eq,
        motivo,
        origem,
        por,
        volta,
    ) in campos.iterator(chunk_size=1000):
        yield [
            pk, timezone.localdate(feita), em, codigo, fantasia or razao, de or "", de_eq or "", para or "",
            para_eq or "", motivo, origens[origem], por or "sistema",
            timezone.localdate(volta) if volta else None,
        ]  # fmt: skip


urlpatterns = [
    path("historia/", historia, name="historia"),
    path("historia/planilha/", planilha, name="planilha"),
    path("historia/<int:pk>/", lote, name="lote"),
    path("historia/<int:pk>/planilha/", planilha_do_lote, name="planilha_do_lote"),
    path("historia/<int:pk>/desfazer/", desfazer_lote, name="desfazer"),
]
