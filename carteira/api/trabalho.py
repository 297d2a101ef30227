"""Em que se trabalha: listas e seus membros, campanhas, e a fila do dia com o porquê de cada um."""

from typing import Any

import django_filters as df
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    extend_schema,
    extend_schema_serializer,
    extend_schema_view,
)
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from atividade.fila import fila_de_hoje
from carteira.api.base import Legivel, VistaDaApi
from carteira.api.comuns import CLIENTE, EMPRESA, PESSOA, ClienteBreve, PessoaBreve, SimNao, exemplo
from carteira.api.filtros import recusar_desconhecidos
from carteira.api.paginas import por_coluna
from carteira.api.permissoes import Decisao, leitura
from carteira.api.problemas import TIPO_DE_CONTEUDO, ProblemaSerializer
from carteira.ids import id_de
from carteira.referencias import Referencias
from carteira.web.fila import frase_do_motivo, tem_fila
from clientes.models import Campanha, Finalidade, ListaDeTrabalho, MembroDaLista
from clientes.progresso_de_lista import Progresso, por_lista
from contas.alcada import vendedores_da_alcada
from contas.escopo import empresas_de
from contas.models import Usuario
from contas.papeis import Permissao

# ── Listas de trabalho ───────────────────────────────────────────────────────


class ProgressoSerializer(serializers.Serializer[Any]):
    """Só dos membros que você vê."""

    membros = serializers.IntegerField()
    procurados = serializers.IntegerField()
    contatados = serializers.IntegerField()
    compraram = serializers.IntegerField()


@extend_schema_serializer(
    examples=[
        exemplo(
            {
                "id": 12, "empresa": "1", "nome": "Recuperar malharias", "finalidade": "recuperacao", "viva": False,
                "de": "2026-11-01", "ate": "2026-11-30", "oferta_tipo": "desconto", "oferta": "10 % à vista",
                "campanha": "Natal", "meta_clientes": 10, "meta_valor": None, "criada_por": PESSOA,
                "criada_em": "2026-11-01T09:00:00-03:00", "encerrada_em": None,
                "progresso": {"membros": 40, "procurados": 22, "contatados": 15, "compraram": 4},
            }
        )
    ]
)  # fmt: skip
class ListaSerializer(serializers.ModelSerializer[ListaDeTrabalho]):
    """Uma lista de trabalho e o que já se fez nela."""

    empresa = serializers.CharField(source="empresa.codigo", help_text=EMPRESA)
    campanha = serializers.CharField(source="campanha.nome", default=None, allow_null=True)
    criada_por = PessoaBreve()
    progresso = ProgressoSerializer()

    class Meta:
        model = ListaDeTrabalho
        fields = (
            "id", "empresa", "nome", "finalidade", "viva", "de", "ate", "oferta_tipo", "oferta", "campanha",
            "meta_clientes", "meta_valor", "criada_por", "criada_em", "encerrada_em", "progresso",
        )  # fmt: skip
        read_only_fields = fields


class FiltroDeListas(df.FilterSet):
    empresa = df.CharFilter(field_name="empresa__codigo", label=EMPRESA)
    finalidade = df.MultipleChoiceFilter(choices=Finalidade.choices, label="Finalidade.")
    em_curso = SimNao(method="so_as_em_curso", label="Só as em curso (ou as terminadas).")

    def so_as_em_curso(self, qs: Any, nome: str, valor: bool) -> Any:
        hoje = timezone.localdate()
        return qs.ativas(hoje) if valor else qs.terminadas(hoje)


@extend_schema_view(
    list=extend_schema(summary="Lista as listas de trabalho"),
    retrieve=extend_schema(summary="Abre uma lista"),
)
class Listas(Legivel):
    """As listas de trabalho que você abre."""

    modelo: Any = ListaDeTrabalho
    decisoes = leitura(Permissao.VER_CLIENTES)
    leva_acima_de = None
    serializer_class = ListaSerializer
    filterset_class = FiltroDeListas
    unidas = ("empresa", "campanha", "criada_por")
    ordens = por_coluna("id") | por_coluna("criada_em")

    def preparar(self, objetos: list[Any]) -> list[Any]:
        membros = MembroDaLista.objects.visiveis_para(self.request.user).filter(lista__in=objetos)
        feito = por_lista(membros, timezone.localdate()) if objetos else {}
        for lista in objetos:
            lista.progresso = feito.get(lista.pk, Progresso())
        return objetos


