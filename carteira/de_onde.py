"""De onde se chega: o pedido HTTP e a tarefa dizem à auditoria o endereço, o meio e o nome do pedido."""

import re
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import Any

import structlog.contextvars
from celery.signals import task_postrun, task_prerun
from django.http import HttpRequest, HttpResponse

from carteira.origens import endereco_de
from clientes.lgpd import vistas
from contas.auditoria import DeOnde, vindo_de
from contas.models import Via

_ABERTAS: dict[str, ExitStack] = {}
_SEM_CONTROLE = re.compile(r"[^\x20-\x7e\xa0-\xff]")


class DeOndeMiddleware:
    """O primeiro da casa: o que se registrar durante o pedido diz de onde ele veio; e quem viu que ficha.

    O endereço é o que a entrada já usa: com PROXIES_CONFIAVEIS, o que o último proxy confiável viu. A vista se grava
    depois da página pronta, fora da transação só de leitura de quem vê como outra pessoa.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with vindo_de(partial(do_pedido, request)):
            resposta = self.get_response(request)
            vista = getattr(request, "vista_da_ficha", None)
            if vista is not None and resposta.status_code == 200:
                vistas.anotar(*vista)
            return resposta


def do_pedido(request: HttpRequest) -> DeOnde:
    via = Via.API if request.path.startswith("/api/") else Via.PAGINA
    navegador = _SEM_CONTROLE.sub("", request.headers.get("User-Agent", ""))[:200]
    return DeOnde(via, endereco_de(request), navegador, nome_do_pedido(request))


def nome_do_pedido(request: HttpRequest) -> str:
    """O mesmo dos registros do servidor, se ele lhe deu um; senão, um que fica com o pedido."""
    dado = structlog.contextvars.get_contextvars().get("request_id")
    if not dado:
        dado = request.__dict__.setdefault("_nome_do_pedido", uuid.uuid4().hex)
    return str(dado)


def ligar() -> None:
    task_prerun.connect(_comecou, dispatch_uid="auditoria-tarefa-comecou", weak=False)
    task_postrun.connect(_acabou, dispatch_uid="auditoria-tarefa-acabou", weak=False)


def _comecou(task_id: str = "", task: Any = None, **resto: Any) -> None:
    pilha = ExitStack()
    pilha.enter_context(vindo_de(partial(DeOnde, Via.TAREFA, None, getattr(task, "name", ""), task_id)))
    _ABERTAS[task_id] = pilha


def _acabou(task_id: str = "", **resto: Any) -> None:
    if pilha := _ABERTAS.pop(task_id, None):
        pilha.close()
