"""Pedidos e seus itens, como o ERP os conta."""

from typing import Any, Self

from django.db import models
from django.db.models import Q

from clientes.models.cliente import Cliente
from clientes.models.origem import DeArquivo, QueDesaparece
from contas.escopo import filtro_de_visibilidade
from contas.models import Empresa, SituacaoDePedido, Usuario


class PedidoQuerySet(models.QuerySet["Pedido"]):
    def visiveis_para(self, usuario: Usuario) -> Self:
        """Pedidos dos clientes que a pessoa vê."""
        return self.filter(filtro_de_visibilidade(usuario, "cliente__"))

    def que_contam(self) -> Self:
        return self.filter(conta=True)


class Pedido(DeArquivo, QueDesaparece):
    """Chave natural: (empresa, numero). `conta` diz se é compra; devolução é guardada negativa e nunca conta."""

    empresa = models.ForeignKey(
        Empresa, models.PROTECT, related_name="pedidos", db_index=False, verbose_name="empresa"
    )
    numero = models.CharField("número", max_length=40, db_collation="C")
    cliente = models.ForeignKey(
        Cliente, models.PROTECT, related_name="pedidos", db_index=False, verbose_name="cliente"
    )
    data = models.DateField("data")
    valor = models.DecimalField("valor", max_digits=14, decimal_places=2)
    valor_sem_impostos = models.DecimalField(
        "valor sem impostos", max_digits=14, decimal_places=2, null=True, blank=True
    )
    situacao = models.CharField("situação", max_length=10, choices=SituacaoDePedido.choices)
    conta = models.BooleanField("conta como compra")
    vendedor = models.ForeignKey(
        Usuario,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="pedidos",
        db_index=False,
        verbose_name="vendedor do pedido",
    )

    objects: Any = PedidoQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "pedido", "pedidos"
        constraints = (
            models.UniqueConstraint(fields=["empresa", "numero"], name="pedido_numero_unico"),
            models.CheckConstraint(name="pedido_com_numero", condition=~Q(numero="")),
            models.CheckConstraint(
                name="pedido_situacao_conhecida",
                condition=Q(situacao__in=[s.value for s in SituacaoDePedido]),
            ),
            models.CheckConstraint(
                name="pedido_sinal_do_valor",
                condition=Q(situacao="devolvido", valor__lte=0)
                | (~Q(situacao="devolvido") & Q(valor__gte=0)),
            ),
            models.CheckConstraint(
                name="pedido_so_compra_conta",
                condition=Q(conta=False)
                | Q(situacao__in=[SituacaoDePedido.ABERTO, SituacaoDePedido.FATURADO]),
            ),
        )
        indexes = (
            # varredura só de índice do recálculo completo e do último pedido
            models.Index(
                fields=["empresa", "cliente", "data"],
                include=["valor"],
                condition=Q(conta=True),
                name="pedido_que_conta",
            ),
            models.Index(
                fields=["data"], include=["cliente"], name="pedido_por_data"
            ),  # quem sai das janelas
            models.Index(fields=["cliente", "-data", "-id"], name="pedido_do_cliente"),  # página do cliente
            models.Index(
                fields=["empresa", "cliente", "data"],
                include=["valor"],
                condition=Q(situacao="devolvido"),
                name="pedido_devolvido",
            ),  # devolvido_12m
            models.Index(
                fields=["cliente"], condition=Q(situacao="aberto"), name="pedido_em_aberto"
            ),  # coluna, ordem e filtro de pedidos em aberto
        )

    def __str__(self) -> str:
        return f"Pedido {self.numero}"


class ItemDePedido(models.Model):
    pedido = models.ForeignKey(Pedido, models.CASCADE, related_name="itens", verbose_name="pedido")
    sequencia = models.PositiveIntegerField("sequência")
    produto_codigo = models.CharField("código do produto", max_length=40, blank=True)
    produto_nome = models.CharField("produto", max_length=160)
    quantidade = models.DecimalField("quantidade", max_digits=14, decimal_places=3)
    valor = models.DecimalField("valor", max_digits=14, decimal_places=2)
    importacao = models.ForeignKey(
        "clientes.Importacao",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name="importação",
    )

    class Meta:
        verbose_name, verbose_name_plural = "item de pedido", "itens de pedidos"
        ordering = ("pedido", "sequencia")
        constraints = (models.UniqueConstraint(fields=["pedido", "sequencia"], name="item_unico"),)

    def __str__(self) -> str:
        return self.produto_nome
