"""Listas por cursor: o mesmo das páginas, que custa igual na milésima tela e não pula nem repete linhas."""

from typing import Any

from django.db.models import F, prefetch_related_objects
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from carteira.paginacao import Cursor, Ordem, paginar

POR_PAGINA, MAXIMO = 50, 500


def por_coluna(nome: str, coluna: str | None = None, *, pode_faltar: bool = False) -> dict[str, Ordem]:
    """As duas ordens de uma coluna: `data` e `-data`."""
    return {
        sinal + nome: Ordem(sinal + nome, F(coluna or nome), bool(sinal), pode_faltar) for sinal in ("", "-")
    }


class PorCursor(BasePagination):
    """A ordem é a da vista (`ordem_pedida`); o cursor, assinado, só serve à ordem de que nasceu."""

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any]:
        ordem: Ordem = view.ordem_pedida()
        self.pedido, self.pagina = request, None
        cursor = _cursor(request.query_params.get("apos", ""), ordem)
        self.pagina = paginar(queryset, ordem, cursor, tamanho_pedido(request.query_params.get("por", "")))
        prefetch_related_objects(self.pagina.linhas, *view.juntas)
        return self.pagina.linhas

    def get_paginated_response(self, data: Any) -> Response:
        proxima = self.pagina.proxima
        url = self.pedido.build_absolute_uri()
        return Response(
            {"proxima": replace_query_param(url, "apos", proxima) if proxima else None, "resultados": data}
        )

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        exemplo = "https://carteira.exemplo.com.br/api/v1/clientes/?apos=WyItdmFsb3Ii"
        return {
            "type": "object",
            "required": ["proxima", "resultados"],
            "properties": {
                "proxima": {
                    "type": ["string", "null"],
                    "format": "uri",
                    "description": "A página seguinte; nula na última.",
                    "example": exemplo,
                },
                "resultados": schema,
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        ordens = sorted(view.ordens)
        return [
            {
                "name": "apos",
                "in": "query",
                "required": False,
                "description": "O cursor, como veio em `proxima`.",
                "schema": {"type": "string"},
            },
            {
                "name": "por",
                "in": "query",
                "required": False,
                "description": "Quantas linhas por página." + _so_de_quem_exporta(view),
                "schema": {"type": "integer", "minimum": 1, "maximum": MAXIMO, "default": POR_PAGINA},
            },
            {
                "name": "ordem",
                "in": "query",
                "required": False,
                # sem `default`: um cliente gerado o mandaria sempre, também com `desde`, que tem a sua ordem
                "description": "Por que coluna; com `-` na frente, do maior ao menor. Empates, pelo número. "
                f"Sem ela, `{view.ordem_padrao}`.",
                "schema": {"type": "string", "enum": ordens},
            },
        ]


PARAMETROS = frozenset({"apos", "por", "ordem"})


def _so_de_quem_exporta(view: Any) -> str:
    acima = view.leva_acima_de
    return f" Mais de {acima}, só quem pode exportar." if acima else ""


def _cursor(texto: str, ordem: Ordem) -> Cursor | None:
    if not texto:
        return None
    cursor = Cursor.de_texto(texto, ordem.nome)
    if cursor is None:
        raise ValidationError({"apos": ["Este cursor não é desta lista nesta ordem: comece sem ele."]})
    return cursor


def tamanho_pedido(texto: str) -> int:
    if not texto:
        return POR_PAGINA
    valido = texto.isascii() and texto.isdigit() and len(texto) < 6
    if not valido or not 1 <= int(texto) <= MAXIMO:
        raise ValidationError({"por": [f"Diga um número de 1 a {MAXIMO}."]})
    return int(texto)
