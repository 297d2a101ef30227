"""O que se vai dizer ao cliente, pensado antes de ligar."""

from typing import Any

from django.db import models

from clientes.models.catalogos import CausaDaInatividade
from clientes.models.cliente import Cliente
from clientes.models.fato import DoClienteQuerySet
from contas.models import Usuario


class Pitch(models.Model):
    """Cada gravação é uma versão nova; vale a última do cliente, e as outras ficam para se ler."""

    cliente = models.ForeignKey(
        Cliente, models.PROTECT, related_name="pitches", db_index=False, verbose_name="cliente"
    )
    causa = models.ForeignKey(
        CausaDaInatividade, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="causa"
    )
    por_que_parou = models.TextField("por que parou", blank=True, max_length=2000)
    argumentos = models.TextField("argumentos", blank=True, max_length=2000)
    oferta = models.TextField("oferta", blank=True, max_length=1000)
    por = models.ForeignKey(Usuario, models.PROTECT, related_name="+", verbose_name="por")
    criado_em = models.DateTimeField("criado em", auto_now_add=True)

    objects: Any = DoClienteQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "pitch", "pitches"
        ordering = ("-id",)
        indexes = (models.Index(fields=["cliente", "-id"], name="pitch_do_cliente"),)

    def __str__(self) -> str:
        return f"Pitch de {self.cliente} em {self.criado_em:%d/%m/%Y}"
