"""Fornecedores e o crédito deles, só para quem vê crédito; nenhum aparece entre os clientes."""

from typing import Any

import django_filters as df
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import serializers

from carteira.api.base import Legivel
from carteira.api.comuns import EMPRESA, SimNao, exemplo
from carteira.api.paginas import por_coluna
from carteira.api.permissoes import leitura
from clientes.documentos import mascarar
from clientes.fornecedores import com_credito, com_restricao, que_dizem
from clientes.models import Fornecedor, RestricaoDeFornecedor, ScoreDeFornecedor
from contas.papeis import Permissao, pode

_CAMPOS = (
    "id", "empresa", "codigo", "nome", "documento", "documento_valido", "cidade", "uf", "contato", "telefone",
    "email", "ativo", "score", "score_em", "faixa", "restricoes_abertas", "valor_restrito", "mudou_em", "melhorou",
)  # fmt: skip
_DO_CREDITO = (
    "score", "score_em", "faixa", "restricoes_abertas", "valor_restrito", "mudou_em", "mudanca",
)  # fmt: skip
_EXEMPLO = {
    "id": 12, "empresa": "1", "codigo": "F-101", "nome": "Aços Vale Ltda", "documento": "**.444.777/****-**",
    "documento_valido": True, "cidade": "Joinville", "uf": "SC", "contato": "Rute Klein",
    "telefone": "+554734330101", "email": "financeiro@acos.exemplo", "ativo": True, "score": 640,
    "score_em": "2026-11-05", "faixa": "Regular", "restricoes_abertas": 1, "valor_restrito": "1250.00",
    "mudou_em": "2026-11-18", "melhorou": False,
}  # fmt: skip


@extend_schema_serializer(examples=[exemplo(_EXEMPLO)])
class FornecedorSerializer(serializers.ModelSerializer[Any]):
    """O cadastro, o score mais novo e as restrições em aberto hoje."""

    empresa = serializers.CharField(source="empresa.codigo", help_text=EMPRESA)
    documento = serializers.SerializerMethodField(
        help_text="Mascarado; inteiro só para quem cuida dos titulares, o administrador, e num fornecedor por vez."
    )
    score = serializers.IntegerField(allow_null=True, help_text="O mais novo, de qualquer fonte.")
    score_em = serializers.DateField(allow_null=True)
    faixa = serializers.CharField(allow_null=True, help_text="A faixa do score, na empresa dele.")
    restricoes_abertas = serializers.IntegerField()
    valor_restrito = serializers.DecimalField(max_digits=16, decimal_places=2)
    mudou_em = serializers.DateField(allow_null=True, help_text="A última mudança no crédito.")
    melhorou = serializers.SerializerMethodField(help_text="Se ela foi para melhor; nulo sem mudança.")

    class Meta:
        model = Fornecedor
        fields: tuple[str, ...] = _CAMPOS
        read_only_fields = fields

    def get_documento(self, fornecedor: Any) -> str:
        return mascarar(fornecedor.documento)

    def get_melhorou(self, fornecedor: Any) -> bool | None:
        return fornecedor.mudanca["melhorou"] if fornecedor.mudanca else None


class ScoreDoFornecedorSerializer(serializers.ModelSerializer[ScoreDeFornecedor]):
    """O score num dia."""

    class Meta:
        model = ScoreDeFornecedor
        fields = ("fonte", "em", "valor")
        read_only_fields = fields


class RestricaoDoFornecedorSerializer(serializers.ModelSerializer[RestricaoDeFornecedor]):
    """Uma restrição ou um evento."""

    class Meta:
        model = RestricaoDeFornecedor
        fields = ("fonte", "tipo", "em", "numero", "valor", "baixada_em", "descricao")
        read_only_fields = fields


_UMA = {
    "fonte": "Cartório", "tipo": "protesto", "em": "2026-11-18", "numero": "8812", "valor": "1250.00",
    "baixada_em": None, "descricao": "",
}  # fmt: skip


@extend_schema_serializer(
    examples=[
        exemplo(
            _EXEMPLO
            | {
                "observacao": "Entrega às quintas",
                "scores": [{"fonte": "Serasa", "em": "2026-11-05", "valor": 640}],
                "restricoes": [_UMA],
            }
        )
    ]
)
class FornecedorInteiroSerializer(FornecedorSerializer):
    """O mesmo, com a história do crédito, da mais nova à mais antiga."""

    scores = ScoreDoFornecedorSerializer(many=True)
    restricoes = RestricaoDoFornecedorSerializer(many=True)

    class Meta(FornecedorSerializer.Meta):
        fields = (*_CAMPOS, "observacao", "scores", "restricoes")
        read_only_fields = fields

    def get_documento(self, fornecedor: Any) -> str:
        inteiro = pode(self.context["request"].user, Permissao.CUIDAR_DE_TITULARES)
        return str(fornecedor.documento) if inteiro else mascarar(fornecedor.documento)


class FiltroDeFornecedores(df.FilterSet):
    empresa = df.CharFilter(field_name="empresa__codigo", label=EMPRESA)
    codigo = df.CharFilter(label="O código no ERP.")
    q = df.CharFilter(method="procurar", label="Nome, código, documento, município ou com quem falar.")
    ativo = SimNao(label="Só os ativos (ou os inativos).")
    com_restricao = SimNao(method="restritos", label="Só os com restrição em aberto (ou os sem).")

    def procurar(self, fornecedores: Any, _: str, valor: str) -> Any:
        return fornecedores.filter(que_dizem(valor))

    def restritos(self, fornecedores: Any, _: str, valor: bool) -> Any:
        com = com_restricao(timezone.localdate())
        return fornecedores.filter(com if valor else ~com)


@extend_schema_view(
    list=extend_schema(summary="Lista os fornecedores, com o crédito de cada um"),
    retrieve=extend_schema(summary="Abre um fornecedor, com a história do crédito"),
)
class Fornecedores(Legivel):
    """Fornecedores das empresas que você vê, para quem vê crédito. Não são clientes: não contam em nada deles."""

    modelo: Any = Fornecedor
    decisoes = leitura(Permissao.VER_CREDITO)
    serializer_class = FornecedorSerializer
    serializer_do_objeto = FornecedorInteiroSerializer
    filterset_class = FiltroDeFornecedores
    unidas = ("empresa",)
    ordens = por_coluna("id") | por_coluna("codigo")

    def preparar(self, objetos: list[Any]) -> list[Any]:
        """O crédito de todos os da página, numa consulta."""
        lidos = com_credito(Fornecedor.objects.filter(pk__in=[o.pk for o in objetos]), timezone.localdate())
        creditos = {linha["pk"]: linha for linha in lidos.values("pk", *_DO_CREDITO)}
        for objeto in objetos:
            for campo in _DO_CREDITO:
                setattr(objeto, campo, creditos[objeto.pk][campo])
        return objetos
