"""Relatório de risco: a lista para levar à rua, na tela, em planilha e numa folha A4."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from carteira import arquivos
from carteira.formatos import telefone
from carteira.web.acesso import exige
from carteira.web.planilha import colunas_dos_limites, responder_planilha
from carteira.web.recorte import chips_para, elo_da_lista, ler_recorte, parametros
from contas.auditoria import registrar
from contas.papeis import Permissao, pode
from relatorios.arquivos import de_quem
from relatorios.composicao import Recorte
from relatorios.models import ArquivoGerado, EstadoDoArquivo
from relatorios.pdf import PACOTES, bibliotecas_que_faltam
from relatorios.planilhas import Coluna
from relatorios.risco import LIMITE_DO_PAPEL, Linha, relatorio, todas_as_linhas

LINHAS_NA_TELA = 50
_ARQUIVOS_NA_TELA = 5


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
        "sem_filtros": reverse("relatorios:risco"),
        "de_quem": de_quem(request.user, filtros),
        "elo_lista": elo_da_lista(recorte, status="quase_inativo", ordem="-risco"),
        "exportacoes": [
            (f.upper(), _elo("relatorios:planilha", recorte, formato=f)) for f in ("csv", "xlsx")
        ],
        "elo_gerar": _elo("relatorios:gerar", recorte),
        "limite_do_papel": LIMITE_DO_PAPEL,
    }
    return render(request, "relatorios/risco.html", contexto | _dos_arquivos(request))


def _elo(nome: str, recorte: Recorte, **mais: str) -> str:
    consulta = urlencode(parametros(recorte) | mais, doseq=True)
    return f"{reverse(nome)}?{consulta}" if consulta else reverse(nome)


def _dos_arquivos(request: HttpRequest) -> dict[str, Any]:
    """Os últimos pedidos da própria pessoa; nada a dizer a quem não exporta."""
    exporta = pode(request.user, Permissao.EXPORTAR)
    meus = list(ArquivoGerado.objects.filter(por=request.user)[:_ARQUIVOS_NA_TELA]) if exporta else []
    return {
        "pode_exportar": exporta,
        "arquivos": meus,
        "algum_aberto": any(a.aberto for a in meus),
        "sem_pdf": bool(bibliotecas_que_faltam()),
        "administra": pode(request.user, Permissao.ADMINISTRAR_INSTALACAO),
        "pacotes": PACOTES,
    }


@exige(Permissao.EXPORTAR)
@require_POST
def gerar(request: HttpRequest) -> HttpResponse:
    """Pede a folha e volta à página, que acompanha; os filtros vêm na URL, como em toda lista."""
    recorte = ler_recorte(request.GET)
    if bibliotecas_que_faltam():
        messages.error(request, "Este computador não tem as bibliotecas de PDF: use a planilha.")
    else:
        arquivos.pedir(
            por=request.user, recorte=recorte, descricao=_filtros(request, recorte), agora=timezone.now()
        )
    if request.htmx:
        return render(request, "relatorios/_arquivos.html", _dos_arquivos(request))
    return redirect(_elo("relatorios:risco", recorte) + "#arquivos")


@exige(Permissao.EXPORTAR)
@require_GET
def andamento(request: HttpRequest) -> HttpResponse:
    """O pedaço que a página pergunta enquanto algo está na fila: uma consulta."""
    if not request.htmx:
        return redirect("relatorios:risco")
    return render(request, "relatorios/_arquivos.html", _dos_arquivos(request))


@exige(Permissao.EXPORTAR)
@require_GET
def baixar(request: HttpRequest, pk: int) -> FileResponse:
    """Só quem pediu; para os outros o arquivo não existe."""
    prontos = ArquivoGerado.objects.filter(
        por=request.user, estado=EstadoDoArquivo.PRONTO, expira_em__gt=timezone.now()
    )
    arquivo = get_object_or_404(prontos, pk=pk)
    caminho = Path(arquivo.caminho)
    if not caminho.exists():
        raise Http404
    resposta = FileResponse(
        caminho.open("rb"), as_attachment=True, filename=arquivo.nome, content_type="application/pdf"
    )
    resposta["Cache-Control"] = "private, no-store"
    return resposta


# ── Planilha ─────────────────────────────────────────────────────────────────


def _colunas_da_planilha() -> tuple[Coluna, ...]:
    return (
        Coluna("#", "inteiro", 6),
        Coluna("Código", largura=12),
        Coluna("Cliente", largura=36),
        Coluna("Município", largura=22),
        Coluna("UF", largura=6),
        Coluna("Situação", largura=16),
        Coluna("Dias sem comprar", "inteiro"),
        Coluna("Ciclo (dias)", "decimal"),
        Coluna("Vezes o ciclo", "decimal"),
        Coluna("Último pedido", "data"),
        *colunas_dos_limites(),
        Coluna("R$ por ano", "moeda"),
        Coluna("Curva ABC", largura=10),
        Coluna("Telefone", largura=18),
        Coluna("Saber antes", largura=40),
        Coluna("Vendedor", largura=24),
    )


def _colunas(linha: Linha) -> list[Any]:
    ind, cliente = linha.ind, linha.cliente
    return [
        linha.posto,
        cliente.codigo,
        cliente.nome,
        cliente.cidade,
        cliente.uf,
        linha.situacao,
        linha.recencia,
        round(linha.ciclo, 1) if linha.ciclo else None,
        round(linha.vezes, 1) if linha.vezes else None,
        ind.ultima_compra,
        ind.quase_inativo_em,
        ind.inativo_em,
        linha.valor,
        ind.curva_abc,
        telefone(linha.telefone),
        f"{linha.prazo}. {linha.conversa}.",
        ind.vendedor.nome if ind.vendedor else "",
    ]


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
    linhas = (_colunas(linha) for linha in todas_as_linhas(request.user, recorte))
    nome = f"relatorio-de-risco-{timezone.localdate():%Y-%m-%d}"
    return responder_planilha(formato, nome, _colunas_da_planilha(), linhas, aba="Risco")


urlpatterns = [
    path("", risco, name="risco"),
    path("gerar/", gerar, name="gerar"),
    path("planilha/", planilha, name="planilha"),
    path("arquivos/", andamento, name="arquivos"),
    path("arquivos/<int:pk>/", baixar, name="baixar"),
]
