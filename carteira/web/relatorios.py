"""Relatórios: o índice e a página comum de todos os do catálogo, com os filtros na URL e a planilha do que se vê."""

from itertools import groupby
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_GET

from carteira.web.acesso import exige
from carteira.web.planilha import responder_planilha
from carteira.web.relatorios_arquivos import dos_arquivos
from carteira.web.relatorios_elos import LUGARES, url_do_elo
from carteira.web.relatorios_filtros import campos_de_numero, campos_proprios, chips_do_relatorio, ditos
from carteira.web.relatorios_pedido import achar, consulta_de, elo
from contas.auditoria import registrar
from contas.papeis import Permissao
from relatorios import catalogo
from relatorios.base import Coluna, Escolha, Numero, Periodo, Proprio, Relatorio
from relatorios.papel import LINHAS_POR_PARTE, MAXIMO_NO_PAPEL
from relatorios.pedido import Pedido, ler_pedido, recorte_em_partes
from relatorios.tabela import Celula, Tabela

LINHAS_POR_PAGINA = 50


@exige(Permissao.VER_CLIENTES)
@require_GET
def indice(request: HttpRequest) -> HttpResponse:
    """Os que a pessoa pode abrir, por assunto, cada um com a pergunta que responde."""
    olhando = bool(request.user.olhado_por)  # as páginas próprias não se abrem vendo como outra pessoa
    meus = [r for r in catalogo.que_pode_ver(request.user) if not (olhando and r.lugar)]
    grupos = [(nome, list(deles)) for nome, deles in groupby(meus, key=lambda r: r.grupo)]
    return render(request, "relatorios/indice.html", {"grupos": grupos} | dos_arquivos(request))


@require_GET
def pagina(request: HttpRequest, chave: str) -> HttpResponse:
    relatorio = achar(request, chave)
    if relatorio.lugar:
        return redirect(f"{reverse(LUGARES[relatorio.lugar])}?{request.GET.urlencode()}")
    pedido = ler_pedido(relatorio, request.user, consulta_de(request))
    tabela = Tabela(relatorio, request.user, pedido)
    pagina_ = Paginator(tabela, LINHAS_POR_PAGINA).get_page(request.GET.get("pagina"))
    contexto = {
        "relatorio": relatorio,
        "pedido": pedido,
        "tabela": tabela,
        "pagina": pagina_,
        "cabecalhos": [_cabecalho(request, tabela, c) for c in tabela.colunas],
        "linhas": [_com_urls(linha, pedido, request.user) for linha in pagina_.object_list],
        "total": _com_urls(tabela.total, pedido, request.user) if tabela.total else None,
        "regra": relatorio.regra(pedido),
        "calculado_em": relatorio.referencia(pedido),
        "chips": chips_do_relatorio(relatorio, request.user, pedido, request.GET),
        "numeros": campos_de_numero(relatorio, pedido),
        "proprios": campos_proprios(relatorio, pedido),
        "periodo": pedido.intervalo,
        "sem_o_periodo": _resto(request, "periodo", "de", "ate"),
        "sem_os_numeros": _resto(request, *pedido.numeros, *_que_se_escrevem(relatorio)),
        "filtrada": _filtrada(request, relatorio, pedido),
        "sem_filtros": reverse("relatorios:pagina", args=[chave]),
        "elo_agendar": elo("agendar", relatorio, tabela),
        "elo_gerar": elo("gerar", relatorio, tabela),
        "papel_demais": tabela.quantas > MAXIMO_NO_PAPEL,
        "limite_do_papel": MAXIMO_NO_PAPEL,
        "papel_em_partes": tabela.quantas > LINHAS_POR_PARTE,
        "linhas_por_parte": LINHAS_POR_PARTE,
        "exportacoes": [(f.upper(), elo("planilha", relatorio, tabela, formato=f)) for f in ("csv", "xlsx")],
    }
    return render(request, "relatorios/pagina.html", contexto | dos_arquivos(request))


def _com_urls(celulas: list[Celula], pedido: Pedido, usuario: Any) -> list[tuple[Celula, str]]:
    return [(c, url_do_elo(c.elo, pedido.recorte, usuario) if c.elo else "") for c in celulas]


def _cabecalho(request: HttpRequest, tabela: Tabela, coluna: Coluna) -> dict[str, Any]:
    """Um clique ordena (números do maior para o menor, textos de A a Z); o segundo inverte."""
    atual, desce = tabela.ordenada_por
    minha = atual is not None and atual.chave == coluna.chave
    desceria = not desce if minha else coluna.numerica
    consulta = request.GET.copy()
    consulta["ordem"] = f"{'-' if desceria else ''}{coluna.chave}"
    consulta.pop("pagina", None)
    return {
        "coluna": coluna,
        "url": f"?{consulta.urlencode()}" if coluna.ordena else "",
        "sentido": ("descending" if desce else "ascending") if minha else "",
    }


def _resto(request: HttpRequest, *fora: str) -> list[tuple[str, str]]:
    """O resto da URL, para um formulário de poucos campos não o perder."""
    return [(k, v) for k, valores in request.GET.lists() if k not in {"pagina", *fora} for v in valores]


def _que_se_escrevem(relatorio: Relatorio) -> list[str]:
    return [f.chave for f in relatorio.filtros if isinstance(f, Proprio) and f.ajuda]


def _filtrada(request: HttpRequest, relatorio: Relatorio, pedido: Pedido) -> bool:
    """Há algo ligado que se possa limpar."""
    proprios = {f.chave for f in relatorio.filtros if isinstance(f, Escolha | Numero | Proprio)}
    if any(isinstance(f, Periodo) for f in relatorio.filtros):
        proprios |= {"periodo", "de", "ate"}
    return bool(recorte_em_partes(pedido.recorte)) or any(request.GET.get(n) for n in proprios)


@exige(Permissao.EXPORTAR)
@require_GET
def planilha(request: HttpRequest, chave: str) -> HttpResponseBase:
    """CSV ou XLSX de todas as linhas, na ordem da tela e com o total; quem exportou fica na auditoria."""
    relatorio = achar(request, chave)
    formato = request.GET.get("formato", "csv")
    if formato not in {"csv", "xlsx"}:
        raise Http404
    pedido = ler_pedido(relatorio, request.user, consulta_de(request))
    tabela = Tabela(relatorio, request.user, pedido)
    filtros = dict(ditos(relatorio, request.user, pedido))
    registrar(
        "exportar relatório",
        por=request.user,
        objeto=f"{relatorio.titulo} ({formato.upper()})",
        depois={"filtros": filtros, "linhas": tabela.quantas},
    )
    nome = f"{chave}-{relatorio.referencia(pedido) or 'sem-data'}"
    return responder_planilha(
        formato, nome, tabela.colunas_da_planilha, tabela.valores(), aba=relatorio.titulo
    )


urlpatterns = [
    path("", indice, name="indice"),
    path("<slug:chave>/", pagina, name="pagina"),
    path("<slug:chave>/planilha/", planilha, name="planilha"),
]
