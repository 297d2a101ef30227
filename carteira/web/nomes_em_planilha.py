"""Os nomes atrás de um número, em planilha: o que a página mostra, todas as páginas dela."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils import timezone

from atividade.rotulos import NOMES
from carteira.web.planilha import responder_planilha
from contas.auditoria import registrar
from contas.papeis import Permissao, pode
from relatorios.planilhas import Coluna

FORMATOS = ("csv", "xlsx")
_DO_CLIENTE = (
    Coluna("Código", largura=12),
    Coluna("Cliente", largura=36),
    Coluna("Cidade", largura=24),
    Coluna("UF", largura=6),
    Coluna("Situação", largura=16),
)
_DOS_FATOS = (
    Coluna("Último contato", "data"),
    Coluna("Último pedido", "data"),
    Coluna("R$ 12 meses", "moeda", 18),
)
LOTE = 2000


def exportacoes(request: HttpRequest, tabela: str = "") -> list[tuple[str, str]]:
    """Os elos da planilha desta mesma página, ou de uma das tabelas dela, para quem pode levar."""
    if not pode(request.user, Permissao.EXPORTAR):
        return []
    consulta = request.GET.copy()
    consulta.pop("pagina", None)
    if tabela:
        consulta["tabela"] = tabela
    elos = []
    for formato in FORMATOS:
        consulta["formato"] = formato
        elos.append((formato.upper(), f"?{consulta.urlencode()}"))
    return elos


def levar(
    request: HttpRequest, nome: str, titulo: str, colunas: Sequence[Coluna], linhas: Iterable[Sequence[Any]]
) -> HttpResponseBase:
    """Qualquer tabela da tela, com quem levou, o quê e com que filtros na auditoria."""
    formato = request.GET.get("formato", "")
    if not pode(request.user, Permissao.EXPORTAR):
        raise PermissionDenied
    if formato not in FORMATOS:
        raise Http404
    filtros = {k: v for k, v in request.GET.lists() if k not in {"formato", "pagina"}}
    registrar(
        "exportar nomes", por=request.user, objeto=f"{titulo} ({formato})"[:200], depois={"filtros": filtros}
    )
    return responder_planilha(formato, nome, colunas, linhas, aba="Tabela")


def levar_clientes(
    request: HttpRequest,
    nome: str,
    titulo: str,
    indicadores: "QuerySet[Any]",
    *,
    a_mais: Sequence[Coluna] = (),
    do_cliente: Mapping[int, Sequence[Any]] | None = None,
) -> HttpResponseBase:
    """Os clientes, na ordem da tela; `do_cliente` traz, de cada um, as colunas a mais."""
    colunas = (*_DO_CLIENTE, *a_mais, *_DOS_FATOS)
    em_branco = [None] * len(a_mais)

    def linhas() -> Iterator[list[Any]]:
        for ind in indicadores.select_related("cliente").iterator(chunk_size=LOTE):
            c, contato = ind.cliente, ind.ultimo_contato_em
            yield [
                c.codigo, c.nome, c.cidade, c.uf, NOMES[ind.status], *((do_cliente or {}).get(ind.pk, em_branco)),
                timezone.localdate(contato) if contato else None, ind.ultima_compra, ind.valor_12m,
            ]  # fmt: skip

    return levar(request, nome, titulo, colunas, linhas())
