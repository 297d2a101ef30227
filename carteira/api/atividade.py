"""Como cada cliente está e por quê: indicadores, mudanças de status e as regras em vigor."""

from datetime import date
from typing import Any

import django_filters as df
from django.db.models import Q
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import serializers

from atividade.limiares import RegraEmVigor, mais_perto, vigentes
from atividade.models import (
    Indicadores,
    Limiar,
    MotivoDaMudanca,
    MudancaStatus,
    ParametrosDaAtividade,
    Status,
)
from carteira.api.base import Legivel
from carteira.api.clientes import FiltroDaApi
from carteira.api.comuns import CLIENTE, EMPRESA, ClienteBreve, FiltroDoFato, exemplo
from carteira.api.paginas import por_coluna
from carteira.api.permissoes import leitura
from carteira.referencias import Referencias
from clientes.models import Segmento
from contas.escopo import empresas_de
from contas.models import Empresa, Usuario
from contas.papeis import Permissao

# ── Indicadores ──────────────────────────────────────────────────────────────


@extend_schema_serializer(
    examples=[
        exemplo(
            {
                "cliente": CLIENTE, "empresa": "1", "referencia": "2026-11-20", "status": "quase_inativo",
                "primeira_compra": "2024-02-12", "ultima_compra": "2026-09-30", "pedidos": 28, "dias_de_compra": 27,
                "dias_de_compra_12m": 10, "intervalo_medio_dias": "34.2000", "intervalo_mediano_dias": "32.0000",
                "coeficiente_variacao": "0.2100", "proxima_compra_esperada": "2026-11-01", "valor_total": "61200.50",
                "valor_12m": "18240.00", "valor_janela": "18240.00", "valor_ano_ativo": "18240.00",
                "valor_90d": "2100.00", "valor_90d_anterior": "6300.00", "devolvido_12m": "0.00", "curva_abc": "A",
                "rfv_r": 3, "rfv_f": 5, "rfv_v": 4, "ritmo": "mensal", "ultimo_contato_em": None,
                "quase_inativo_em": "2026-11-10", "inativo_em": "2027-01-30", "antigo_em": None, "novo_ate": None,
                "recuperado_ate": None,
            }
        )
    ]
)  # fmt: skip
class IndicadoresSerializer(serializers.ModelSerializer[Indicadores]):
    """Os números de um cliente na referência da empresa, como a última rodada os deixou."""

    cliente = ClienteBreve()
    empresa = serializers.CharField(source="empresa.codigo", help_text=EMPRESA)
    referencia = serializers.DateField(source="empresa.referencia", allow_null=True)

    class Meta:
        model = Indicadores
        fields = (
            "cliente", "empresa", "referencia", "status", "primeira_compra", "ultima_compra", "pedidos",
            "dias_de_compra", "dias_de_compra_12m", "intervalo_medio_dias", "intervalo_mediano_dias",
            "coeficiente_variacao", "proxima_compra_esperada", "valor_total", "valor_12m", "valor_janela",
            "valor_ano_ativo", "valor_90d", "valor_90d_anterior", "devolvido_12m", "curva_abc", "rfv_r", "rfv_f",
            "rfv_v", "ritmo", "ultimo_contato_em", "quase_inativo_em", "inativo_em", "antigo_em", "novo_ate",
            "recuperado_ate",
        )  # fmt: skip
        read_only_fields = fields


@extend_schema_view(
    list=extend_schema(
        summary="Lista os indicadores",
        description="Os filtros são os de clientes; `ocultos=true` traz também encerrados e fora do perfil.",
    ),
    retrieve=extend_schema(summary="Abre os indicadores de um cliente"),
)
class IndicadoresDosClientes(Legivel):
    """Os indicadores dos clientes que você vê; o número é o do cliente."""

    modelo: Any = Indicadores
    decisoes = leitura(Permissao.VER_CLIENTES)
    serializer_class = IndicadoresSerializer
    filterset_class = FiltroDaApi
    unidas = ("cliente", "empresa")
    ordens = por_coluna("id", "pk") | por_coluna("valor_12m") | por_coluna("ultima_compra", pode_faltar=True)

    def para_o_filtro(self) -> dict[str, Any]:
        return {"usuario": self.request.user, "referencias": Referencias.de(self.request.user)}

    def filtrados(self, filtro: Any) -> Any:
        return filtro.resultado().select_related(*self.unidas)


