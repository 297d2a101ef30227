"""Títulos a receber e as prorrogações deles."""

from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from clientes.models.cliente import Cliente
from clientes.models.fato import DoClienteQuerySet, FatoDoErp
from clientes.models.origem import QueDesaparece


class TituloQuerySet(DoClienteQuerySet):
    def em_aberto(self) -> Self:
        """Com saldo a receber."""
        return self.filter(saldo__gt=0)

    def vencidos(self, em: Any) -> Self:
        """Em aberto, e o vencimento passou de `em` (data ou expressão); no próprio dia ainda se paga."""
        return self.em_aberto().filter(vencimento__lt=em)


class Titulo(FatoDoErp, QueDesaparece):
    """Chave natural: (empresa, numero), com a parcela dentro do número. Vencido é o que tem saldo e passou da data."""

    cliente = models.ForeignKey(
        Cliente, models.PROTECT, related_name="titulos", db_index=False, verbose_name="cliente"
    )
    emissao = models.DateField("emissão")
    vencimento = models.DateField("vencimento")
    valor = models.DecimalField("valor", max_digits=14, decimal_places=2)
    saldo = models.DecimalField("saldo", max_digits=14, decimal_places=2)
    pago_em = models.DateField("pago em", null=True, blank=True)

    objects: Any = TituloQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "título", "títulos"
        constraints = (
            models.UniqueConstraint(fields=["empresa", "numero"], name="titulo_numero_unico"),
            models.CheckConstraint(name="titulo_com_numero", condition=~Q(numero="")),
            models.CheckConstraint(
                name="titulo_valores_positivos", condition=Q(valor__gte=0) & Q(saldo__gte=0)
            ),
            models.CheckConstraint(
                name="titulo_vence_depois_da_emissao", condition=Q(vencimento__gte=F("emissao"))
            ),
        )
        indexes = (
            models.Index(fields=["cliente", "-vencimento", "-id"], name="titulo_do_cliente"),
            models.Index(
                fields=["cliente", "vencimento"],
                include=["saldo"],
                condition=Q(saldo__gt=0),
                name="titulo_em_aberto",
            ),  # farol financeiro e pendências
        )

    def __str__(self) -> str:
        return f"Título {self.numero}"


class ProrrogacaoDeTitulo(models.Model):
    """Uma mudança do vencimento para mais tarde, vista quando o título voltou do ERP."""

    nasce_do_fato = True

    titulo = models.ForeignKey(Titulo, models.CASCADE, related_name="prorrogacoes", verbose_name="título")
    de = models.DateField("vencia em")
    para = models.DateField("passou a vencer em")
    registrada_em = models.DateTimeField("registrada em", auto_now_add=True)
    importacao = models.ForeignKey(
        "clientes.Importacao",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="importação",
    )

    class Meta:
        verbose_name, verbose_name_plural = "prorrogação de título", "prorrogações de títulos"
        ordering = ("titulo", "id")
        constraints = (models.CheckConstraint(name="prorrogacao_para_depois", condition=Q(para__gt=F("de"))),)

    def __str__(self) -> str:
        return f"{self.titulo}: {self.de:%d/%m/%Y} → {self.para:%d/%m/%Y}"
