"""O que o ERP diz além dos pedidos: títulos a receber, orçamentos e notas fiscais."""

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
from clientes.models import (
    NotaFiscal,
    Orcamento,
    ProrrogacaoDeTitulo,
    SituacaoDeNota,
    SituacaoDeOrcamento,
    Titulo,
)
from contas.papeis import Permissao

_DO_ERP = {"id": 77, "empresa": "1", "numero": "55012/1", "cliente": CLIENTE}


class FatoSerializer(serializers.ModelSerializer[Any]):
    """De que empresa e de que cliente é o fato."""

    empresa = serializers.CharField(source="empresa.codigo", help_text=EMPRESA)
    cliente = ClienteBreve()


# ── Títulos ──────────────────────────────────────────────────────────────────


class ProrrogacaoSerializer(serializers.ModelSerializer[ProrrogacaoDeTitulo]):
    class Meta:
        model = ProrrogacaoDeTitulo
        fields = ("de", "para", "registrada_em")
        read_only_fields = fields


@extend_schema_serializer(
    examples=[
        exemplo(
            _DO_ERP
            | {
                "emissao": "2026-10-01", "vencimento": "2026-11-30", "valor": "358.80", "saldo": "358.80",
                "pago_em": None,
                "prorrogacoes": [
                    {"de": "2026-10-31", "para": "2026-11-30", "registrada_em": "2026-10-30T02:00:00-03:00"}
                ],
            }
        )
    ]
)  # fmt: skip
class TituloSerializer(FatoSerializer):
    """Um título a receber, com as prorrogações que já teve."""

    prorrogacoes = ProrrogacaoSerializer(many=True)

    class Meta:
        model = Titulo
        fields = (
            "id", "empresa", "numero", "cliente", "emissao", "vencimento", "valor", "saldo", "pago_em", "prorrogacoes",
        )  # fmt: skip
        read_only_fields = fields


class FiltroDeTitulos(FiltroDoErp):
    em_aberto = SimNao(method="com_saldo", label="Só os que têm saldo (ou os que não têm).")
    vence_de = df.DateFilter(field_name="vencimento", lookup_expr="gte", label="Vence desde o dia.")
    vence_ate = df.DateFilter(field_name="vencimento", lookup_expr="lte", label="Vence até o dia.")

    def com_saldo(self, qs: Any, nome: str, valor: bool) -> Any:
        return qs.em_aberto() if valor else qs.filter(saldo=0)


@extend_schema_view(
    list=extend_schema(summary="Lista os títulos a receber"), retrieve=extend_schema(summary="Abre um título")
)
class Titulos(Legivel):
    """Títulos dos clientes que você vê."""

    modelo: Any = Titulo
    decisoes = leitura(Permissao.VER_CLIENTES)
    serializer_class = TituloSerializer
    filterset_class = FiltroDeTitulos
    unidas, juntas = ("empresa", "cliente"), ("prorrogacoes",)
    ordens = por_coluna("id") | por_coluna("vencimento")


# ── Orçamentos ───────────────────────────────────────────────────────────────


@extend_schema_serializer(
    examples=[
        exemplo(
            _DO_ERP
            | {
                "data": "2026-11-03", "validade": "2026-12-03", "valor": "1200.00", "situacao": "aberto",
                "vendedor": PESSOA, "observacao": "",
            }
        )
    ]
)  # fmt: skip
class OrcamentoSerializer(FatoSerializer):
    """Uma cotação ou proposta; aberta e passada da validade, expirou."""

    vendedor = PessoaBreve(allow_null=True)

    class Meta:
        model = Orcamento
        fields = (
            "id", "empresa", "numero", "cliente", "data", "validade", "valor", "situacao", "vendedor", "observacao",
        )  # fmt: skip
        read_only_fields = fields


class FiltroDeOrcamentos(FiltroDoErp):
    situacao = df.MultipleChoiceFilter(choices=SituacaoDeOrcamento.choices, label="Situação.")
    de = df.DateFilter(field_name="data", lookup_expr="gte", label="Desde o dia.")
    ate = df.DateFilter(field_name="data", lookup_expr="lte", label="Até o dia.")


@extend_schema_view(
    list=extend_schema(summary="Lista os orçamentos"), retrieve=extend_schema(summary="Abre um orçamento")
)
class Orcamentos(Legivel):
    """Orçamentos dos clientes que você vê."""

    modelo: Any = Orcamento
    decisoes = leitura(Permissao.VER_CLIENTES)
    serializer_class = OrcamentoSerializer
    filterset_class = FiltroDeOrcamentos
    unidas = ("empresa", "cliente", "vendedor")
    ordens = por_coluna("id") | por_coluna("data")


# ── Notas fiscais ────────────────────────────────────────────────────────────


@extend_schema_serializer(
    examples=[
        exemplo(
            _DO_ERP
            | {"emissao": "2026-11-18", "valor": "358.80", "situacao": "autorizada", "pedido_numero": "55012"}
        )
    ]
)
class NotaSerializer(FatoSerializer):
    """Uma nota fiscal já emitida."""

    class Meta:
        model = NotaFiscal
        fields = ("id", "empresa", "numero", "cliente", "emissao", "valor", "situacao", "pedido_numero")
        read_only_fields = fields


class FiltroDeNotas(FiltroDoErp):
    situacao = df.MultipleChoiceFilter(choices=SituacaoDeNota.choices, label="Situação.")
    de = df.DateFilter(field_name="emissao", lookup_expr="gte", label="Emitida desde o dia.")
    ate = df.DateFilter(field_name="emissao", lookup_expr="lte", label="Emitida até o dia.")


@extend_schema_view(
    list=extend_schema(summary="Lista as notas fiscais"),
    retrieve=extend_schema(summary="Abre uma nota fiscal"),
)
class Notas(Legivel):
    """Notas fiscais dos clientes que você vê."""

    modelo: Any = NotaFiscal
    decisoes = leitura(Permissao.VER_CLIENTES)
    serializer_class = NotaSerializer
    filterset_class = FiltroDeNotas
    unidas = ("empresa", "cliente")
    ordens = por_coluna("id") | por_coluna("emissao")
