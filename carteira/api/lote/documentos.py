"""O que o esquema diz dos lotes: as colunas de cada tipo, um exemplo em cada formato e a resposta por linha."""

import json
from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    OpenApiTypes,
    extend_schema,
    extend_schema_view,
)
from rest_framework import serializers

from carteira.api.celula import CelulaField
from carteira.api.idempotencia import PARAMETRO
from carteira.api.problemas import TIPO_DE_CONTEUDO
from clientes.importacao.por_linha import SituacaoDaLinha, chave_de
from clientes.importacao.tipos import TIPOS

_RESPOSTA = {
    "gravado": True, "simulado": False, "importacao": 318, "recebidas": 2, "novas": 1, "atualizadas": 0,
    "inalteradas": 0, "rejeitadas": 1, "avisos": [],
    "linhas": [
        {"linha": 1, "chave": {"numero": "50231"}, "situacao": "nova"},
        {"linha": 2, "chave": {"numero": "50232"}, "situacao": "rejeitada", "coluna": "cliente_codigo", "valor": "9999",
         "motivo": "cliente desconhecido nesta empresa: importe o cadastro de clientes antes"},
    ],
}  # fmt: skip


class LinhaDoLoteSerializer(serializers.Serializer[Any]):
    """O que aconteceu a uma linha."""

    linha = serializers.IntegerField(
        help_text="O número dela no corpo, a partir de 1 (no CSV, o cabeçalho é a 1)."
    )
    chave = serializers.DictField(
        child=serializers.CharField(allow_null=True), help_text="A chave natural: o código, o número…"
    )
    situacao = serializers.ChoiceField(
        choices=[(s.value, s.value) for s in SituacaoDaLinha],
        help_text="Num lote recusado ou simulado, o que ela seria.",
    )
    coluna = serializers.CharField(required=False, help_text="Da rejeitada: a coluna com defeito.")
    valor = serializers.CharField(required=False, help_text="Da rejeitada: o que havia nela.")
    motivo = serializers.CharField(
        required=False,
        help_text="Da rejeitada: o que há e o que fazer; da que não entra porque o titular foi anonimizado, isso.",
    )


class ResultadoDoLoteSerializer(serializers.Serializer[Any]):
    """O lote inteiro, em contas e linha por linha."""

    gravado = serializers.BooleanField()
    simulado = serializers.BooleanField()
    importacao = serializers.IntegerField(
        allow_null=True, help_text="A importação que ficou registrada; nula quando nada se gravou."
    )
    recebidas = serializers.IntegerField()
    novas = serializers.IntegerField()
    atualizadas = serializers.IntegerField()
    inalteradas = serializers.IntegerField()
    rejeitadas = serializers.IntegerField()
    avisos = serializers.ListField(child=serializers.CharField())
    linhas = LinhaDoLoteSerializer(many=True)


class LoteRecusadoSerializer(ResultadoDoLoteSerializer):
    """Um problema, com o que cada linha seria: nada foi gravado. Sem as contas, se a chave era de outro pedido."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        campos = super().get_fields()
        for nome in ResultadoDoLoteSerializer().fields:
            campos[nome].required = False
        return campos


_PARAMETROS = [
    OpenApiParameter("empresa", str, description="O código da empresa; dispensa-se quem só tem uma."),
    OpenApiParameter(
        "modo",
        str,
        enum=["tudo-ou-nada", "parcial"],
        default="tudo-ou-nada",
        description="Com uma linha rejeitada: nada se grava (422), ou gravam-se as outras (200).",
    ),
    OpenApiParameter(
        "simular", str, enum=["0", "1"], default="0", description="Faz tudo e desfaz: os números são exatos."
    ),
    OpenApiParameter(
        "linhas",
        str,
        enum=["todas", "rejeitadas"],
        default="todas",
        description="Que linhas vêm na resposta.",
    ),
    PARAMETRO,
]


def endereco(tipo: str) -> str:
    """Em `/pessoas/` moram as da casa; as dos clientes têm outro endereço."""
    return "pessoas-de-contato" if tipo == "pessoas" else tipo.replace("_", "-")


def documentar(tipo: str) -> Callable[[Any], Any]:
    descricao = TIPOS[tipo]
    plural = descricao.nomes.split(",")[1]
    exemplo = {campo.nome: campo.exemplo for campo in descricao.leiaute}
    return extend_schema_view(
        post=extend_schema(
            operation_id=f"{endereco(tipo).replace('-', '_')}_lote",
            tags=[endereco(tipo)],
            summary=f"Recebe até 10.000 {plural} de uma vez",
            description=_descricao(tipo),
            parameters=_PARAMETROS,
            request={
                "application/json": _lista_de(tipo),
                "application/x-ndjson": OpenApiTypes.BINARY,
                "text/csv": OpenApiTypes.BINARY,
            },
            responses={
                200: OpenApiResponse(ResultadoDoLoteSerializer, description="O lote, linha por linha."),
                (422, TIPO_DE_CONTEUDO): OpenApiResponse(
                    LoteRecusadoSerializer,
                    description="Linhas rejeitadas, ou a chave de outro pedido: nada foi gravado.",
                ),
            },
            examples=[
                OpenApiExample("Lista JSON", value=exemplo, request_only=True, media_type="application/json"),
                OpenApiExample(
                    "JSON Lines",
                    value=json.dumps(exemplo, ensure_ascii=False),
                    request_only=True,
                    media_type="application/x-ndjson",
                ),
                OpenApiExample("CSV", value=descricao.modelo, request_only=True, media_type="text/csv"),
                OpenApiExample("Parcial", value=_RESPOSTA, response_only=True, status_codes=["200"]),
            ],
        )
    )


def _lista_de(tipo: str) -> Any:
    """As colunas do tipo, todas, num objeto: o que um cliente gerado preenche."""
    campos = {
        c.nome: CelulaField(required=c.obrigatorio, allow_null=not c.obrigatorio, help_text=c.rotulo)
        for c in TIPOS[tipo].campos
    }
    nome = f"LinhaDe{endereco(tipo).title().replace('-', '')}"
    return type(nome, (serializers.Serializer,), {"__doc__": "Uma linha do lote."} | campos)(many=True)


def _descricao(tipo: str) -> str:
    campos = "\n".join(
        f"* `{c.nome}`{' (obrigatória)' if c.obrigatorio else ''}: {c.rotulo}" for c in TIPOS[tipo].campos
    )
    chave = ", ".join(f"`{campo}`" for campo in chave_de(tipo))
    return (
        "Um objeto por linha (JSON Lines), uma lista deles (JSON) ou um registro por linha (CSV com cabeçalho), pelas "
        "mesmas regras dos arquivos: coluna ausente conserva, célula vazia (ou `null`) apaga, o mesmo lote duas vezes "
        "não muda nada. Em JSON, todas as linhas trazem as mesmas chaves. O lote fica entre as importações, e se "
        "desfaz como elas.\n\n"
        f"Chave natural: {chave}.\n\nColunas:\n{campos}"
    )
