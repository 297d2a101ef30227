"""As páginas que leem da réplica: relatórios, composição e exportações.

As outras precisam ver o que acabam de gravar.
"""

from collections.abc import Callable, Iterable, Iterator

from django.core.exceptions import MiddlewareNotUsed
from django.http import FileResponse, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import Resolver404, resolve

from contas import replica

# Lugares por nome de rota; de gestos (POST) nenhum é.
LUGARES = frozenset(
    {"composicao", "migracao", "relatorios", "resultados", "risco"}
    | {"positivacao", "declinio", "checkup", "retorno", "ciclo"}
)
EXPORTACOES = frozenset({"exportar", "planilha"})
_SEGUROS = frozenset({"GET", "HEAD"})


class ReplicaMiddleware:
    """Sem réplica configurada, nem entra na cadeia."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if not replica.existe():
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in _SEGUROS or not _e_de_leitura(request.path_info):
            return self.get_response(request)
        with replica.lendo() as leitura:
            request.leitura = leitura
            resposta = self.get_response(request)
        if isinstance(resposta, StreamingHttpResponse) and not isinstance(resposta, FileResponse):
            resposta.streaming_content = _em_pedacos(resposta.streaming_content, leitura)
        return resposta


def _em_pedacos(partes: Iterable[bytes], leitura: replica.Leitura) -> Iterator[bytes]:
    """As linhas leem-se quando o servidor as pede, já fora do bloco da página."""
    with replica.como(leitura):
        yield from partes


def _e_de_leitura(caminho: str) -> bool:
    try:
        rota = resolve(caminho)
    except Resolver404:
        return False
    return bool(LUGARES.intersection(rota.namespaces)) or rota.url_name in EXPORTACOES
