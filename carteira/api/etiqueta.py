"""A versão de um objeto (`ETag`): o resumo do que se mostra dele. Ler outra vez sem mudança custa um 304."""

import hashlib
from typing import Any

from django.utils.cache import get_conditional_response, patch_cache_control
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from carteira.api.problemas import Problema


def etiqueta(dados: Any) -> str:
    return f'"{hashlib.sha256(JSONRenderer().render(dados)).hexdigest()[:32]}"'


def com_etiqueta(request: Any, dados: Any, **resposta: Any) -> Any:
    """A leitura de um objeto, com ETag; 304 quando quem pede já tem esta versão."""
    pronta = Response(dados, **resposta)
    pronta["ETag"] = etiqueta(dados)
    patch_cache_control(pronta, private=True, no_cache=True)
    return get_conditional_response(request._request, etag=pronta["ETag"], response=pronta)


def exigir_versao(request: Any, dados: Any) -> None:
    """Numa escrita: o `If-Match` tem de ser o da versão guardada (`*` vale qualquer uma)."""
    dita = request.headers.get("If-Match", "")
    if not dita:
        raise Problema(
            428, "Mande em If-Match o ETag que veio na leitura: assim ninguém apaga o que não viu."
        )
    if dita.strip() != "*" and etiqueta(dados) not in [parte.strip() for parte in dita.split(",")]:
        raise Problema(412, "Leia o objeto outra vez e refaça a mudança sobre o que ele é agora.")
