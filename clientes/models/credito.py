"""O que mudou no crédito de um cliente: bloqueio e limite, pelo ERP ou à mão."""

from django.db import models
from django.db.models.functions import Now

from clientes.models.cliente import Cliente


class MudancaDeCredito(models.Model):
    """Append-only, escrita por gatilho do banco: nenhum caminho que mude o cliente a esquece."""

    cliente = models.ForeignKey(
        Cliente, models.CASCADE, related_name="mudancas_de_credito", db_index=False, verbose_name="cliente"
    )
    bloqueado_antes = models.BooleanField("bloqueado antes")
    bloqueado = models.BooleanField("bloqueado")
    limite_antes = models.DecimalField("limite antes", max_digits=14, decimal_places=2, null=True)
    limite = models.DecimalField("limite", max_digits=14, decimal_places=2, null=True)
    em = models.DateTimeField("em", db_default=Now())

    class Meta:
        verbose_name, verbose_name_plural = "mudança de crédito", "mudanças de crédito"
        ordering = ("id",)
        indexes = (
            models.Index(fields=["em"], name="credito_por_dia"),  # os avisos dos últimos dias
            models.Index(fields=["cliente", "-id"], name="credito_do_cliente"),
        )

    def __str__(self) -> str:
        return f"{self.cliente} em {self.em:%d/%m/%Y}"
