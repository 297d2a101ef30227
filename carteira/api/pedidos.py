"""Pedidos, com os itens."""

from typing import Any

import django_filters as df
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import serializers

from carteira.api.base import Legivel
from carteira.api.comuns import (
    CLIENTE,
    EMPRESA,
    PESSOA,
    ClienteBreve,
    FiltroDoErp,
    PessoaBreve,
    SimNao,
    exemplo,
)
from carteira.api.paginas import por_coluna
from carteira.api.permissoes import leitura
from clientes.models import ItemDePedido, Pedido
from contas.models import SituacaoDePedido
from contas.papeis import Permissao

ITEM = {
    "sequencia": 1, "produto_codigo": "P-10", "produto_nome": "Camiseta básica", "quantidade": "12.000",
    "valor": "358.80",
}  # fmt: skip
PEDIDO = {
    "id": 9001, "empresa": "1", "numero": "55012", "cliente": CLIENTE, "data": "2026-11-18", "valor": "358.80",
    "valor_sem_impostos": "310.00", "situacao": "faturado", "conta": True, "vendedor": PESSOA, "itens": [ITEM],
}  # fmt: skip


class ItemSerializer(serializers.ModelSerializer[ItemDePedido]):
    class Meta:
        model = ItemDePedido
        fields = ("sequencia", "produto_codigo", "produto_nome", "quantidade", "valor")
        read_only_fields = fields


@extend_schema_serializer(examples=[exemplo(PEDIDO)])
class PedidoSerializer(serializers.ModelSerializer[Pedido]):
    """Um pedido como o ERP o conta; `conta` diz se é compra."""

    empresa = serializers.CharField(source="empresa.codigo", help_text=EMPRESA)
    cliente = ClienteBreve()
    vendedor = PessoaBreve(allow_null=True, help_text="Quem vendeu; o dono da carteira pode ser outro.")
    itens = ItemSerializer(many=True)

    class Meta:
        model = Pedido
        fields = (
            "id", "empresa", "numero", "cliente", "data", "valor", "valor_sem_impostos", "situacao", "conta",
            "vendedor", "itens",
        )  # fmt: skip
        read_only_fields = fields


class FiltroDePedidos(FiltroDoErp):
    situacao = df.MultipleChoiceFilter(choices=SituacaoDePedido.choices, label="Situação")
    conta = SimNao(label="Só os que contam como compra (ou os que não contam)")
    de = df.DateFilter(field_name="data", lookup_expr="gte", label="Desde o dia")
    ate = df.DateFilter(field_name="data", lookup_expr="lte", label="Até o dia")


@extend_schema_view(
    list=extend_schema(summary="Lista os pedidos dos clientes que você vê"),
    retrieve=extend_schema(summary="Abre um pedido"),
)
class Pedidos(Legivel):
    """Pedidos dos clientes que você vê, com os itens."""

    modelo: Any = Pedido
    decisoes = leitura(Permissao.VER_CLIENTES)
    serializer_class = PedidoSerializer
    filterset_class = FiltroDePedidos
    unidas, juntas = ("empresa", "cliente", "vendedor"), ("itens",)
    ordens = por_coluna("id") | por_coluna("data")
