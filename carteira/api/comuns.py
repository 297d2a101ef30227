"""O que vários recursos dizem do mesmo jeito."""

from typing import Any

import django_filters as df
from django import forms
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from clientes.models import Cliente
from contas.models import Usuario

EMPRESA = "O código da empresa."
CLIENTE = {"id": 42, "codigo": "C042", "nome": "Malhas Timbó"}
PESSOA = {"id": 7, "nome": "Ana Souza"}


def exemplo(valor: dict[str, Any], nome: str = "Exemplo", *, pedido: bool = False) -> OpenApiExample:
    """Um exemplo da resposta ou, com `pedido`, do que se manda."""
    quais = (
        {"request_only": True} if pedido else {"response_only": True, "status_codes": ["200", "201", "202"]}
    )
    return OpenApiExample(nome, value=valor, **quais)


def que_se_manda(valor: dict[str, Any]) -> Any:
    """Decorador do serializer de uma escrita: o corpo de exemplo dela."""
    return extend_schema_serializer(examples=[exemplo(valor, pedido=True)])


class ClienteBreve(serializers.ModelSerializer[Cliente]):
    """De que cliente é: o número aqui, o código no ERP e o nome."""

    nome = serializers.CharField(help_text="O nome fantasia ou, na falta, a razão social.")

    class Meta:
        model = Cliente
        fields = ("id", "codigo", "nome")
        read_only_fields = fields


class PessoaBreve(serializers.ModelSerializer[Usuario]):
    """De quem se fala: o número e o nome."""

    class Meta:
        model = Usuario
        fields = ("id", "nome")
        read_only_fields = fields


class _CampoSimNao(forms.Field):
    """O que não é sim nem não se recusa: lido como «tanto faz», traria tudo como se filtrado."""

    def clean(self, value: Any) -> bool | None:
        dito = str(value or "").lower()
        if dito not in {"", "true", "false"}:
            raise forms.ValidationError("Use true ou false.")
        return dito == "true" if dito else None


class SimNao(df.BooleanFilter):
    field_class = _CampoSimNao


class FiltroDoFato(df.FilterSet):
    """O que todo fato de um cliente deixa filtrar."""

    empresa = df.CharFilter(field_name="cliente__empresa__codigo", label=EMPRESA)
    cliente = df.NumberFilter(
        field_name="cliente", label="O número do cliente.", decimal_places=0, max_digits=18
    )


class FiltroDoErp(FiltroDoFato):
    """E o que os que vêm do ERP deixam."""

    numero = df.CharFilter(label="O número no ERP.")
