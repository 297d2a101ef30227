"""Relatório de risco: a lista para levar à rua, na tela, em planilha e numa folha A4."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from carteira import arquivos
from carteira.web.acesso import exige
from carteira.web.planilha import responder_planilha
from carteira.web.recorte import chips_para, elo_da_lista, ler_recorte, parametros
from carteira.web.relatorios_arquivos import SEM_PDF, dos_arquivos
from contas.auditoria import registrar
from contas.papeis import Permissao
from relatorios.catalogo.risco import colunas_do_risco
from relatorios.composicao import Recorte
from relatorios.folha_de_risco import de_quem
from relatorios.papel import MAXIMO_NO_PAPEL
from relatorios.pdf import bibliotecas_que_faltam
from relatorios.risco import relatorio, todas_as_linhas

LINHAS_NA_TELA = 50


def _filtros(request: HttpRequest, recorte: Recorte) -> list[tuple[str, str]]:
    """Os filtros ligados em palavras; o que a pessoa não vê não tem nome a dizer."""
    return [(c.rotulo, c.valor) for c in chips_para(request.user, recorte, request.GET) if c.valor]


@exige(Permissao.VER_CLIENTES)
@require_GET
def risco(request: HttpRequest) -> HttpResponse:
    recorte = ler_recorte(request.GET)
    chips = chips_para(request.user, recorte, request.GET)
    feito = relatorio(request.user, recorte, limite=LINHAS_NA_TELA)
    filtros = [(c.rotulo, c.valor) for c in chips if c.valor]
    contexto = {
        "relatorio": feito,
        "chips": chips,
        "filtrada": bool(parametros(recorte)),
        "sem_filtros": reverse("risco:pagina"),
        "de_quem": de_quem(request.user, filtros),
        "elo_lista": elo_da_lista(recorte, status="quase_inativo", ordem="-risco"),
        "exportacoes": [(f.upper(), _elo("risco:planilha", recorte, formato=f)) for f in ("csv", "xlsx")],
        "elo_gerar": _elo("risco:gerar", recorte),
        "elo_agendar": _elo("relatorios:agendar", recorte, args=["risco"]),
        "limite_do_papel": MAXIMO_NO_PAPEL,
    }
    return render(request, "relatorios/risco.html", contexto | dos_arquivos(request))


def _elo(nome: str, recorte: Recorte, args: Sequence[str] = (), **mais: str) -> str:
    consulta = urlencode(parametros(recorte) | mais, doseq=True)
    caminho = reverse(nome, args=args)
    return f"{caminho}?{consulta}" if consulta else caminho


@exige(Permissao.EXPORTAR)
@require_POST
def gerar(request: HttpRequest) -> HttpResponse:
    """Pede a folha e volta à página, que acompanha; os filtros vêm na URL, como em toda lista."""
    recorte = ler_recorte(request.GET)
    if bibliotecas_que_faltam():
        messages.error(request, SEM_PDF)
    else:
        arquivos.pedir(
            por=request.user, recorte=recorte, descricao=_filtros(request, recorte), agora=timezone.now()
        )
    if request.htmx:
        return render(request, "relatorios/_arquivos.html", dos_arquivos(request))
    return redirect(_elo("risco:pagina", recorte) + "#arquivos")


# ── Planilha ─────────────────────────────────────────────────────────────────


@exige(Permissao.EXPORTAR)
@require_GET
def planilha(request: HttpRequest) -> Any:
    """Todas as linhas, com os mesmos filtros e a mesma ordem."""
    formato = request.GET.get("formato", "csv")
    if formato not in {"csv", "xlsx"}:
        raise Http404
    recorte = ler_recorte(request.GET)
    registrar(
        "exportar relatório de risco",
        por=request.user,
        objeto=formato.upper(),
        depois={"filtros": dict(_filtros(request, recorte))},
    )
    colunas = colunas_do_risco()
    todas = todas_as_linhas(request.user, recorte)
    linhas = ([coluna.celula(linha) for coluna in colunas] for linha in todas)
    nome = f"relatorio-de-risco-{timezone.localdate():%Y-%m-%d}"
    return responder_planilha(formato, nome, [c.da_planilha for c in colunas], linhas, aba="Risco")


urlpatterns = [
    path("", risco, name="pagina"),
    path("gerar/", gerar, name="gerar"),
    path("planilha/", planilha, name="planilha"),
]
