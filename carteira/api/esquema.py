"""O OpenAPI: os erros que toda operação pode dar, em português, e as etiquetas na ordem em que se leem."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema

from carteira.api.permissoes import decisao_de
from carteira.api.problemas import TIPO_DE_CONTEUDO, TIPOS, ProblemaSerializer

# O que só uma escrita pode ouvir.
DA_ESCRITA = {
    "POST": [409, 415, 422],
    "PUT": [409, 412, 415, 428, 503],
    "PATCH": [409, 412, 415, 428, 503],
    "DELETE": [409, 412, 428],
}
_NOMES = {"list": "Lista", "retrieve": "Abre"}


class Esquema(AutoSchema):
    def get_tags(self) -> list[str]:
        return [getattr(self.view, "etiqueta", "") or self._tokenize_path()[0]]

    def get_operation_id(self) -> str:
        """`clientes_listar`: o nome que um cliente gerado dá à função."""
        return super().get_operation_id().replace("_list", "_listar").replace("_retrieve", "_abrir")

    def get_description(self) -> str:
        dito = super().get_description()
        decisao = decisao_de(self.view)
        return f"{dito}\n\nEscopo do token: `{decisao.escopo}`." if decisao else dito

    def _get_request_body(self, direction: Any = "request") -> dict[str, Any] | None:
        """Num lote o corpo é o pedido: um cliente gerado não o deixa de fora."""
        corpo = super()._get_request_body(direction)
        return corpo | {"required": True} if corpo and self.path.endswith("/lote") else corpo

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        respostas = super()._get_response_bodies(direction)
        for codigo in self._erros_possiveis():
            problema = self._get_response_for_code(
                ProblemaSerializer, str(codigo), media_types=[TIPO_DE_CONTEUDO]
            )
            respostas.setdefault(str(codigo), problema | {"description": TIPOS[codigo][1]})
        return respostas

    def _erros_possiveis(self) -> list[int]:
        """Os de toda operação; e 400 onde algo se manda, 404 onde se escolhe um objeto."""
        com_objeto = [404] if "{" in self.path else []
        da_copia = [410] if self.method == "GET" and hasattr(self.view, "sincronia") else []
        do_lote = [404, 413, 503] if self.path.endswith("/lote") else []
        da_escrita = DA_ESCRITA.get(self.method, [])
        return sorted({400, 401, 403, 406, 429, *com_objeto, *da_copia, *do_lote, *da_escrita})


class TokenNoEsquema(OpenApiAuthenticationExtension):
    target_class = "carteira.api.autenticacao.PorToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "Um token criado em Perfil, Tokens da API.",
        }


class SessaoNoEsquema(OpenApiAuthenticationExtension):
    target_class = "carteira.api.autenticacao.PorSessao"
    name = "sessao"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": "sessionid",
            "description": "A sessão de quem entrou no navegador.",
        }


def etiquetas(result: dict[str, Any], **kwargs: Any) -> dict[str, Any]:
    """As etiquetas usadas, uma vez cada, para os documentos as mostrarem em ordem."""
    usadas = {t for caminho in result["paths"].values() for op in caminho.values() for t in op["tags"]}
    result["tags"] = [{"name": nome} for nome in sorted(usadas)]
    return result
