"""Toda recusa é um `application/problem+json` (RFC 9457) em português, com os erros por campo."""

import logging
import re
from typing import Any

from django.core.exceptions import PermissionDenied as SemPermissao
from django.core.signals import got_request_exception
from django.http import Http404
from django.utils.cache import patch_cache_control
from rest_framework import exceptions as erros
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import set_rollback

registro = logging.getLogger("carteira.api")
TIPO_DE_CONTEUDO = "application/problem+json"
_PEDIDO = re.compile(r"[\w.-]{1,64}", re.ASCII)

# O que cada situação quer dizer: (nome do tipo, título).
TIPOS: dict[int, tuple[str, str]] = {
    400: ("dados-invalidos", "Há algo errado no que foi mandado"),
    401: ("nao-autenticado", "Falta um token que valha"),
    403: ("sem-permissao", "Isto não é permitido"),
    404: ("nao-encontrado", "Não há nada aqui"),
    405: ("metodo-nao-aceito", "O recurso não aceita este método"),
    406: ("formato-nao-servido", "A resposta só vai em JSON"),
    409: ("conflito", "O pedido contradiz o que já está guardado"),
    410: ("marca-vencida", "A marca já não serve"),
    412: ("desatualizado", "O objeto mudou desde que foi lido"),
    413: ("grande-demais", "O corpo é grande demais"),
    415: ("formato-nao-aceito", "O corpo não está num formato aceito"),
    422: ("lote-recusado", "O pedido não pôde ser atendido como veio"),
    428: ("falta-if-match", "Diga que versão está sendo mudada"),
    429: ("chamadas-demais", "Chamadas demais"),
    503: ("ocupado", "Outra coisa está em curso"),
    500: ("erro-interno", "Algo deu errado do nosso lado"),
}
# O que a situação sozinha não diz.
OUTRO_PEDIDO = ("chave-de-outro-pedido", "A chave já é de outro pedido")
_DETALHES = {
    404: "O endereço não existe, ou o objeto não está no que você vê.",
    406: "Peça `application/json` (ou não mande Accept).",
    500: "Nada foi gravado. Tente de novo; se persistir, avise quem cuida do Carteira.",
}


class Problema(erros.APIException):
    """Uma recusa que a API diz por extenso: `raise Problema(409, "…")`."""

    def __init__(
        self,
        status: int,
        detalhe: str,
        campos: dict[str, list[str]] | None = None,
        tipo: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(detalhe)
        self.status_code, self.campos, self.tipo = status, campos, tipo


class ProblemaSerializer(serializers.Serializer[Any]):
    """Um erro: o que houve, em palavras, e em que campos."""

    type = serializers.CharField(help_text="O tipo do problema, estável: é por ele que um programa decide.")
    title = serializers.CharField(help_text="O tipo em palavras.")
    status = serializers.IntegerField(help_text="O código HTTP.")
    detail = serializers.CharField(help_text="O que houve desta vez, e o que fazer.")
    erros = serializers.DictField(
        child=serializers.ListField(child=serializers.CharField()),
        required=False,
        help_text="Por campo ou parâmetro, o que não se aceitou.",
    )
    pedido = serializers.CharField(required=False, help_text="O X-Request-ID da chamada, se houver.")


def responder(exc: Exception, contexto: dict[str, Any]) -> Response:
    """O `EXCEPTION_HANDLER`: também o que ninguém esperava sai em JSON, depois de registrado."""
    pedido = contexto["request"]
    set_rollback()
    status, detalhe, campos = _ler(exc)
    if status == 500:
        registro.exception("erro na API: %s %s", pedido.method, pedido.path)
        got_request_exception.send(sender=type(contexto["view"]), request=pedido._request)
    dito = corpo(status, detalhe, campos, pedido, tipo=getattr(exc, "tipo", None))
    resposta = Response(dito, status, content_type=TIPO_DE_CONTEUDO)
    for cabecalho, valor in _cabecalhos(exc).items():
        resposta[cabecalho] = valor
    patch_cache_control(resposta, no_store=True)
    return resposta


def corpo(
    status: int,
    detalhe: str,
    campos: dict[str, list[str]] | None = None,
    pedido: Any = None,
    *,
    tipo: tuple[str, str] | None = None,
) -> dict[str, Any]:
    nome, titulo = tipo or TIPOS[status]
    dito: dict[str, Any] = {
        "type": f"urn:carteira:problema:{nome}",
        "title": titulo,
        "status": status,
        "detail": detalhe,
    }
    if campos:
        dito["erros"] = campos
    numero = pedido.headers.get("X-Request-ID", "") if pedido is not None else ""
    return dito | ({"pedido": numero} if _PEDIDO.fullmatch(numero) else {})


def _ler(exc: Exception) -> tuple[int, str, dict[str, list[str]] | None]:
    if isinstance(exc, Problema):
        return exc.status_code, str(exc.detail), exc.campos
    if isinstance(exc, erros.ValidationError):
        return 400, *_da_validacao(exc.detail)
    if isinstance(exc, Http404 | erros.NotFound):
        return 404, _DETALHES[404], None
    if isinstance(exc, SemPermissao):
        return 403, str(exc) or "O seu papel não pode fazer isto.", None
    if isinstance(exc, erros.ParseError):
        return 400, "O corpo não é um JSON que se entenda.", None
    if isinstance(exc, erros.NotAuthenticated):
        return 401, "Mande o token em `Authorization: Bearer ctr_…`.", None
    if isinstance(exc, erros.Throttled):
        return 429, f"Espere {int(exc.wait or 0) + 1} s e tente de novo.", None
    if isinstance(exc, erros.APIException) and exc.status_code in TIPOS:
        return exc.status_code, _DETALHES.get(exc.status_code, str(exc.detail)), None
    return 500, _DETALHES[500], None


def _da_validacao(detalhe: Any) -> tuple[str, dict[str, list[str]] | None]:
    if not isinstance(detalhe, dict):
        return " ".join(str(d) for d in detalhe), None
    campos = dict(_planos(detalhe))
    return f"Confira: {', '.join(campos)}.", campos


def _planos(detalhe: Any, prefixo: str = "") -> Any:
    """`{"itens": [{}, {"valor": ["…"]}]}` → `("itens.1.valor", ["…"])`."""
    if isinstance(detalhe, dict):
        for nome, dentro in detalhe.items():
            yield from _planos(dentro, f"{prefixo}.{nome}" if prefixo else str(nome))
    elif isinstance(detalhe, list) and any(isinstance(d, dict | list) for d in detalhe):
        for n, dentro in enumerate(detalhe):
            yield from _planos(dentro, f"{prefixo}.{n}")
    elif detalhe:
        yield prefixo, [str(d) for d in (detalhe if isinstance(detalhe, list) else [detalhe])]


def _cabecalhos(exc: Exception) -> dict[str, str]:
    ditos = {}
    if entrada := getattr(exc, "auth_header", None):
        ditos["WWW-Authenticate"] = entrada
    if espera := getattr(exc, "wait", None):
        ditos["Retry-After"] = str(int(espera) + 1)
    return ditos
