"""A casa: empresas, pessoas, avisos de quem chama e as importações que o ERP mandou."""

from typing import Any

import django_filters as df
from django.utils import timezone
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import serializers

from carteira.api.base import Legivel
from carteira.api.comuns import EMPRESA, PESSOA, PessoaBreve, SimNao, exemplo
from carteira.api.paginas import por_coluna
from carteira.api.permissoes import leitura
from carteira.importacoes import visiveis_para as importacoes_de
from clientes.models import EstadoDaImportacao, Importacao, TipoDeImportacao
from contas.escopo import empresas_de
from contas.models import Empresa, MembroDeEquipe, Papel, Usuario, Vinculo
from contas.papeis import Permissao
from contas.pessoas import pessoas_geridas_por
from notificacoes.decisoes import a_calar, calado
from notificacoes.models import Aviso

# ── Empresas ─────────────────────────────────────────────────────────────────


@extend_schema_serializer(
    examples=[
        exemplo(
            {
                "id": 1, "codigo": "1", "nome": "Matriz", "referencia": "2026-11-20", "pedidos_ate": "2026-11-19",
                "calculada_em": "2026-11-20T02:00:09-03:00", "consulta_passada": False,
            }
        )
    ]
)  # fmt: skip
class EmpresaSerializer(serializers.ModelSerializer[Empresa]):
    """Uma empresa sua; `referencia` é a data de que os indicadores dela são."""

    class Meta:
        model = Empresa
        fields = ("id", "codigo", "nome", "referencia", "pedidos_ate", "calculada_em", "consulta_passada")
        read_only_fields = fields


@extend_schema_view(
    list=extend_schema(summary="Lista as suas empresas"), retrieve=extend_schema(summary="Abre uma empresa")
)
class Empresas(Legivel):
    """As empresas dadas a você."""

    modelo: Any = Empresa
    decisoes = leitura(Permissao.VER_CLIENTES)
    leva_acima_de = None
    serializer_class = EmpresaSerializer

    def visiveis(self, usuario: Usuario) -> Any:
        return empresas_de(usuario)


# ── Pessoas ──────────────────────────────────────────────────────────────────


class VinculoSerializer(serializers.ModelSerializer[Vinculo]):
    empresa = serializers.CharField(source="empresa.codigo", help_text=EMPRESA)

    class Meta:
        model = Vinculo
        fields = ("empresa", "codigo_erp")
        read_only_fields = fields


@extend_schema_serializer(
    examples=[
        exemplo(
            PESSOA
            | {
                "email": "ana@exemplo.com.br", "papel": "vendedor", "tipo": "externo", "telefone": "", "ativa": True,
                "equipe": "Sul", "vinculos": [{"empresa": "1", "codigo_erp": "V07"}],
            }
        )
    ]
)  # fmt: skip
class PessoaSerializer(serializers.ModelSerializer[Usuario]):
    """Quem trabalha aqui, com o código de vendedor em cada empresa."""

    ativa = serializers.BooleanField(source="is_active")
    equipe = serializers.CharField(source="nome_da_equipe", allow_null=True, help_text="A de hoje.")
    vinculos = VinculoSerializer(many=True)

    class Meta:
        model = Usuario
        fields = ("id", "nome", "email", "papel", "tipo", "telefone", "ativa", "equipe", "vinculos")
        read_only_fields = fields


class FiltroDePessoas(df.FilterSet):
    papel = df.MultipleChoiceFilter(choices=Papel.choices, label="Papel.")
    ativa = SimNao(field_name="is_active", label="Só as ativas (ou as desativadas).")


@extend_schema_view(
    list=extend_schema(summary="Lista as pessoas"), retrieve=extend_schema(summary="Abre uma pessoa")
)
class Pessoas(Legivel):
    """As pessoas das empresas que você administra."""

    modelo: Any = Usuario
    decisoes = leitura(Permissao.GERIR_PESSOAS)
    serializer_class = PessoaSerializer
    filterset_class = FiltroDePessoas
    juntas = ("vinculos__empresa",)
    ordens = por_coluna("id") | por_coluna("nome", "nome_chave")

    def visiveis(self, usuario: Usuario) -> Any:
        return pessoas_geridas_por(usuario)

    def preparar(self, objetos: list[Any]) -> list[Any]:
        hoje = timezone.localdate()
        membros = MembroDeEquipe.objects.filter(usuario__in=objetos, periodo__contains=hoje)
        equipes = dict(membros.values_list("usuario_id", "equipe__nome"))
        for pessoa in objetos:
            pessoa.nome_da_equipe = equipes.get(pessoa.pk)
        return objetos


