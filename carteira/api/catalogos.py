"""O que se escolhe ao escrever: resultados, motivos e objeções de um contato, e os segmentos de cada empresa."""

from typing import Any

import django_filters as df
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import serializers

from carteira.api.base import Legivel
from carteira.api.comuns import EMPRESA, SimNao, exemplo
from carteira.api.permissoes import leitura
from clientes.models import Motivo, Objecao, Ocorrencia, Segmento
from contas.escopo import empresas_de
from contas.models import Usuario
from contas.papeis import Permissao

_ITEM = {"id": 1, "nome": "Vai comprar", "ativa": True}


class FiltroDoCatalogo(df.FilterSet):
    ativa = SimNao(label="Só o que está em uso (ou o que não está).")


class Catalogo(Legivel):
    """Um catálogo da casa: o mesmo para todas as empresas."""

    decisoes = leitura(Permissao.VER_CLIENTES)
    leva_acima_de = None
    filterset_class: Any = FiltroDoCatalogo

    def visiveis(self, usuario: Usuario) -> Any:
        return self.modelo.objects.order_by()


@extend_schema_serializer(examples=[exemplo(_ITEM | {"efetiva": True})])
class OcorrenciaSerializer(serializers.ModelSerializer[Ocorrencia]):
    """Como terminou um contato; só a efetiva move o relógio dele."""

    class Meta:
        model = Ocorrencia
        fields = ("id", "nome", "ativa", "efetiva")
        read_only_fields = fields


@extend_schema_view(
    list=extend_schema(summary="Lista os resultados de contato"),
    retrieve=extend_schema(summary="Abre um resultado de contato"),
)
class Ocorrencias(Catalogo):
    """Como um contato pode terminar."""

    modelo: Any = Ocorrencia
    serializer_class = OcorrenciaSerializer


@extend_schema_serializer(examples=[exemplo(_ITEM | {"nome": "Cotação"})])
class MotivoSerializer(serializers.ModelSerializer[Motivo]):
    """Para que foi o contato."""

    class Meta:
        model = Motivo
        fields = ("id", "nome", "ativa")
        read_only_fields = fields


@extend_schema_view(
    list=extend_schema(summary="Lista os motivos de contato"),
    retrieve=extend_schema(summary="Abre um motivo de contato"),
)
class Motivos(Catalogo):
    """Para que se faz um contato."""

    modelo: Any = Motivo
    serializer_class = MotivoSerializer


@extend_schema_serializer(
    examples=[exemplo(_ITEM | {"nome": "Preço", "contra_argumento": "Mostre o prazo de entrega."})]
)
class ObjecaoSerializer(serializers.ModelSerializer[Objecao]):
    """O que o cliente diz para não comprar, e o que se responde."""

    class Meta:
        model = Objecao
        fields = ("id", "nome", "ativa", "contra_argumento")
        read_only_fields = fields


@extend_schema_view(
    list=extend_schema(summary="Lista as objeções"), retrieve=extend_schema(summary="Abre uma objeção")
)
class Objecoes(Catalogo):
    """O que se ouve para não comprar."""

    modelo: Any = Objecao
    serializer_class = ObjecaoSerializer


@extend_schema_serializer(examples=[exemplo({"id": 3, "empresa": "1", "nome": "Moda"})])
class SegmentoSerializer(serializers.ModelSerializer[Segmento]):
    """Um segmento de mercado de uma empresa."""

    empresa = serializers.CharField(source="empresa.codigo", help_text=EMPRESA)

    class Meta:
        model = Segmento
        fields = ("id", "empresa", "nome")
        read_only_fields = fields


class FiltroDeSegmentos(df.FilterSet):
    empresa = df.CharFilter(field_name="empresa__codigo", label=EMPRESA)


@extend_schema_view(
    list=extend_schema(summary="Lista os segmentos"), retrieve=extend_schema(summary="Abre um segmento")
)
class Segmentos(Catalogo):
    """Os segmentos das suas empresas."""

    modelo: Any = Segmento
    serializer_class = SegmentoSerializer
    filterset_class = FiltroDeSegmentos
    unidas = ("empresa",)

    def visiveis(self, usuario: Usuario) -> Any:
        return Segmento.objects.filter(empresa__in=empresas_de(usuario))