# ── Mudanças de status ───────────────────────────────────────────────────────


@extend_schema_serializer(
    examples=[
        exemplo(
            {
                "id": 12001, "cliente": CLIENTE, "de": "ativo", "para": "quase_inativo", "em": "2026-11-10", "ordem": 1,
                "motivo": "tempo", "pedido": None, "referencia": "2026-11-20",
                "criado_em": "2026-11-20T02:00:08-03:00",
            }
        )
    ]
)  # fmt: skip
class MudancaSerializer(serializers.ModelSerializer[MudancaStatus]):
    """Uma mudança de status: `em` é o dia em que se tornou verdade, não o da rodada."""

    cliente = ClienteBreve()
    pedido = serializers.CharField(
        source="pedido.numero", default=None, allow_null=True, help_text="O pedido que a causou."
    )

    class Meta:
        model = MudancaStatus
        fields = ("id", "cliente", "de", "para", "em", "ordem", "motivo", "pedido", "referencia", "criado_em")
        read_only_fields = fields


class FiltroDeMudancas(FiltroDoFato):
    para = df.MultipleChoiceFilter(choices=Status.choices, label="Para que status.")
    origem = df.MultipleChoiceFilter(field_name="de", choices=Status.choices, label="De que status.")
    motivo = df.MultipleChoiceFilter(choices=MotivoDaMudanca.choices, label="Motivo.")
    de = df.DateFilter(field_name="em", lookup_expr="gte", label="Desde o dia.")
    ate = df.DateFilter(field_name="em", lookup_expr="lte", label="Até o dia.")


@extend_schema_view(
    list=extend_schema(summary="Lista as mudanças de status"),
    retrieve=extend_schema(summary="Abre uma mudança"),
)
class Mudancas(Legivel):
    """Quem mudou de status, quando e por quê, entre os clientes que você vê."""

    modelo: Any = MudancaStatus
    decisoes = leitura(Permissao.VER_CLIENTES)
    serializer_class = MudancaSerializer
    filterset_class = FiltroDeMudancas
    unidas = ("cliente", "pedido")
    ordens = por_coluna("id") | por_coluna("em")


# ── Limites ──────────────────────────────────────────────────────────────────


class ParametrosSerializer(serializers.ModelSerializer[ParametrosDaAtividade]):
    class Meta:
        model = ParametrosDaAtividade
        fields = (
            "janela_valor_meses", "dias_novidade", "abc_a", "abc_b", "dias_feed_parado", "alertas_por_vendedor",
            "dias_de_perda", "dias_atribuicao",
        )  # fmt: skip
        read_only_fields = fields


class RegraSerializer(serializers.Serializer[Any]):
    """Depois de quanto tempo sem comprar se é inativo, e quanto antes se avisa."""

    regra = serializers.CharField(help_text="A regra por extenso.")
    origem = serializers.CharField(help_text="De que nível ela vem.")
    vigente_desde = serializers.DateField(allow_null=True)
    periodo = serializers.CharField(help_text="`18m` são 18 meses; `90d`, 90 dias.")
    antecedencia = serializers.CharField()
    antigo = serializers.CharField(allow_null=True, help_text="Quando o inativo passa de recente a antigo.")
    ciclo_quase = serializers.CharField(
        allow_null=True, help_text="Na regra por ciclo: × o ciclo do cliente."
    )
    ciclo_inativo = serializers.CharField(allow_null=True)


class RegraDoSegmentoSerializer(RegraSerializer):
    segmento = serializers.CharField()


_REGRA = {
    "regra": "inativo após 18 meses, aviso 6 meses antes", "origem": "regra da empresa Matriz",
    "vigente_desde": "2026-01-01", "periodo": "18m", "antecedencia": "6m", "antigo": None, "ciclo_quase": None,
    "ciclo_inativo": None,
}  # fmt: skip


