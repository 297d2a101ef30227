"""O que se fez e se vai fazer com o cliente: contatos, agenda e atendimentos (os chamados do ERP)."""

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
    FiltroDoFato,
    PessoaBreve,
    SimNao,
    exemplo,
)
from carteira.api.paginas import por_coluna
from carteira.api.permissoes import leitura
from clientes.models import Agendamento, Atendimento, CanalDeContato, Contato, TipoDeAtendimento
from contas.models import Usuario
from contas.papeis import Permissao

# ── Contatos ─────────────────────────────────────────────────────────────────


@extend_schema_serializer(
    examples=[
        exemplo(
            {
                "id": 801, "cliente": CLIENTE, "canal": "ligacao", "sentido": "ativo",
                "em": "2026-11-19T10:12:00-03:00",
                "fechado_em": None, "ocorrencia": "Vai comprar", "efetiva": True, "motivo": None, "objecoes": ["Preço"],
                "campanha": None, "oferta": "", "pessoa": "Maria Lopes", "observacao": "Pediu tabela nova.",
                "atendente": PESSOA,
            }
        )
    ]
)  # fmt: skip
class ContatoSerializer(serializers.ModelSerializer[Contato]):
    """Uma interação com o cliente; só a efetiva move o relógio do último contato."""

    cliente = ClienteBreve()
    ocorrencia = serializers.CharField(source="ocorrencia.nome")
    efetiva = serializers.BooleanField(source="ocorrencia.efetiva")
    motivo = serializers.CharField(source="motivo.nome", default=None, allow_null=True)
    objecoes = serializers.SlugRelatedField(slug_field="nome", many=True, read_only=True)
    campanha = serializers.CharField(source="campanha.nome", default=None, allow_null=True)
    oferta = serializers.CharField(
        source="oferta_tipo", help_text="O que se ofereceu (`desconto`, `promocao`, `outra`), ou vazio."
    )
    atendente = PessoaBreve()

    class Meta:
        model = Contato
        fields = (
            "id", "cliente", "canal", "sentido", "em", "fechado_em", "ocorrencia", "efetiva", "motivo", "objecoes",
            "campanha", "oferta", "pessoa", "observacao", "atendente",
        )  # fmt: skip
        read_only_fields = fields


class FiltroDeContatos(FiltroDoFato):
    canal = df.MultipleChoiceFilter(choices=CanalDeContato.choices, label="Canal.")
    atendente = df.NumberFilter(label="O número de quem registrou.", decimal_places=0, max_digits=18)
    efetiva = SimNao(field_name="ocorrencia__efetiva", label="Só os efetivos (ou as tentativas).")
    de = df.DateFilter(field_name="em", lookup_expr="date__gte", label="Desde o dia.")
    ate = df.DateFilter(field_name="em", lookup_expr="date__lte", label="Até o dia.")


@extend_schema_view(
    list=extend_schema(summary="Lista os contatos feitos"), retrieve=extend_schema(summary="Abre um contato")
)
class Contatos(Legivel):
    """Contatos com os clientes que você vê; os desfeitos não existem."""

    modelo: Any = Contato
    decisoes = leitura(Permissao.VER_CLIENTES)
    serializer_class = ContatoSerializer
    filterset_class = FiltroDeContatos
    unidas, juntas = ("cliente", "ocorrencia", "motivo", "campanha", "atendente"), ("objecoes",)
    ordens = por_coluna("id") | por_coluna("em")

    def visiveis(self, usuario: Usuario) -> Any:
        return Contato.objects.visiveis_para(usuario).filter(desfeito_em__isnull=True)


# ── Agenda ───────────────────────────────────────────────────────────────────


