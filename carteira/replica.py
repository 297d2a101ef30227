"""As páginas que leem da réplica: relatórios, composição e exportações.

As outras precisam ver o que acabam de gravar.
"""

from collections.abc import Callable

from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest, HttpResponse
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
            return self.get_response(request)


def _e_de_leitura(caminho: str) -> bool:
    try:
        rota = resolve(caminho)
    except Resolver404:
        return False
    return bool(LUGARES.intersection(rota.namespaces)) or rota.url_name in EXPORTACOES