@extend_schema_serializer(
    examples=[
        exemplo(
            {
                "id": 1, "empresa": "1", "nome": "Matriz", "referencia": "2026-11-20", "regra": _REGRA,
                "segmentos": [_REGRA | {"segmento": "Moda", "origem": "regra do segmento Moda"}],
                "situacoes_que_contam": ["aberto", "faturado"],
                "parametros": {
                    "janela_valor_meses": 12, "dias_novidade": 90, "abc_a": "80.00", "abc_b": "95.00",
                    "dias_feed_parado": 5, "alertas_por_vendedor": 40, "dias_de_perda": 180, "dias_atribuicao": 30,
                },
            }
        )
    ]
)  # fmt: skip
class LimitesSerializer(serializers.ModelSerializer[Empresa]):
    """As regras e os parâmetros em vigor numa empresa; em `segmentos`, só os que têm regra própria."""

    empresa = serializers.CharField(source="codigo", help_text=EMPRESA)
    regra = RegraSerializer(source="regra_em_vigor")
    segmentos = RegraDoSegmentoSerializer(many=True, source="regras_proprias")
    parametros = ParametrosSerializer(source="parametros_em_vigor")

    class Meta:
        model = Empresa
        fields = (
            "id", "empresa", "nome", "referencia", "situacoes_que_contam", "regra", "segmentos", "parametros",
        )  # fmt: skip
        read_only_fields = fields


@extend_schema_view(
    list=extend_schema(summary="Lista as regras em vigor, por empresa"),
    retrieve=extend_schema(summary="Abre as regras em vigor de uma empresa"),
)
class Limites(Legivel):
    """Quando um cliente fica quase inativo e inativo, em cada empresa sua. O número é o da empresa."""

    modelo: Any = Empresa
    decisoes = leitura(Permissao.VER_COMPOSICAO)
    leva_acima_de = None
    serializer_class = LimitesSerializer
    unidas = ("parametros",)

    def visiveis(self, usuario: Usuario) -> Any:
        return empresas_de(usuario)

    def preparar(self, objetos: list[Any]) -> list[Any]:
        """As regras de todas as empresas da página em duas consultas."""
        hoje = timezone.localdate()
        dias = {e.pk: max(e.referencia or hoje, hoje) for e in objetos}
        em_vigor = _em_vigor(dias)
        segmentos = Segmento.objects.filter(pk__in={s for _, s in em_vigor if s}).in_bulk()
        for empresa in objetos:
            geral = em_vigor.get((empresa.pk, None))
            if geral is None or geral.herda:
                geral = em_vigor.get((None, None))
            empresa.regra_em_vigor = _dita(mais_perto(geral, segmento=None, empresa=empresa))
            empresa.regras_proprias = [
                _dita(mais_perto(limiar, segmento=segmentos[s], empresa=empresa))
                | {"segmento": segmentos[s].nome}
                for (e, s), limiar in sorted(em_vigor.items(), key=lambda par: par[0][1] or 0)
                if e == empresa.pk and s and not limiar.herda
            ]
            guardados = getattr(empresa, "parametros", None)
            empresa.parametros_em_vigor = guardados or ParametrosDaAtividade(empresa=empresa)
        return objetos


def _em_vigor(dias: dict[int, date]) -> dict[tuple[int | None, int | None], Limiar]:
    """O limiar que vale em cada nível de cada empresa, no dia dela; o padrão da instalação é `(None, None)`."""
    achados: dict[tuple[int | None, int | None], Limiar] = {}
    ultimo = max(dias.values(), default=timezone.localdate())
    da_pagina = Q(empresa__in=list(dias)) | Q(empresa__isnull=True)
    for limiar in vigentes(ultimo).filter(da_pagina, cliente__isnull=True):
        dia = dias.get(limiar.empresa_id, timezone.localdate())
        if limiar.vigente_desde <= dia:
            achados.setdefault((limiar.empresa_id, limiar.segmento_id), limiar)
    return achados


def _dita(em_vigor: RegraEmVigor) -> dict[str, Any]:
    regra, ciclo = em_vigor.regra, em_vigor.regra.ciclo
    return {
        "regra": str(regra),
        "origem": em_vigor.origem,
        "vigente_desde": em_vigor.limiar.vigente_desde if em_vigor.limiar else None,
        "periodo": _curto(regra.periodo),
        "antecedencia": _curto(regra.antecedencia),
        "antigo": _curto(regra.antigo) if regra.antigo else None,
        "ciclo_quase": str(ciclo.quase) if ciclo else None,
        "ciclo_inativo": str(ciclo.inativo) if ciclo else None,
    }


def _curto(periodo: Any) -> str:
    return f"{periodo.n}{periodo.unidade}"
