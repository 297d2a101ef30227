"""Uma célula em JSON: o que a importação lê de uma linha que não veio num arquivo."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

_TEXTOS = {"type": "array", "items": {"type": "string"}}


@extend_schema_field({"oneOf": [{"type": t} for t in ("string", "number", "boolean")] + [_TEXTOS]})
class CelulaField(serializers.Field[Any, Any, Any, Any]):
    """Texto, número, sim ou não, ou lista de textos: quem lê é a importação, com as recusas dela."""

    def to_internal_value(self, data: Any) -> Any:
        simples = isinstance(data, str | int | float | bool)
        if not simples and not (isinstance(data, list) and all(isinstance(v, str) for v in data)):
            raise serializers.ValidationError(
                "Mande um texto, um número, sim ou não, ou uma lista de textos."
            )
        return data

    def to_representation(self, value: Any) -> Any:
        return value
