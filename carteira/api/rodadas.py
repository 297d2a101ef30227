"""As rodadas: a noite de cada empresa e o recálculo que se pede fora dela."""

from typing import Any

import django_filters as df
from django.db.models import Q
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import serializers
from rest_framework.response import Response

from atividade.models import EstadoDaExecucao, Execucao
from carteira.api.base import Legivel
from carteira.api.comuns import EMPRESA, exemplo
from carteira.api.idempotencia import PARAMETRO, corpo_em_resumo, uma_vez
from carteira.api.paginas import por_coluna
from carteira.api.permissoes import Decisao, leitura
from carteira.recalculos import pedir_recalculo
from contas.escopo import empresas_de
from contas.models import Empresa, Escopo, Usuario
from contas.papeis import Permissao

RODADA = {
    "id": 310, "rotina": "noturna", "empresa": "1", "referencia": "2026-11-20", "estado": "feita", "tentativas": 1,
    "mensagem": "", "criada_em": "2026-11-20T02:00:01-03:00", "iniciada_em": "2026-11-20T02:00:02-03:00",
    "terminada_em": "2026-11-20T02:00:09-03:00", "duracao_ms": 7021,
}  # fmt: skip


@extend_schema_serializer(examples=[exemplo(RODADA)])
class RodadaSerializer(serializers.ModelSerializer[Execucao]):
    """Uma rodada; sem empresa, é a parte da noite que vale para todas."""

    empresa = serializers.CharField(source="empresa.codigo", default=None, allow_null=True, help_text=EMPRESA)

    class Meta:
        model = Execucao
        fields = (
            "id", "rotina", "empresa", "referencia", "estado", "tentativas", "mensagem", "criada_em", "iniciada_em",
            "terminada_em", "duracao_ms",
        )  # fmt: skip
        read_only_fields = fields


@extend_schema_serializer(examples=[exemplo({"empresa": "1"}, pedido=True)])
class PedidoDeRecalculo(serializers.Serializer[Any]):
    """De que empresa se recalculam os indicadores."""

    empresa = serializers.SlugRelatedField(
        slug_field="codigo", queryset=Empresa.objects.none(), help_text=EMPRESA
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pedido = self.context.get("request")
        if pedido is not None and pedido.user.is_authenticated:
            self.fields["empresa"].queryset = empresas_de(pedido.user)


class FiltroDeRodadas(df.FilterSet):
    empresa = df.CharFilter(field_name="empresa__codigo", label=EMPRESA)
    rotina = df.CharFilter(label="Que rotina: noturna, recalculo…")
    estado = df.MultipleChoiceFilter(choices=EstadoDaExecucao.choices, label="Estado")


@extend_schema_view(
    list=extend_schema(summary="Lista as rodadas"),
    retrieve=extend_schema(summary="Abre uma rodada"),
    create=extend_schema(
        summary="Pede um recálculo",
        description=(
            "Anota o pedido e responde já; o trabalho corre à parte. Acompanhe em `estado`: `feita` quer dizer que os "
            "indicadores já são os novos. Pedir outra vez não repete o trabalho: é a mesma rodada."
        ),
        request=PedidoDeRecalculo,
        responses={202: RodadaSerializer},
        parameters=[PARAMETRO],
    ),
)
class Rodadas(Legivel):
    """A rotina da noite e os recálculos, das empresas que você administra."""

    modelo: Any = Execucao
    decisoes = leitura(Permissao.VER_ROTINAS) | {"create": Decisao(Permissao.VER_ROTINAS, Escopo.ESCREVER)}
    leva_acima_de = None
    serializer_class = RodadaSerializer
    filterset_class = FiltroDeRodadas
    unidas = ("empresa",)
    ordens = por_coluna("id")
    ordem_padrao = "-id"

    def visiveis(self, usuario: Usuario) -> Any:
        return Execucao.objects.filter(Q(empresa__isnull=True) | Q(empresa__in=empresas_de(usuario)))

    def create(self, request: Any) -> Response:
        pedido = PedidoDeRecalculo(data=request.data, context=self.get_serializer_context())
        pedido.is_valid(raise_exception=True)
        empresa = pedido.validated_data["empresa"]

        def pedida() -> Response:
            rodada = pedir_recalculo(empresa=empresa, por=request.user)
            return Response(self.get_serializer(rodada).data, status=202)

        return uma_vez(request, corpo_em_resumo(request.data), pedida)
