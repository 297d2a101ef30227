"""O que o birô disse dos clientes: scores e restrições, só para quem os vê."""

from typing import Any

import django_filters as df
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import serializers

from carteira.api.base import Legivel
from carteira.api.comuns import CLIENTE, EMPRESA, ClienteBreve, FiltroDoFato, SimNao, exemplo
from carteira.api.paginas import por_coluna
from carteira.api.permissoes import leitura
from clientes.models import RestricaoDeCredito, ScoreDeCredito, TipoDeRestricao
from contas.papeis import Permissao

_DO_BIRO = {"id": 31, "empresa": "1", "cliente": CLIENTE, "fonte": "Serasa", "em": "2026-11-02"}


class DoBiroSerializer(serializers.ModelSerializer[Any]):
    """De que empresa e de que cliente é, quem o disse e quando."""

    empresa = serializers.CharField(source="empresa.codigo", help_text=EMPRESA)
    cliente = ClienteBreve()


class FiltroDoBiro(FiltroDoFato):
    fonte = df.CharFilter(label="Quem disse, escrito como na base.")
    de = df.DateFilter(field_name="em", lookup_expr="gte", label="Desde o dia.")
    ate = df.DateFilter(field_name="em", lookup_expr="lte", label="Até o dia.")


# ── Scores ───────────────────────────────────────────────────────────────────


@extend_schema_serializer(examples=[exemplo(_DO_BIRO | {"valor": 612})])
class ScoreSerializer(DoBiroSerializer):
    """O score de um cliente num dia; o de outro dia é outra linha."""

    class Meta:
        model = ScoreDeCredito
        fields = ("id", "empresa", "cliente", "fonte", "em", "valor")
        read_only_fields = fields


@extend_schema_view(
    list=extend_schema(summary="Lista os scores de crédito"),
    retrieve=extend_schema(summary="Abre um score de crédito"),
)
class Scores(Legivel):
    """Scores dos clientes que você vê, para quem vê crédito."""

    modelo: Any = ScoreDeCredito
    decisoes = leitura(Permissao.VER_CREDITO)
    serializer_class = ScoreSerializer
    filterset_class = FiltroDoBiro
    unidas = ("empresa", "cliente")
    ordens = por_coluna("id") | por_coluna("em")


# ── Restrições ───────────────────────────────────────────────────────────────


@extend_schema_serializer(
    examples=[
        exemplo(
            _DO_BIRO
            | {"tipo": "protesto", "numero": "8812", "valor": "640.00", "baixada_em": None, "descricao": ""}
        )
    ]
)
class RestricaoSerializer(DoBiroSerializer):
    """Uma restrição ou um evento; a baixa se anota, e a linha fica."""

    class Meta:
        model = RestricaoDeCredito
        fields = (
            "id", "empresa", "cliente", "fonte", "tipo", "em", "numero", "valor", "baixada_em", "descricao",
        )  # fmt: skip
        read_only_fields = fields


class FiltroDeRestricoes(FiltroDoBiro):
    tipo = df.MultipleChoiceFilter(choices=TipoDeRestricao.choices, label="Tipo.")
    em_aberto = SimNao(
        field_name="baixada_em", lookup_expr="isnull", label="Só as sem baixa (ou as baixadas)."
    )


@extend_schema_view(
    list=extend_schema(summary="Lista as restrições de crédito"),
    retrieve=extend_schema(summary="Abre uma restrição de crédito"),
)
class Restricoes(Legivel):
    """Restrições e eventos dos clientes que você vê, para quem vê crédito."""

    modelo: Any = RestricaoDeCredito
    decisoes = leitura(Permissao.VER_CREDITO)
    serializer_class = RestricaoSerializer
    filterset_class = FiltroDeRestricoes
    unidas = ("empresa", "cliente")
    ordens = por_coluna("id") | por_coluna("em")
