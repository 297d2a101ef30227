"""Criar e mudar pedidos, com os itens: uma linha da importação de pedidos e as de itens, numa transação."""

from typing import Any

from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from carteira.api.comuns import que_se_manda
from carteira.api.escrita import criar, lido, mudar, recusa
from carteira.api.idempotencia import PARAMETRO
from carteira.api.permissoes import Decisao
from carteira.api.uma_linha import entrada_da_importacao, gravar_linhas, gravar_uma
from carteira.api.versao import IF_MATCH
from clientes.importacao.servico import travar_importacoes
from clientes.models import ItemDePedido, Pedido
from contas.models import Escopo
from contas.papeis import Permissao

_ESCREVE = Decisao(Permissao.IMPORTAR, Escopo.ESCREVER)
DECISOES = {"create": _ESCREVE, "update": _ESCREVE, "partial_update": _ESCREVE}
_DO_PEDIDO = ("cliente_codigo", "data", "valor", "situacao")

ItemEscrito = entrada_da_importacao("itens", "ItemEscrito", menos="pedido_numero")


def _itens_escritos() -> Any:
    return serializers.ListField(
        child=ItemEscrito(), required=False, max_length=1000, help_text="Os itens; sem eles, ficam os que há."
    )


_PEDIDO = {"cliente_codigo": "C042", "data": "2026-11-18", "valor": "358,80", "situacao": "faturado"}
NovoPedido = que_se_manda({"numero": "55012"} | _PEDIDO)(
    entrada_da_importacao("pedidos", "NovoPedido", itens=_itens_escritos())
)
MudancaDePedido = que_se_manda(_PEDIDO)(
    entrada_da_importacao("pedidos", "MudancaDePedido", menos="numero", itens=_itens_escritos())
)


class EscrevePedidos:
    """As escritas do recurso de pedidos."""

    @extend_schema(
        summary="Cria um pedido, com os itens",
        description="Uma linha da importação de pedidos e as dos itens: as mesmas colunas e regras. O número que já "
        "existe é 409.",
        request=NovoPedido,
        parameters=[PARAMETRO],
    )
    def create(self, request: Any) -> Any:
        dados = lido(NovoPedido, request)
        return criar(self, request, lambda: _criar(request, dados))

    @extend_schema(
        summary="Muda um pedido por inteiro",
        description="Todas as colunas obrigatórias; com `itens`, eles passam a ser os que vieram.",
        request=MudancaDePedido,
        parameters=[IF_MATCH],
    )
    def update(self, request: Any, pk: int) -> Any:
        return _na_vez(
            self, request, pk, lambda pedido: _mudar(request, pedido, lido(MudancaDePedido, request))
        )

    @extend_schema(
        summary="Muda campos de um pedido",
        description="Só as colunas mandadas; as outras ficam como estão.",
        request=MudancaDePedido,
        parameters=[IF_MATCH],
    )
    def partial_update(self, request: Any, pk: int) -> Any:
        def fazer(pedido: Pedido) -> None:
            _mudar(request, pedido, _atuais(pedido) | lido(MudancaDePedido, request, parcial=True))

        return _na_vez(self, request, pk, fazer)


@transaction.atomic
def _na_vez(view: Any, request: Any, pk: int, fazer: Any) -> Any:
    """A vez da importação vem antes da linha, como nos arquivos: as duas escritas nunca se cruzam."""
    travar_importacoes(view.objeto(pk).empresa)
    return mudar(view, request, pk, fazer)


@transaction.atomic
def _criar(request: Any, dados: dict[str, Any]) -> Pedido:
    itens = dados.pop("itens", None)
    mesmo = Pedido.objects.filter(numero=str(dados["numero"]).strip())
    empresa, chave = gravar_uma(request, "pedidos", dados, mesmo)
    pedido = Pedido.objects.get(empresa=empresa, numero=chave["numero"])
    _itens(request, pedido, itens)
    return pedido


def _atuais(pedido: Pedido) -> dict[str, Any]:
    """O que a importação exige e um PATCH não manda; o valor, sem o sinal que a devolução lhe põe."""
    return {
        "cliente_codigo": pedido.cliente.codigo,
        "data": pedido.data.isoformat(),
        "valor": f"{abs(pedido.valor):.2f}",
        "situacao": pedido.situacao,
    }


def _mudar(request: Any, pedido: Pedido, dados: dict[str, Any]) -> None:
    if dados.get("cliente_documento"):
        dados.pop("cliente_codigo", None)
    itens = dados.pop("itens", None)
    gravar_linhas(request, "pedidos", pedido.empresa, [{"numero": pedido.numero, **dados}])
    _itens(request, pedido, itens)


def _itens(request: Any, pedido: Pedido, itens: list[dict[str, Any]] | None) -> None:
    """Os itens passam a ser estes; com a lista vazia, nenhum. Uma linha que não diz um campo o deixa em branco."""
    if itens is None:
        return
    if not itens:
        ItemDePedido.objects.filter(pedido=pedido).delete()
        return
    presentes = {campo for item in itens for campo in item}
    if "sequencia" in presentes and any("sequencia" not in item for item in itens):
        raise recusa({"itens": ["Diga a sequência de todos os itens, ou de nenhum."]})
    linhas = [
        {"pedido_numero": pedido.numero} | {c: item.get(c) for c in sorted(presentes)} for item in itens
    ]
    gravar_linhas(request, "itens", pedido.empresa, linhas, prefixo="itens")
