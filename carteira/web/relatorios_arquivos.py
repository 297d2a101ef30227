"""Os arquivos que um trabalhador faz: pedir, acompanhar e baixar o que é da própria pessoa."""

from pathlib import Path
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from carteira import arquivos
from carteira.web.acesso import exige
from carteira.web.relatorios_filtros import ditos
from carteira.web.relatorios_pedido import achar, consulta_de, elo
from contas.papeis import Permissao, pode
from relatorios.alcance import ainda_alcanca
from relatorios.arquivos import expirar
from relatorios.models import ArquivoGerado, EstadoDoArquivo, Formato
from relatorios.pdf import PACOTES, bibliotecas_que_faltam
from relatorios.pedido import ler_pedido
from relatorios.tabela import Tabela

_NA_TELA = 5
_TIPOS = {
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
MUDOU = "O que você vê mudou desde que este arquivo foi feito, e ele foi apagado. Peça o relatório de novo."
SEM_PDF = "Este computador não tem as bibliotecas de PDF: use a planilha."


def dos_arquivos(request: HttpRequest) -> dict[str, Any]:
    """Os últimos pedidos da própria pessoa; nada a dizer a quem não exporta."""
    exporta = pode(request.user, Permissao.EXPORTAR)
    meus = list(ArquivoGerado.objects.filter(por=request.user)[:_NA_TELA]) if exporta else []
    return {
        "pode_exportar": exporta,
        "arquivos": meus,
        "algum_aberto": any(a.aberto for a in meus),
        "sem_pdf": bool(bibliotecas_que_faltam()),
        "administra": pode(request.user, Permissao.ADMINISTRAR_INSTALACAO),
        "pacotes": PACOTES,
    }


def como_levar(request: HttpRequest, chave: str) -> dict[str, Any]:
    """Numa página com desenho próprio: pedir o PDF do que se vê, agendá-lo e acompanhá-lo nela mesma."""
    consulta = f"?{request.GET.urlencode()}" if request.GET else ""
    elos = {nome: reverse(f"relatorios:{nome}", args=[chave]) + consulta for nome in ("gerar", "agendar")}
    return dos_arquivos(request) | {"elo_gerar": elos["gerar"], "elo_agendar": elos["agendar"]}


@exige(Permissao.EXPORTAR)
@require_POST
def gerar(request: HttpRequest, chave: str) -> HttpResponse:
    """Pede a folha e volta à página, que acompanha; os filtros vêm na URL, como em toda lista."""
    relatorio = achar(request, chave)
    pedido = ler_pedido(relatorio, request.user, consulta_de(request))
    if bibliotecas_que_faltam():
        messages.error(request, SEM_PDF)
    else:
        arquivos.pedir_do_catalogo(
            por=request.user,
            relatorio=relatorio,
            pedido=pedido,
            descricao=ditos(relatorio, request.user, pedido),
            formato=Formato.PDF,
            agora=timezone.now(),
        )
    if request.htmx:
        return render(request, "relatorios/_arquivos.html", dos_arquivos(request))
    return redirect(elo("pagina", relatorio, Tabela(relatorio, request.user, pedido)) + "#arquivos")


@exige(Permissao.EXPORTAR)
@require_GET
def andamento(request: HttpRequest) -> HttpResponse:
    """O pedaço que a página pergunta enquanto algo está na fila: uma consulta."""
    if not request.htmx:
        return redirect("relatorios:indice")
    return render(request, "relatorios/_arquivos.html", dos_arquivos(request))


@exige(Permissao.EXPORTAR)
@require_GET
def baixar(request: HttpRequest, pk: int) -> FileResponse | HttpResponse:
    """Só de quem é, para os outros o arquivo não existe; e só enquanto a pessoa vê o relatório de que ele saiu.

    Quem deixou de ver um dos clientes que via quando o arquivo se fez pede outro: este se apaga.
    """
    prontos = ArquivoGerado.objects.filter(
        por=request.user, estado=EstadoDoArquivo.PRONTO, expira_em__gt=timezone.now()
    )
    arquivo = get_object_or_404(prontos, pk=pk)
    if chave := arquivo.filtros.get("relatorio"):
        achar(request, chave)
    if not ainda_alcanca(arquivo, request.user):
        expirar(arquivo)
        messages.warning(request, MUDOU)
        return redirect("relatorios:indice")
    caminho = Path(arquivo.caminho)
    if not caminho.exists():
        raise Http404
    resposta = FileResponse(
        caminho.open("rb"),
        as_attachment=True,
        filename=arquivo.nome,
        content_type=_TIPOS[Path(arquivo.nome).suffix],
    )
    resposta["Cache-Control"] = "private, no-store"
    return resposta


urlpatterns = [
    path("arquivos/", andamento, name="arquivos"),
    path("arquivos/<int:pk>/", baixar, name="baixar"),
    path("<slug:chave>/pdf/", gerar, name="gerar"),
]
