"""Os sinais de muitos clientes de uma vez: pedidos em aberto, notas e objeções, uma consulta por assunto."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Count, Max, OuterRef, Subquery, Sum

from clientes.models import Contato, NotaFiscal, Pedido, SituacaoDeNota
from contas.models import SituacaoDePedido


@dataclass(frozen=True, slots=True)
class PedidosEmAberto:
    quantos: int
    valor: Decimal
    ultimo: date


@dataclass(frozen=True, slots=True)
class Notas:
    quantas: int
    ultima: date


@dataclass(frozen=True, slots=True)
class Objecoes:
    vezes: int
    ultima: datetime
    nome: str


def pedidos_em_aberto(clientes: Collection[int]) -> dict[int, PedidosEmAberto]:
    """Os que o ERP ainda não faturou."""
    abertos = Pedido.objects.filter(cliente__in=clientes, situacao=SituacaoDePedido.ABERTO)
    linhas = (
        abertos.order_by().values("cliente").annotate(n=Count("pk"), total=Sum("valor"), ultimo=Max("data"))
    )
    return {d["cliente"]: PedidosEmAberto(d["n"], d["total"], d["ultimo"]) for d in linhas}


def notas_de(clientes: Collection[int]) -> dict[int, Notas]:
    """As autorizadas; a cancelada não diz nada do que o cliente recebeu."""
    autorizadas = NotaFiscal.objects.filter(cliente__in=clientes, situacao=SituacaoDeNota.AUTORIZADA)
    linhas = autorizadas.order_by().values("cliente").annotate(n=Count("pk"), ultima=Max("emissao"))
    return {d["cliente"]: Notas(d["n"], d["ultima"]) for d in linhas}


def objecoes_dos(clientes: Collection[int]) -> dict[int, Objecoes]:
    """Quantas vezes cada cliente objetou e o que disse por último; contato desfeito não conta."""
    feitas = Contato.objects.filter(desfeito_em__isnull=True, objecoes__isnull=False)
    ultima = feitas.filter(cliente=OuterRef("cliente")).order_by("-em", "-pk", "objecoes__nome")
    linhas = (
        feitas.filter(cliente__in=clientes)
        .order_by()
        .values("cliente")
        .annotate(vezes=Count("pk"), em=Max("em"), nome=Subquery(ultima.values("objecoes__nome")[:1]))
    )
    return {d["cliente"]: Objecoes(d["vezes"], d["em"], d["nome"]) for d in linhas}
