"""O que as páginas de relatório têm em comum: achar o relatório, ler a URL e voltar a ela."""

from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.urls import reverse

from contas.papeis import pode
from relatorios import catalogo
from relatorios.base import Relatorio
from relatorios.tabela import Tabela


def achar(request: HttpRequest, chave: str) -> Relatorio:
    """O relatório de uma chave: 404 se não há, 403 se não é para o papel."""
    relatorio = catalogo.achar(chave)
    if relatorio is None:
        raise Http404
    if not pode(request.user, relatorio.permissao):
        raise PermissionDenied
    return relatorio


def consulta_de(request: HttpRequest) -> dict[str, list[str]]:
    return {nome: [str(v) for v in valores] for nome, valores in request.GET.lists()}


def elo(nome: str, relatorio: Relatorio, tabela: Tabela, **mais: str) -> str:
    """Outra página do mesmo relatório, com o que se está vendo."""
    partes = tabela.pedido.consulta | ({"ordem": [tabela.ordem]} if tabela.ordem else {}) | mais
    return f"{reverse(f'relatorios:{nome}', args=[relatorio.chave])}?{urlencode(partes, doseq=True)}"