@extend_schema_serializer(
    examples=[
        exemplo(
            {
                "id": 502, "cliente": CLIENTE, "responsavel": PESSOA, "em": "2026-11-27", "hora": "09:30:00",
                "tipo": "ligacao", "nota": "Levar a tabela nova", "recorrencia": "", "repetir_ate": None,
                "tentativas": 0, "remarcacoes": 1, "em_original": "2026-11-25",
                "criado_em": "2026-11-19T10:12:00-03:00", "concluido_em": None, "cancelado_em": None,
            }
        )
    ]
)  # fmt: skip
class CompromissoSerializer(serializers.ModelSerializer[Agendamento]):
    """Um próximo contato combinado: aberto até ser concluído ou cancelado."""

    cliente = ClienteBreve()
    responsavel = PessoaBreve()

    class Meta:
        model = Agendamento
        fields = (
            "id", "cliente", "responsavel", "em", "hora", "tipo", "nota", "recorrencia", "repetir_ate", "tentativas",
            "remarcacoes", "em_original", "criado_em", "concluido_em", "cancelado_em",
        )  # fmt: skip
        read_only_fields = fields


class FiltroDaAgenda(FiltroDoFato):
    responsavel = df.NumberFilter(label="O número de quem vai fazer.", decimal_places=0, max_digits=18)
    aberto = SimNao(method="em_aberto", label="Só os em aberto (ou os terminados).")
    de = df.DateFilter(field_name="em", lookup_expr="gte", label="Desde o dia.")
    ate = df.DateFilter(field_name="em", lookup_expr="lte", label="Até o dia.")

    def em_aberto(self, qs: Any, nome: str, valor: bool) -> Any:
        abertos = {"concluido_em__isnull": True, "cancelado_em__isnull": True}
        return qs.filter(**abertos) if valor else qs.exclude(**abertos)


@extend_schema_view(
    list=extend_schema(summary="Lista os compromissos"), retrieve=extend_schema(summary="Abre um compromisso")
)
class Agenda(Legivel):
    """Compromissos com os clientes que você vê."""

    modelo: Any = Agendamento
    decisoes = leitura(Permissao.VER_CLIENTES)
    serializer_class = CompromissoSerializer
    filterset_class = FiltroDaAgenda
    unidas = ("cliente", "responsavel")
    ordens = por_coluna("id") | por_coluna("em")


# ── Atendimentos ─────────────────────────────────────────────────────────────


@extend_schema_serializer(
    examples=[
        exemplo(
            {
                "id": 31, "empresa": "1", "numero": "AT-31", "cliente": CLIENTE, "tipo": "nao_conformidade",
                "assunto": "Costura aberta", "descricao": "Lote 12", "aberto_em": "2026-11-10", "fechado_em": None,
                "solucao": "", "aberto_por": PESSOA,
            }
        )
    ]
)  # fmt: skip
class AtendimentoSerializer(serializers.ModelSerializer[Atendimento]):
    """Um chamado: reclamação, troca, não conformidade. Aberto enquanto não se fecha."""

    empresa = serializers.CharField(source="empresa.codigo", help_text=EMPRESA)
    cliente = ClienteBreve()
    aberto_por = PessoaBreve(allow_null=True)

    class Meta:
        model = Atendimento
        fields = (
            "id", "empresa", "numero", "cliente", "tipo", "assunto", "descricao", "aberto_em", "fechado_em", "solucao",
            "aberto_por",
        )  # fmt: skip
        read_only_fields = fields


class FiltroDeAtendimentos(FiltroDoErp):
    tipo = df.MultipleChoiceFilter(choices=TipoDeAtendimento.choices, label="Tipo.")
    aberto = SimNao(field_name="fechado_em", lookup_expr="isnull", label="Só os abertos (ou fechados).")
    de = df.DateFilter(field_name="aberto_em", lookup_expr="gte", label="Aberto desde o dia.")
    ate = df.DateFilter(field_name="aberto_em", lookup_expr="lte", label="Aberto até o dia.")


@extend_schema_view(
    list=extend_schema(summary="Lista os atendimentos (chamados)"),
    retrieve=extend_schema(summary="Abre um atendimento"),
)
class Atendimentos(Legivel):
    """Atendimentos dos clientes que você vê: reclamações, trocas e não conformidades."""

    modelo: Any = Atendimento
    decisoes = leitura(Permissao.VER_CLIENTES)
    serializer_class = AtendimentoSerializer
    filterset_class = FiltroDeAtendimentos
    unidas = ("empresa", "cliente", "aberto_por")
    ordens = por_coluna("id") | por_coluna("aberto_em")
