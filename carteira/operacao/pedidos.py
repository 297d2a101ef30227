"""Cada pedido à web: um número que o acompanha até a última tarefa, uma linha no registro e uma medida."""

import re
import time
import uuid
from typing import Any

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_structlog.middlewares import RequestMiddleware

from carteira.operacao import metricas

registro = structlog.get_logger("carteira.pedidos")
CABECALHO = "X-Request-ID"
# Quem está na frente pode dar o número; o que não parece um número de pedido é trocado.
_ACEITO = re.compile(r"[A-Za-z0-9_-]{8,64}")
SEM_ROTA, ESTATICOS = "sem-rota", "estaticos"
# Perguntados a cada poucos segundos por máquinas: contam na medida, e não enchem o registro.
_CALADAS = frozenset({"saude", "saude_viva", "saude_pronta", "metricas", ESTATICOS})


class PedidoMiddleware(RequestMiddleware):
    """O do django-structlog, com uma linha só por pedido e sem endereço, IP nem navegador.

    O primeiro da lista: mede tudo, até o que outro middleware recusa.
    """

    def prepare(self, request: HttpRequest) -> None:
        pedido = request.headers.get(CABECALHO, "")
        request.request_id = pedido if _ACEITO.fullmatch(pedido) else uuid.uuid4().hex
        request._comecou = time.perf_counter()
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request.request_id)

    def handle_response(self, request: HttpRequest, response: HttpResponse) -> None:
        response[CABECALHO] = request.request_id
        segundos, rota = time.perf_counter() - request._comecou, nome_da_rota(request)
        metricas.contar_pedido(rota, request.method or "", response.status_code, segundos)
        erro = request.__dict__.pop("_raised_exception", None)
        campos: dict[str, Any] = {
            "metodo": request.method,
            "rota": rota,
            "status": response.status_code,
            "duracao_ms": round(segundos * 1000),
            **_de_quem(request),
        }
        if erro is not None or response.status_code >= 500:
            registro.error("pedido falhou", exc_info=erro, **campos)
        elif rota not in _CALADAS:
            registro.info("pedido", **campos)
        structlog.contextvars.clear_contextvars()

    def _process_exception(self, request: HttpRequest, exception: Exception) -> None:
        request._raised_exception = exception


def nome_da_rota(request: HttpRequest) -> str:
    """O nome que a casa dá à página; nunca o caminho, que pode levar um código ou um segredo."""
    achada = request.resolver_match
    if achada is None and request.path.startswith(settings.STATIC_URL):
        return ESTATICOS
    return (achada.view_name or SEM_ROTA) if achada else SEM_ROTA


def _de_quem(request: HttpRequest) -> dict[str, int]:
    """O número de quem entrou, se a página chegou a perguntar: registrar não abre a sessão de ninguém."""
    pessoa = request.__dict__.get("_cached_user")
    return {"usuario_id": pessoa.pk} if pessoa is not None and pessoa.pk else {}
