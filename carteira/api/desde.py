"""`?desde=`: o que mudou desde a última vez, com as lápides do que saiu, no mesmo envelope das listas.

Só para quem vê empresas inteiras: na carteira de um vendedor, o que entra e sai dela não é mudança do cliente, e uma
marca que não o visse perderia linhas em silêncio.
"""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import prefetch_related_objects
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from carteira.api.levas import anotar
from carteira.api.paginas import PorCursor, tamanho_pedido
from carteira.api.problemas import Problema
from clientes.lapides import Saida
from clientes.models import MotivoDaLapide
from clientes.sincronia import Leva, MarcaInvalida, MarcaVencida, abrir_marca, ler
from contas.escopo import empresas_de
from contas.models import Papel

QUEM = frozenset({Papel.ADMIN, Papel.LEITURA})
_CONHECIDOS = {"desde", "por"}
_ESQUEMA_DA_LAPIDE = {
    "type": "object",
    "required": ["id", "chave", "motivo", "unido_a", "em"],
    "properties": {
        "id": {"type": "integer"},
        "chave": {"type": "string", "description": "O código ou o número; vazia onde não há."},
        "motivo": {"type": "string", "enum": MotivoDaLapide.values},
        "unido_a": {
            "type": ["integer", "null"],
            "description": "Do unido: o id de quem ficou com o que era dele.",
        },
        "em": {"type": "string", "format": "date-time"},
    },
}


class LapideSerializer(serializers.Serializer[Any]):
    """O que saiu: tire-o da sua cópia (do anonimizado, apague o que guardou de pessoal)."""

    id = serializers.IntegerField(source="objeto")
    chave = serializers.CharField()
    motivo = serializers.CharField()
    unido_a = serializers.IntegerField(allow_null=True)
    em = serializers.DateTimeField()


class ComDesde(PorCursor):
    """O esquema das listas que também se leem desde uma marca."""

    def get_paginated_response_schema(self, schema: Any) -> dict[str, Any]:
        envelope = super().get_paginated_response_schema(schema)
        envelope["properties"] |= {
            "marca": {
                "type": "string",
                "description": "Só com `desde`: guarde-a quando `proxima` vier nula, e mande-a da próxima vez.",
                "example": "WyJjbGllbnRlcyIsNDJd",
            },
            "espera_desde": {
                "type": ["string", "null"],
                "format": "date-time",
                "description": "Só com `desde`: uma gravação começou nesta hora e ainda corre; o que se confirmou "
                "depois vem quando ela acabar. Nula: nada espera.",
                "example": None,
            },
            "lapides": {
                "type": "array",
                "description": "Só com `desde`: o que saiu. Aplique antes de `resultados`.",
                "items": _ESQUEMA_DA_LAPIDE,
                "example": [],
            },
        }
        return envelope

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        desde = {
            "name": "desde",
            "in": "query",
            "required": False,
            "description": "`inicio`, ou a `marca` da última vez: só o que mudou desde ela, na ordem em que mudou, "
            "sem os filtros nem a ordem da lista. Para administradores e leitura; a marca que já não serve é 410.",
            "schema": {"type": "string"},
        }
        return [*super().get_schema_operation_parameters(view), desde]


class Sincronizavel:
    """O que um recurso ganha: `sincronia` é o nome dele nas marcas e lápides."""

    sincronia: ClassVar[str]
    pagination_class = ComDesde
    # O que se copia, se não é o que se lista: linhas (da pessoa) e como se dizem.
    linhas_da_copia: ClassVar[Callable[[Any], Any] | None] = None
    serializer_da_copia: ClassVar[Any] = None

    def ler_desde(self: Any, request: Any) -> Response:
        if request.user.papel not in QUEM:
            raise Problema(
                403, "A sincronização é de quem vê empresas inteiras; a sua carteira se lê pelas listas."
            )
        if outros := sorted(set(request.query_params) - _CONHECIDOS):
            raise Problema(400, "Com desde não há filtros.", {n: ["Não se usa com desde."] for n in outros})
        empresas = list(empresas_de(request.user).values_list("pk", flat=True))
        try:
            marca = abrir_marca(request.query_params["desde"], self.sincronia, empresas)
        except MarcaVencida as vencida:
            raise Problema(410, str(vencida)) from None
        except MarcaInvalida as ruim:
            raise Problema(400, "Confira: desde.", {"desde": [str(ruim)]}) from None
        linhas = self.linhas_da_copia(request.user) if self.linhas_da_copia else self.get_queryset()
        leva = ler(marca, linhas, empresas, tamanho_pedido(request.query_params.get("por", "")))
        return self._responder_desde(request, leva)

    def _responder_desde(self: Any, request: Any, leva: Leva) -> Response:
        # O contato desfeito fica no banco e não existe para ninguém: na cópia, é uma saída.
        desfeitos = [li for li in leva.linhas if getattr(li, "desfeito_em", None)]
        linhas = [li for li in leva.linhas if not getattr(li, "desfeito_em", None)]
        saidas = [
            *leva.lapides,
            *(Saida(0, 0, li.pk, "", "apagado", li.desfeito_em, None) for li in desfeitos),
        ]
        if self.serializer_da_copia:
            dados = self.serializer_da_copia(linhas, many=True, context=self.get_serializer_context()).data
        else:
            prefetch_related_objects(linhas, *self.juntas)
            dados = self.get_serializer(self.preparar(linhas), many=True).data
        anotar(self, request, len(linhas))
        proxima = (
            replace_query_param(request.build_absolute_uri(), "desde", leva.marca) if leva.ha_mais else None
        )
        return Response(
            {
                "proxima": proxima,
                "marca": leva.marca,
                "espera_desde": leva.espera_desde,
                "lapides": LapideSerializer(saidas, many=True).data,
                "resultados": dados,
            }
        )
