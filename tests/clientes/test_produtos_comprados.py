"""O resumo de produtos por cliente diz o mesmo que os itens, depois de qualquer sequência de fatos."""

from collections import defaultdict
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from django.db import connection, transaction
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from clientes.models import Cliente, CompraDeProduto, ItemDePedido, Pedido
from clientes.produtos_comprados import comprados
from contas.models import Empresa
from contas.texto import sem_acento
from tests.conftest import HOJE, novo_pedido

pytestmark = pytest.mark.django_db
CLIENTES = 3
# o mesmo código com dois nomes, o mesmo nome com e sem código, e nomes que só diferem no acento
PRODUTOS = [
    ("P1", "Prego"),
    ("P1", "Prego novo"),
    ("", "Prego"),
    ("p1", "prégo"),
    ("B2", "Broca"),
    ("", "B2"),
]
PROCURADOS = ["prego", "PRÉGO n", "p1", "b2", "br", "nada"]

quem = st.integers(0, CLIENTES - 1)
qual = st.integers(0, 20)
produto = st.sampled_from(PRODUTOS)
dia = st.integers(-3, 200)  # antes de hoje; os negativos chegaram depois da última rodada
OPERACOES = st.one_of(
    st.tuples(st.just("pedido"), quem, dia, st.booleans(), st.lists(produto, max_size=4)),
    st.tuples(st.just("pedido"), quem, dia, st.just(True), st.lists(produto, min_size=1, max_size=4)),
    st.tuples(st.just("acrescentar"), qual, produto),
    st.tuples(st.just("trocar_item"), qual, produto),
    st.tuples(st.just("mover_item"), qual, qual),
    st.tuples(st.just("apagar_item"), qual),
    st.tuples(st.just("contar"), qual, st.booleans()),
    st.tuples(st.just("datar"), qual, dia),
    st.tuples(st.just("mover_pedido"), qual, quem),
    st.tuples(st.just("apagar_pedido"), qual),
    st.tuples(st.just("recontar_tudo"), st.booleans()),
)


class Mundo:
    """Poucos clientes, a quem tudo acontece."""

    def __init__(self, empresa: Empresa) -> None:
        self.numero = 0
        self.clientes = [
            Cliente.objects.create(empresa=empresa, codigo=f"C{n}", razao_social=f"C{n}")
            for n in range(CLIENTES)
        ]

    def pedido(self, quem: int, atras: int, conta: bool, itens: list[tuple[str, str]]) -> None:
        self.numero += 1
        situacao = "faturado" if conta else "cancelado"
        novo = novo_pedido(
            self.clientes[quem], f"N{self.numero}", HOJE - timedelta(days=atras), situacao=situacao
        )
        ItemDePedido.objects.bulk_create(
            [_item(novo, n, codigo, nome) for n, (codigo, nome) in enumerate(itens)]
        )

    def acrescentar(self, qual: int, produto: tuple[str, str]) -> None:
        for p in _um(Pedido, qual):
            self.numero += 1
            _item(p, 100 + self.numero, *produto).save()

    def trocar_item(self, qual: int, produto: tuple[str, str]) -> None:
        for item in _um(ItemDePedido, qual):
            item.produto_codigo, item.produto_nome = produto
            item.save()

    def mover_item(self, qual: int, pedido: int) -> None:
        for item, destino in zip(_um(ItemDePedido, qual), _um(Pedido, pedido), strict=False):
            self.numero += 1
            ItemDePedido.objects.filter(pk=item.pk).update(pedido=destino, sequencia=100 + self.numero)

    def apagar_item(self, qual: int) -> None:
        for item in _um(ItemDePedido, qual):
            item.delete()

    def contar(self, qual: int, conta: bool) -> None:
        for p in _um(Pedido, qual):
            p.situacao, p.conta = ("faturado" if conta else "cancelado"), conta
            p.save()

    def datar(self, qual: int, atras: int) -> None:
        for p in _um(Pedido, qual):
            p.data = HOJE - timedelta(days=atras)
            p.save()

    def mover_pedido(self, qual: int, quem: int) -> None:
        for p in _um(Pedido, qual):
            Pedido.objects.filter(pk=p.pk).update(cliente=self.clientes[quem])

    def apagar_pedido(self, qual: int) -> None:
        for p in _um(Pedido, qual):
            p.delete()

    def recontar_tudo(self, conta: bool) -> None:
        """A escolha de outras situações que contam reescreve os pedidos em conjunto."""
        Pedido.objects.filter(situacao="faturado").update(conta=conta)