# ── Avisos ───────────────────────────────────────────────────────────────────


@extend_schema_serializer(
    examples=[
        exemplo(
            {
                "id": 900, "tipo": "resumo", "titulo": "3 clientes entraram em quase inativo", "texto": "Malhas Timbó…",
                "caminho": "/clientes/?status=quase_inativo", "surge_em": "2026-11-20T07:00:00-03:00",
                "expira_em": None, "lido_em": None,
            }
        )
    ]
)  # fmt: skip
class AvisoSerializer(serializers.ModelSerializer[Aviso]):
    """Uma linha da central de avisos."""

    class Meta:
        model = Aviso
        fields = ("id", "tipo", "titulo", "texto", "caminho", "surge_em", "expira_em", "lido_em")
        read_only_fields = fields

    def to_representation(self, instance: Aviso) -> dict[str, Any]:
        return super().to_representation(calado(instance, self._a_calar))

    @cached_property
    def _a_calar(self) -> set[int]:
        """Lido uma vez por resposta."""
        return a_calar(self.context["request"].user)


class FiltroDeAvisos(df.FilterSet):
    por_ler = SimNao(field_name="lido_em", lookup_expr="isnull", label="Só os por ler (ou os lidos).")


@extend_schema_view(
    list=extend_schema(summary="Lista os seus avisos"), retrieve=extend_schema(summary="Abre um aviso seu")
)
class Avisos(Legivel):
    """Os seus avisos que já surgiram e ainda valem; ler por aqui não os marca como lidos."""

    modelo: Any = Aviso
    decisoes = leitura(None)
    serializer_class = AvisoSerializer
    filterset_class = FiltroDeAvisos
    ordens = por_coluna("id") | por_coluna("surge_em")
    ordem_padrao = "-id"

    def visiveis(self, usuario: Usuario) -> Any:
        return Aviso.objects.visiveis_para(usuario).a_mostra()


# ── Importações ──────────────────────────────────────────────────────────────


@extend_schema_serializer(
    examples=[
        exemplo(
            {
                "id": 88, "empresa": "1", "tipo": "pedidos", "estado": "aplicada", "nome_do_arquivo": "pedidos.csv",
                "tamanho": 182044, "mensagem": "", "resultado": {"novas": 1200, "atualizadas": 14, "rejeitadas": 0},
                "por": PESSOA, "criada_em": "2026-11-19T18:00:00-03:00", "aplicada_em": "2026-11-19T18:00:04-03:00",
            }
        )
    ]
)  # fmt: skip
class ImportacaoSerializer(serializers.ModelSerializer[Importacao]):
    """Um arquivo, ou um lote, e o que se fez dele."""

    empresa = serializers.CharField(source="empresa.codigo", help_text=EMPRESA)
    resultado = serializers.DictField(allow_null=True, help_text="As contagens e os avisos da conferência.")
    por = PessoaBreve(allow_null=True)

    class Meta:
        model = Importacao
        fields = (
            "id", "empresa", "tipo", "estado", "nome_do_arquivo", "tamanho", "mensagem", "resultado", "por",
            "criada_em", "aplicada_em",
        )  # fmt: skip
        read_only_fields = fields


class FiltroDeImportacoes(df.FilterSet):
    empresa = df.CharFilter(field_name="empresa__codigo", label=EMPRESA)
    tipo = df.MultipleChoiceFilter(choices=TipoDeImportacao.choices, label="Tipo.")
    estado = df.MultipleChoiceFilter(choices=EstadoDaImportacao.choices, label="Estado.")


@extend_schema_view(
    list=extend_schema(summary="Lista as importações"), retrieve=extend_schema(summary="Abre uma importação")
)
class Importacoes(Legivel):
    """As importações das suas empresas."""

    modelo: Any = Importacao
    decisoes = leitura(Permissao.IMPORTAR)
    serializer_class = ImportacaoSerializer
    filterset_class = FiltroDeImportacoes
    unidas = ("empresa", "por")
    ordem_padrao = "-id"

    def visiveis(self, usuario: Usuario) -> Any:
        return importacoes_de(usuario)
