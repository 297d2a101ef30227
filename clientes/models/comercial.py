"""O que o ERP diz do comércio além dos pedidos: orçamentos e notas fiscais."""

from typing import Any

from django.db import models
from django.db.models import Q

from clientes.models.cliente import Cliente
from clientes.models.fato import DoClienteQuerySet, FatoDoErp
from clientes.models.origem import QueDesaparece
from contas.models import Usuario


class SituacaoDeOrcamento(models.TextChoices):
    """Expirado não é situação: é o aberto cuja validade passou da data de referência."""

    ABERTO = "aberto", "Aberto"
    APROVADO = "aprovado", "Aprovado"
    PERDIDO = "perdido", "Perdido"


class Orcamento(FatoDoErp, QueDesaparece):
    """Cotação ou proposta. Chave natural: (empresa, numero)."""

    cliente = models.ForeignKey(
        Cliente, models.PROTECT, related_name="orcamentos", db_index=False, verbose_name="cliente"
    )
    data = models.DateField("data")
    validade = models.DateField("válido até", null=True, blank=True)
    valor = models.DecimalField("valor", max_digits=14, decimal_places=2)
    situacao = models.CharField("situação", max_length=10, choices=SituacaoDeOrcamento.choices)
    vendedor = models.ForeignKey(
        Usuario,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="vendedor",
    )
    observacao = models.CharField("observação", max_length=300, blank=True)

    objects: Any = DoClienteQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "orçamento", "orçamentos"
        constraints = (
            models.UniqueConstraint(fields=["empresa", "numero"], name="orcamento_numero_unico"),
            models.CheckConstraint(name="orcamento_com_numero", condition=~Q(numero="")),
            models.CheckConstraint(name="orcamento_valor_positivo", condition=Q(valor__gte=0)),
            models.CheckConstraint(
                name="orcamento_situacao_conhecida",
                condition=Q(situacao__in=[s.value for s in SituacaoDeOrcamento]),
            ),
        )
        indexes = (
            models.Index(fields=["cliente", "-data", "-id"], name="orcamento_do_cliente"),
            models.Index(
                fields=["cliente", "validade"], condition=Q(situacao="aberto"), name="orcamento_aberto"
            ),  # pendências da ficha e sinais da lista
        )

    def __str__(self) -> str:
        return f"Orçamento {self.numero}"


class SituacaoDeNota(models.TextChoices):
    AUTORIZADA = "autorizada", "Autorizada"
    CANCELADA = "cancelada", "Cancelada"


class NotaFiscal(FatoDoErp, QueDesaparece):
    """Documento fiscal já emitido. Chave natural: (empresa, numero), com a série dentro do número."""

    cliente = models.ForeignKey(
        Cliente, models.PROTECT, related_name="notas", db_index=False, verbose_name="cliente"
    )
    emissao = models.DateField("emissão")
    valor = models.DecimalField("valor", max_digits=14, decimal_places=2)
    situacao = models.CharField(
        "situação", max_length=10, choices=SituacaoDeNota.choices, default=SituacaoDeNota.AUTORIZADA
    )
    pedido_numero = models.CharField("pedido", max_length=40, blank=True, db_collation="C")

    objects: Any = DoClienteQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "nota fiscal", "notas fiscais"
        constraints = (
            models.UniqueConstraint(fields=["empresa", "numero"], name="nota_numero_unico"),
            models.CheckConstraint(name="nota_com_numero", condition=~Q(numero="")),
            models.CheckConstraint(name="nota_valor_positivo", condition=Q(valor__gte=0)),
            models.CheckConstraint(
                name="nota_situacao_conhecida", condition=Q(situacao__in=[s.value for s in SituacaoDeNota])
            ),
        )
        indexes = (models.Index(fields=["cliente", "-emissao", "-id"], name="nota_do_cliente"),)

    def __str__(self) -> str:
        return f"Nota {self.numero}"