def _item(pedido: Pedido, sequencia: int, codigo: str, nome: str) -> ItemDePedido:
    return ItemDePedido(
        pedido=pedido, sequencia=sequencia, produto_codigo=codigo, produto_nome=nome, quantidade=1, valor=1
    )


def _um(modelo: Any, qual: int) -> list[Any]:
    todos = list(modelo.objects.order_by("pk"))
    return [todos[qual % len(todos)]] if todos else []


def gravado() -> dict[tuple[int, str, str], tuple[date, date, list[date]]]:
    campos = ("cliente", "produto__codigo", "produto__nome", "primeira", "ultima", "datas")
    return {linha[:3]: linha[3:] for linha in CompraDeProduto.objects.values_list(*campos)}


def pelos_itens() -> dict[tuple[int, str, str], tuple[date, date, list[date]]]:
    """A conta na unha: os dias de cada par, item a item."""
    dias: dict[tuple[int, str, str], set[date]] = defaultdict(set)
    for item in ItemDePedido.objects.select_related("pedido"):
        if item.pedido.conta:
            dias[item.pedido.cliente_id, item.produto_codigo, item.produto_nome].add(item.pedido.data)
    return {par: (min(datas), max(datas), sorted(datas)) for par, datas in dias.items()}


def quem_comprou(texto: str, meses: int | None) -> set[int]:
    procurado = sem_acento(texto)
    desde = HOJE - relativedelta(months=meses) if meses else date.min
    return {
        item.pedido.cliente_id
        for item in ItemDePedido.objects.select_related("pedido")
        if (
            sem_acento(item.produto_codigo) == procurado
            or sem_acento(item.produto_nome).startswith(procurado)
        )
        and item.pedido.conta
        and desde < item.pedido.data <= HOJE
    }


def refazer_tudo() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clientes_refazer_compras(array(SELECT id FROM clientes_cliente))")


def com(exemplos: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Qualquer sequência de fatos, tantas vezes."""
    ajustes = settings(
        max_examples=exemplos,
        deadline=None,
        derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    return lambda teste: ajustes(given(operacoes=st.lists(OPERACOES, min_size=4, max_size=14))(teste))


@com(10)
def test_o_resumo_diz_o_mesmo_que_os_itens(empresa: Empresa, operacoes: list[Any]) -> None:
    viver(empresa, operacoes)


@pytest.mark.resistencia
@com(100)
def test_com_muitos_exemplos_tambem(empresa: Empresa, operacoes: list[Any]) -> None:
    viver(empresa, operacoes)


def viver(empresa: Empresa, operacoes: list[Any]) -> None:
    ponto = transaction.savepoint()
    try:
        mundo = Mundo(empresa)
        for nome, *argumentos in operacoes:
            note(str((nome, *argumentos)))
            getattr(mundo, nome)(*argumentos)
            assert gravado() == pelos_itens()
        for texto in PROCURADOS:
            for meses in (None, 1, 3):
                desde = HOJE - relativedelta(months=meses) if meses else None
                achados = set(comprados(texto, HOJE, desde).values_list("cliente", flat=True))
                assert achados == quem_comprou(texto, meses), (texto, meses)
        incremental = gravado()
        refazer_tudo()
        assert gravado() == incremental
    finally:
        transaction.savepoint_rollback(ponto)
