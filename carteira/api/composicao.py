"""A composição da carteira: clientes e valor por situação, hoje ou numa data, abertos por uma dimensão."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.response import Response

from carteira.api.base import VistaDaApi
from carteira.api.comuns import exemplo
from carteira.api.filtros import recusar_desconhecidos
from carteira.api.permissoes import Decisao
from carteira.referencias import Referencias
from carteira.web.recorte import DA_COMPOSICAO, dimensoes_para, ler_recorte
from contas.papeis import Permissao
from relatorios import dos_retratos, passado
from relatorios.composicao import (
    DIMENSOES,
    NA_CONTA,
    Dimensao,
    Grupo,
    Recorte,
    agrupar,
    linhas,
    ordenar,
    por_situacao,
)
from relatorios.periodos import ler_dia

_UM = Decimal("0.01")


class FatiaSerializer(serializers.Serializer[Any]):
    """Uma situação de um grupo; as porcentagens são sobre ativos, quase inativos e inativos."""

    status = serializers.CharField()
    clientes = serializers.IntegerField()
    valor_12m = serializers.DecimalField(max_digits=18, decimal_places=2)
    em_risco = serializers.DecimalField(max_digits=18, decimal_places=2)
    clientes_pct = serializers.DecimalField(max_digits=6, decimal_places=2, allow_null=True)
    valor_pct = serializers.DecimalField(max_digits=6, decimal_places=2, allow_null=True)


class GrupoSerializer(serializers.Serializer[Any]):
    chave = serializers.CharField(help_text="O número ou a sigla do grupo; `0` é quem não tem.")
    rotulo = serializers.CharField()
    clientes = serializers.IntegerField(help_text="Os que entram na conta.")
    prospects = serializers.IntegerField(help_text="Ao lado, sem porcentagem.")
    valor_12m = serializers.DecimalField(max_digits=18, decimal_places=2)
    situacoes = FatiaSerializer(many=True)


_FATIA = {
    "status": "ativo", "clientes": 850, "valor_12m": "910000.00", "em_risco": "910000.00", "clientes_pct": "75.69",
    "valor_pct": "88.10",
}  # fmt: skip
_GRUPO = {
    "chave": "", "rotulo": "", "clientes": 1123, "prospects": 40, "valor_12m": "1032000.00", "situacoes": [_FATIA],
}  # fmt: skip


@extend_schema_serializer(
    examples=[
        exemplo(
            {
                "data": "2026-11-20", "agrupar": "vendedor", "total": _GRUPO,
                "grupos": [_GRUPO | {"chave": "7", "rotulo": "Ana Souza"}],
            }
        )
    ]
)  # fmt: skip
class ComposicaoSerializer(serializers.Serializer[Any]):
    """A composição de um dia."""

    data = serializers.DateField(help_text="De que dia é: a referência, ou a data pedida.")
    agrupar = serializers.CharField()
    total = GrupoSerializer()
    grupos = GrupoSerializer(many=True)


def _param(nome: str, ajuda: str, **como: Any) -> OpenApiParameter:
    return OpenApiParameter(nome, como.pop("type", OpenApiTypes.STR), description=ajuda, **como)


class Composicao(VistaDaApi):
    """Do que a carteira é feita."""

    decisoes = {"get": Decisao(Permissao.VER_COMPOSICAO)}

    @extend_schema(
        operation_id="composicao_abrir",
        summary="A composição da carteira",
        description="Os mesmos números da página, para o que você vê; os filtros se repetem, e `0` é quem não tem.",
        parameters=[
            _param("agrupar", "Por onde abrir; a um vendedor não se fala de outros.", enum=list(DIMENSOES)),
            _param(
                "data",
                "Um dia que já passou, pela regra da época e com o dono na data.",
                type=OpenApiTypes.DATE,
            ),
            *(_param(nome, f"Só de {DIMENSOES[nome].titulo.lower()}.", many=True) for nome in DA_COMPOSICAO),
        ],
        responses=ComposicaoSerializer,
    )
    def get(self, request: Any) -> Response:
        recusar_desconhecidos(request, {"agrupar", "data", *DA_COMPOSICAO})
        dimensao, recorte = _dimensao(request), _recorte(request)
        referencias = Referencias.de(request.user)
        empresas = referencias.em_cena(list(recorte.empresa))
        ultima = max((e.referencia for e in empresas if e.referencia), default=referencias.hoje)
        dia = _dia(request)
        if dia is None or dia >= ultima:
            clientes = linhas(request.user, recorte, com_cadastro=dimensao.do_cadastro)
            total, grupos = por_situacao(clientes), agrupar(clientes, dimensao)
            dia = ultima
        else:
            dia, total, grupos = _no_dia(request, recorte, empresas, dia, dimensao)
        return Response(
            ComposicaoSerializer(
                {
                    "data": dia,
                    "agrupar": dimensao.nome,
                    "total": _dito(total),
                    "grupos": [_dito(g) for g in ordenar(grupos, "-risco")],
                }
            ).data
        )


def _no_dia(
    request: Any, recorte: Recorte, empresas: list[Any], dia: date, dimensao: Dimensao
) -> tuple[date, Grupo, list[Grupo]]:
    """Numa carteira grande, o dia é o do retrato mais perto: quem lê fica sabendo por `data`."""
    hoje = max([timezone.localdate(), *(e.referencia for e in empresas if e.referencia)])
    de_la = dos_retratos.na_data(request.user, recorte, empresas, passado.Leitura(dia), hoje)
    if isinstance(de_la, dos_retratos.PassadoDosRetratos) and dimensao.nome not in dos_retratos.COLUNAS:
        raise ValidationError({"agrupar": ["Nessa data não se guardou esta dimensão."]})
    somas = de_la.somas(dimensao)
    return de_la.leitura.data, passado.por_situacao(somas), passado.agrupar(somas, dimensao)


def _dimensao(request: Any) -> Dimensao:
    permitidas = dimensoes_para(request.user)
    pedida = request.query_params.get("agrupar") or permitidas[0]
    if pedida not in permitidas:
        raise ValidationError({"agrupar": [f"Use uma destas: {', '.join(permitidas)}."]})
    return DIMENSOES[pedida]


def _recorte(request: Any) -> Recorte:
    """Os filtros da página; aqui, o que não se entende é recusado em vez de ignorado."""
    recorte = ler_recorte(request.query_params)
    perdidos = [n for n in DA_COMPOSICAO if len(request.query_params.getlist(n)) != len(getattr(recorte, n))]
    if perdidos:
        raise ValidationError({nome: ["Este valor não se entende."] for nome in perdidos})
    return recorte


def _dia(request: Any) -> date | None:
    texto = request.query_params.get("data", "")
    dia = ler_dia(texto)
    if texto and dia is None:
        raise ValidationError({"data": ["Escreva a data como 2026-12-31."]})
    return dia


def _dito(grupo: Grupo) -> dict[str, Any]:
    return {
        "chave": grupo.chave,
        "rotulo": grupo.rotulo,
        "clientes": grupo.clientes,
        "prospects": grupo.prospects,
        "valor_12m": grupo.valor,
        "situacoes": [
            {
                "status": s.value,
                "clientes": grupo.fatia(s).clientes,
                "valor_12m": grupo.fatia(s).valor,
                "em_risco": grupo.fatia(s).em_risco,
                "clientes_pct": _pct(grupo.porcento(s)),
                "valor_pct": _pct(grupo.porcento_valor(s)),
            }
            for s in NA_CONTA
        ],
    }


def _pct(valor: Decimal | None) -> Decimal | None:
    return valor.quantize(_UM, ROUND_HALF_UP) if valor is not None else None
