"""O que só existe para quem guarda uma cópia: o cadastro sem indicadores, os itens e as pessoas de contato."""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_serializer, extend_schema_view
from rest_framework import serializers

from carteira.api.base import Listavel
from carteira.api.clientes_ditos import PessoaDoClienteSerializer, email_que_se_mostra, telefone_que_se_mostra
from carteira.api.comuns import EMPRESA, exemplo
from carteira.api.paginas import por_coluna
from carteira.api.permissoes import Decisao
from clientes.documentos import mascarar
from clientes.models import Cliente, Contato, ItemDePedido, PessoaDeContato
from contas.escopo import filtro_de_visibilidade
from contas.models import Usuario
from contas.papeis import Permissao, pode

_LISTA = {"list": Decisao(Permissao.VER_CLIENTES)}


@extend_schema_serializer(
    examples=[
        exemplo(
            {
                "id": 42, "empresa": "1", "codigo": "C042", "razao_social": "Malhas Timbó Ltda",
                "nome_fantasia": "Malhas Timbó", "documento": "98588906000143", "documento_valido": True,
                "cidade": "Timbó", "uf": "SC", "cep": "89120000", "segmento": "Moda", "porte": "Médio",
                "perfil": "Indústria", "categoria": "cliente", "vendedor": 7, "telefone": "+554733820000",
                "email": "compras@malhas.exemplo", "limite_credito": "20000.00", "bloqueado": False,
                "nao_contatar": [], "encerrado_em": None, "encerrado_motivo": "", "fora_do_perfil": False,
                "adiado_ate": None, "potencial_mensal": None, "cadastrado_em": "2024-02-01",
            },
            "Com desde",
        )
    ]
)  # fmt: skip
class ClienteDaCopiaSerializer(serializers.ModelSerializer[Cliente]):
    """O cadastro: o que muda é o cliente, e não os indicadores, que mudam toda noite (leia-os na lista)."""

    empresa = serializers.CharField(source="empresa.codigo", help_text=EMPRESA)
    segmento = serializers.CharField(source="segmento.nome", default=None, allow_null=True)
    documento = serializers.SerializerMethodField(
        help_text="Mascarado; inteiro só na cópia de quem cuida dos titulares, o administrador."
    )
    telefone = serializers.SerializerMethodField()
    email = serializers.SerializerMethodField()

    class Meta:
        model = Cliente
        fields = (
            "id", "empresa", "codigo", "razao_social", "nome_fantasia", "documento", "documento_valido", "cidade", "uf",
            "cep", "segmento", "porte", "perfil", "categoria", "vendedor", "telefone", "email", "limite_credito",
            "bloqueado", "nao_contatar", "encerrado_em", "encerrado_motivo", "fora_do_perfil", "adiado_ate",
            "potencial_mensal", "cadastrado_em",
        )  # fmt: skip
        read_only_fields = fields

    def get_documento(self, cliente: Cliente) -> str:
        inteiro = pode(self.context["request"].user, Permissao.CUIDAR_DE_TITULARES)
        return cliente.documento if inteiro else mascarar(cliente.documento)

    def get_telefone(self, cliente: Cliente) -> str:
        return telefone_que_se_mostra(cliente)

    def get_email(self, cliente: Cliente) -> str:
        return email_que_se_mostra(cliente)


def clientes_da_copia(usuario: Usuario) -> Any:
    return Cliente.objects.visiveis_para(usuario).select_related("empresa", "segmento")


def contatos_da_copia(usuario: Usuario) -> Any:
    """Com os desfeitos, que na cópia são saídas."""
    return Contato.objects.visiveis_para(usuario).select_related(
        "cliente", "ocorrencia", "motivo", "campanha", "atendente"
    )


@extend_schema_serializer(
    examples=[
        exemplo(
            {
                "id": 70011, "pedido": 9001, "sequencia": 1, "produto_codigo": "P-10",
                "produto_nome": "Camiseta básica", "quantidade": "12.000", "valor": "358.80",
            }
        )
    ]
)  # fmt: skip
class ItemDaCopiaSerializer(serializers.ModelSerializer[ItemDePedido]):
    """Um item, com o id do pedido dele."""

    class Meta:
        model = ItemDePedido
        fields = ("id", "pedido", "sequencia", "produto_codigo", "produto_nome", "quantidade", "valor")
        read_only_fields = fields


@extend_schema_view(list=extend_schema(summary="Lista os itens dos pedidos que você vê"))
class Itens(Listavel):
    """Os itens, um a um: é por eles que se sabe que um pedido mudou só por dentro."""

    modelo: Any = ItemDePedido
    decisoes = _LISTA
    serializer_class = ItemDaCopiaSerializer
    ordens = por_coluna("id")

    def visiveis(self, usuario: Usuario) -> Any:
        return ItemDePedido.objects.filter(filtro_de_visibilidade(usuario, "pedido__cliente__"))


@extend_schema_serializer(
    examples=[
        exemplo(
            {
                "id": 5, "nome": "Maria Lopes", "papel": "comprador", "cargo": "", "telefone": "+554733820000",
                "email": "maria@malhas.exemplo", "principal": True, "nao_contatar": [], "cliente": 42, "ativa": True,
            }
        )
    ]
)  # fmt: skip
class PessoaDaCopiaSerializer(PessoaDoClienteSerializer):
    class Meta(PessoaDoClienteSerializer.Meta):
        fields = (*PessoaDoClienteSerializer.Meta.fields, "cliente", "ativa")  # type: ignore[assignment]
        read_only_fields = fields


@extend_schema_view(list=extend_schema(summary="Lista as pessoas de contato dos clientes que você vê"))
class PessoasDeContato(Listavel):
    """Com quem se fala em cada cliente; o que a pessoa não quer não se mostra. Aqui só se leva em massa."""

    modelo: Any = PessoaDeContato
    decisoes = {"list": Decisao(Permissao.EXPORTAR)}
    leva_acima_de = 0
    serializer_class = PessoaDaCopiaSerializer
    unidas = ("cliente",)
    ordens = por_coluna("id")


COPIAS = {"itens": Itens, "pessoas-de-contato": PessoasDeContato}
