"""O aviso que traz a volta: o mesmo Desfazer com htmx e sem JavaScript, com prazo, e que se pode repetir."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django_htmx.http import trigger_client_event

_SAL = "carteira.lote"
_VALE = timedelta(days=1)
_PASSOU = "O prazo para desfazer (um dia) já passou: o que se fez fica como está."


class PrazoPassado(Exception):
    """O bilhete é bom, mas venceu; `str()` diz o que a pessoa lê."""

    def __init__(self) -> None:
        super().__init__(_PASSOU)


def dizer(request: HttpRequest, texto: str, *, desfazer: str = "") -> None:
    """A mensagem da próxima página; o endereço da volta vai nas etiquetas dela, e a casca faz o botão."""
    messages.success(request, texto, extra_tags=desfazer)


def bilhete(request: HttpRequest, nome: str, dados: list[Any]) -> str:
    """O que desfazer, assinado: só serve a quem o recebeu, ao gesto que o deu, e por um dia."""
    return signing.dumps([request.user.pk, nome, dados], salt=_SAL, compress=True)


def do_bilhete(request: HttpRequest, nome: str, texto: str) -> list[Any]:
    try:
        de_quem, de, dados = signing.loads(texto, salt=_SAL, max_age=_VALE)
    except signing.SignatureExpired as erro:
        raise PrazoPassado from erro
    except (signing.BadSignature, ValueError) as erro:
        raise BadRequest("Este desfazer já não vale.") from erro
    if de_quem != request.user.pk:
        raise BadRequest("Este desfazer é de outra pessoa.")
    if de != nome:
        raise BadRequest("Este desfazer é de outra ação.")
    return list(dados)


def passou(request: HttpRequest, destino: str) -> HttpResponse:
    """O prazo venceu: nada muda, e diz-se por quê."""
    if not request.htmx:
        messages.error(request, _PASSOU)
        return redirect(destino)
    return trigger_client_event(HttpResponse(status=204), "avisar", {"texto": _PASSOU, "tipo": "error"})
