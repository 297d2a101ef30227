"""`Idempotency-Key`: quem não recebeu a resposta repete o pedido e recebe a mesma, sem refazer nada.

Guarda-se o que deu certo. Uma recusa não muda nada e não gasta a chave: conserta-se e repete-se. O que se criou lê-se
outra vez como quem pede o vê agora: o que já não é dele, ou já não se mostra, não volta pela resposta guardada.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import JSONRenderer

from carteira.api.problemas import OUTRO_PEDIDO, Problema
from carteira.repetiveis import Atendido, EmCurso, OutroPedido, atendido_antes, guardar

CABECALHO = "Idempotency-Key"
REPETIDA = "Idempotency-Replayed"
_CHAVE = re.compile(r"[\x21-\x7e]{1,200}")
_GUARDADOS = ("ETag", "Location")
PARAMETRO = OpenApiParameter(
    CABECALHO,
    str,
    OpenApiParameter.HEADER,
    description="Uma chave sua por pedido (um UUID serve). A mesma chave com o mesmo corpo devolve a mesma resposta, "
    "com `Idempotency-Replayed: true` (o objeto criado, como está agora; 404 se você já não o vê); com outro corpo, "
    "422; enquanto a primeira não acaba, 409.",
)


def chave_do_pedido(request: Any) -> str:
    chave = request.headers.get(CABECALHO, "").strip()
    if chave and not _CHAVE.fullmatch(chave):
        raise Problema(400, f"{CABECALHO} tem de 1 a 200 letras, números e sinais, sem espaços nem acentos.")
    return str(chave)


def resumo_do_pedido(request: Any, corpo: str) -> str:
    """Método, endereço e corpo: a mesma chave noutro endereço é outro pedido."""
    partes = (request.method, request.get_full_path(), corpo)
    return hashlib.sha256("\x1f".join(partes).encode()).hexdigest()


def uma_vez(
    request: Any,
    resumo_do_corpo: str,
    fazer: Callable[[], Any],
    reler: Callable[[Atendido], Any] | None = None,
) -> Any:
    """`fazer()`, ou a resposta que ele já deu a esta chave, relida se há como."""
    chave = chave_do_pedido(request)
    if not chave:
        return fazer()
    resumo = resumo_do_pedido(request, resumo_do_corpo)
    with transaction.atomic():
        try:
            antes = atendido_antes(request.user, chave, resumo)
        except EmCurso:
            raise Problema(409, "Este pedido está sendo atendido agora: espere e repita.") from None
        except OutroPedido:
            detalhe = f"Esta {CABECALHO} já foi usada para outro pedido: use outra."
            raise Problema(422, detalhe, tipo=OUTRO_PEDIDO) from None
        if antes is not None:
            return _resposta(_atendido(reler(antes)) if reler else antes, {REPETIDA: "true"})
        resposta = fazer()
        if not 200 <= resposta.status_code < 300:
            return resposta
        atendido = _atendido(resposta)
        guardar(request.user, chave, resumo, atendido)
    return _resposta(atendido)


def corpo_em_resumo(dados: Any) -> str:
    return hashlib.sha256(JSONRenderer().render(dados)).hexdigest()


def _atendido(resposta: Any) -> Atendido:
    dados = getattr(resposta, "data", None)
    corpo = (
        resposta.content if dados is None and not hasattr(resposta, "data") else JSONRenderer().render(dados)
    )
    cabecalhos = {nome: resposta[nome] for nome in _GUARDADOS if nome in resposta}
    return Atendido(resposta.status_code, corpo.decode() if resposta.status_code != 204 else "", cabecalhos)


def _resposta(atendido: Atendido, mais: dict[str, str] | None = None) -> HttpResponse:
    resposta = HttpResponse(atendido.corpo, status=atendido.status, content_type="application/json")
    for nome, valor in (atendido.cabecalhos | (mais or {})).items():
        resposta[nome] = valor
    return resposta
