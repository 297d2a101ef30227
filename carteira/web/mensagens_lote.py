"""O filtro inteiro de uma vez: reenviar as que não saíram, e levar a lista numa planilha."""

from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from carteira.formatos import numero, plural
from carteira.ids import id_de
from carteira.tasks import enviar_pendentes_task, tocar
from carteira.web.acesso import exige
from carteira.web.mensagens import filtradas, migalhas
from carteira.web.planilha import responder_planilha
from contas.auditoria import registrar
from contas.papeis import Permissao
from notificacoes.caixa import REENVIAVEIS, reenviar_todas, reenviaveis
from notificacoes.models import EstadoDaMensagem, Mensagem
from relatorios.planilhas import Coluna

AMOSTRA = 5
COLUNAS = (
    Coluna("Escrita em", largura=18),
    Coluna("Tipo", largura=22),
    Coluna("Assunto", largura=48),
    Coluna("Pessoa", largura=28),
    Coluna("Para", largura=32),
    Coluna("Estado", largura=30),
    Coluna("Tentativas", "inteiro"),
    Coluna("Enviada em", largura=18),
    Coluna("Erro", largura=60),
    Coluna("Message-ID", largura=48),
)


@require_http_methods(["GET", "POST"])
@exige(Permissao.VER_MENSAGENS)
def reenviar(request: HttpRequest) -> HttpResponse:
    """GET mostra quantas e quais; POST reenvia só as que a pergunta mostrou (as de depois esperam outra)."""
    pedido = request.POST if request.method == "POST" else request.GET
    mensagens, q, estado = filtradas(request, pedido)
    if ate := id_de(pedido.get("ate", "")):
        mensagens = mensagens.filter(pk__lte=ate)
    if request.method == "POST":
        return _reenviar(request, mensagens, q, estado)
    voltam = reenviaveis(mensagens).order_by("-pk")
    amostra = list(voltam.defer("texto", "html")[:AMOSTRA])
    contexto = {
        "quantas": voltam.count(),
        "incertas": voltam.filter(estado=EstadoDaMensagem.INCERTO).count(),
        "suspensas": mensagens.filter(estado__in=REENVIAVEIS).count() - voltam.count(),
        "amostra": amostra,
        "ate": amostra[0].pk if amostra else 0,
        "q": q,
        "estado": estado,
        "voltar": _lista(q, estado),
        "migalhas": migalhas({"nome": "Reenviar em lote"}),
    }
    return render(request, "mensagens/reenviar_lote.html", contexto)


def _reenviar(request: HttpRequest, mensagens: Any, q: str, estado: str) -> HttpResponse:
    quantas = reenviar_todas(mensagens=mensagens, por=request.user)
    if quantas:
        tocar(enviar_pendentes_task)
        frase = plural(quantas, "mensagem volta,mensagens voltam")
        messages.success(request, f"{numero(quantas)} {frase} à fila e saem em instantes.")
    else:
        messages.warning(request, "Nenhuma destas está incerta nem recusada: nada foi reenviado.")
    return redirect(_lista(q, estado))


def _lista(q: str, estado: str) -> str:
    filtros = urlencode({nome: valor for nome, valor in (("estado", estado), ("q", q)) if valor})
    return reverse("mensagens:lista") + (f"?{filtros}" if filtros else "")


@require_safe
@exige(Permissao.VER_MENSAGENS)
def exportar(request: HttpRequest) -> HttpResponseBase:
    """As do filtro que se está vendo, sem o corpo; quem exportou fica na auditoria."""
    mensagens, q, estado = filtradas(request, request.GET)
    formato = "xlsx" if request.GET.get("formato") == "xlsx" else "csv"
    registrar(
        "exportar mensagens",
        por=request.user,
        depois={"formato": formato, "estado": estado, "procura": q, "linhas": mensagens.count()},
    )
    linhas = mensagens.select_related("pessoa").defer("texto", "html").order_by("-id").iterator(500)
    nome = f"mensagens-{timezone.localdate():%Y-%m-%d}"
    return responder_planilha(formato, nome, COLUNAS, _linhas(linhas), aba="Mensagens")


def _linhas(mensagens: Iterator[Mensagem]) -> Iterator[list[Any]]:
    for m in mensagens:
        yield [
            _hora(m.criada_em),
            m.get_tipo_display(),
            m.assunto,
            m.pessoa.nome if m.pessoa else "",
            m.para,
            m.get_estado_display(),
            m.tentativas,
            _hora(m.enviada_em),
            m.erro,
            m.message_id,
        ]


def _hora(instante: Any) -> str:
    return f"{timezone.localtime(instante):%d/%m/%Y %H:%M:%S}" if instante else ""


urlpatterns = [
    path("reenviar/", reenviar, name="reenviar_lote"),
    path("exportar/", exportar, name="exportar"),
]