@extend_schema_serializer(
    examples=[
        exemplo(
            {
                "id": 3301, "lista": 12, "cliente": CLIENTE, "responsavel": PESSOA, "controle": False,
                "entrou_em": "2026-11-01", "saiu_em": None, "origem": "consulta",
            }
        )
    ]
)  # fmt: skip
class MembroSerializer(serializers.ModelSerializer[MembroDaLista]):
    """Um cliente numa lista; o do grupo de controle não é para ninguém procurar."""

    cliente = ClienteBreve()
    responsavel = PessoaBreve(allow_null=True)

    class Meta:
        model = MembroDaLista
        fields = ("id", "lista", "cliente", "responsavel", "controle", "entrou_em", "saiu_em", "origem")
        read_only_fields = fields


class FiltroDeMembros(df.FilterSet):
    lista = df.NumberFilter(label="O número da lista.", decimal_places=0, max_digits=18)
    cliente = df.NumberFilter(label="O número do cliente.", decimal_places=0, max_digits=18)
    na_lista = SimNao(field_name="saiu_em", lookup_expr="isnull", label="Só quem não saiu (ou só quem saiu).")


@extend_schema_view(
    list=extend_schema(summary="Lista os membros das listas"),
    retrieve=extend_schema(summary="Abre um membro"),
)
class Membros(Legivel):
    """Quem está em cada lista, entre os clientes que você vê."""

    modelo: Any = MembroDaLista
    decisoes = leitura(Permissao.VER_CLIENTES)
    serializer_class = MembroSerializer
    filterset_class = FiltroDeMembros
    unidas = ("cliente", "responsavel")

    def visiveis(self, usuario: Usuario) -> Any:
        """De listas que a pessoa abre: um membro visível de lista de outra empresa não basta."""
        abertas = ListaDeTrabalho.objects.visiveis_para(usuario)
        return MembroDaLista.objects.visiveis_para(usuario).filter(lista__in=abertas)


# ── Campanhas ────────────────────────────────────────────────────────────────


@extend_schema_serializer(
    examples=[
        exemplo(
            {
                "id": 4, "empresa": "1", "nome": "Natal", "inicio": "2026-11-01", "fim": "2026-12-24", "ativa": True,
                "oferta": "10 % à vista",
            }
        )
    ]
)  # fmt: skip
class CampanhaSerializer(serializers.ModelSerializer[Campanha]):
    """Um esforço com começo e fim."""

    empresa = serializers.CharField(source="empresa.codigo", help_text=EMPRESA)

    class Meta:
        model = Campanha
        fields = ("id", "empresa", "nome", "inicio", "fim", "ativa", "oferta")
        read_only_fields = fields


class FiltroDeCampanhas(df.FilterSet):
    empresa = df.CharFilter(field_name="empresa__codigo", label=EMPRESA)
    ativa = SimNao(label="Só as em uso (ou as fora de uso).")


@extend_schema_view(
    list=extend_schema(summary="Lista as campanhas"), retrieve=extend_schema(summary="Abre uma campanha")
)
class Campanhas(Legivel):
    """As campanhas das suas empresas."""

    modelo: Any = Campanha
    decisoes = leitura(Permissao.VER_CLIENTES)
    leva_acima_de = None
    serializer_class = CampanhaSerializer
    filterset_class = FiltroDeCampanhas
    unidas = ("empresa",)
    ordens = por_coluna("id") | por_coluna("inicio")

    def visiveis(self, usuario: Usuario) -> Any:
        return Campanha.objects.filter(empresa__in=empresas_de(usuario))


# ── Prioridades ──────────────────────────────────────────────────────────────


class ItemDaFilaSerializer(serializers.Serializer[Any]):
    """Um cliente da fila, no lugar dele."""

    posicao = serializers.IntegerField()
    cliente = ClienteBreve(source="item.ind.cliente")
    status = serializers.CharField(source="item.ind.status")
    por_que = serializers.CharField(help_text="Dois ou três motivos, como a fila os diz.")
    combinado_em = serializers.DateField(source="item.agendamento.em", default=None, allow_null=True)
    combinado_as = serializers.TimeField(source="item.agendamento.hora", default=None, allow_null=True)
    valor_em_jogo = serializers.DecimalField(source="item.valor", max_digits=16, decimal_places=2)
    peso = serializers.FloatField(source="item.peso", help_text="O que ordena: perda esperada, ou risco.")


@extend_schema_serializer(
    examples=[
        exemplo(
            {
                "pessoa": PESSOA, "dia": "2026-11-20", "feitos": 3, "capacidade": 20, "alem": 12,
                "resultados": [
                    {
                        "posicao": 1, "cliente": CLIENTE, "status": "quase_inativo",
                        "por_que": "Compra a cada 32 dias, está há 51. Sem contato há 40 dias.", "combinado_em": None,
                        "combinado_as": None, "valor_em_jogo": "18240.00", "peso": 9120.5,
                    }
                ],
            }
        )
    ]
)  # fmt: skip
class FilaSerializer(serializers.Serializer[Any]):
    """A fila do dia de uma pessoa: o combinado primeiro, depois quem mais se perde se ninguém ligar."""

    pessoa = PessoaBreve()
    dia = serializers.DateField()
    feitos = serializers.IntegerField(help_text="Quantos já foram procurados hoje.")
    capacidade = serializers.IntegerField(help_text="Quantos cabem no dia.")
    alem = serializers.IntegerField(help_text="Quantos esperam além da capacidade.")
    resultados = ItemDaFilaSerializer(many=True)


class Prioridades(VistaDaApi):
    """A fila do dia, com o porquê de cada um."""

    decisoes = {"get": Decisao(Permissao.REGISTRAR_CONTATO)}

    @extend_schema(
        operation_id="prioridades_listar",
        summary="A fila do dia, com o porquê de cada um",
        description=(
            "A sua, ou a de um vendedor seu (`vendedor`), só com os clientes que você também vê. Quem não liga para "
            "clientes tem de dizer de quem é a fila."
        ),
        parameters=[OpenApiParameter("vendedor", OpenApiTypes.INT, description="O número do vendedor.")],
        responses={200: FilaSerializer, (404, TIPO_DE_CONTEUDO): ProblemaSerializer},
    )
    def get(self, request: Any) -> Response:
        recusar_desconhecidos(request, {"vendedor"})
        pessoa = self._pessoa(request)
        referencias = Referencias.de(pessoa)
        dias = {pk: referencias.da_empresa(pk) for pk in referencias.empresas}
        fila = fila_de_hoje(pessoa=pessoa, referencias=dias, hoje=referencias.hoje)
        dita = {
            "pessoa": pessoa,
            "dia": referencias.hoje,
            "feitos": fila.feitos,
            "capacidade": fila.fora.capacidade,
            "alem": fila.fora.alem,
            "resultados": [
                {"posicao": n, "item": item, "por_que": frase_do_motivo(item.ind, referencias)}
                for n, item in enumerate(fila.itens, 1)
            ],
        }
        return Response(FilaSerializer(dita).data)

    @staticmethod
    def _pessoa(request: Any) -> Usuario:
        """Com `olhado_por`, o escopo é o que as duas pessoas veem."""
        pedido = request.query_params.get("vendedor", "")
        if not pedido:
            if not tem_fila(request.user):
                raise ValidationError({"vendedor": ["Diga de que vendedor é a fila."]})
            return request.user
        numero = id_de(pedido)
        if numero is None:
            raise ValidationError({"vendedor": ["Diga o número do vendedor."]})
        vendedor = get_object_or_404(vendedores_da_alcada(request.user), pk=numero)
        if vendedor.pk != request.user.pk:
            vendedor.olhado_por = request.user
        return vendedor
