"""Segmento de mercado, por empresa."""

from typing import Any

from django.db import models

from contas.models import Empresa
from contas.texto import chave_de_nome


class Segmento(models.Model):
    empresa = models.ForeignKey(Empresa, models.PROTECT, related_name="segmentos", verbose_name="empresa")
    nome = models.CharField("nome", max_length=80)
    nome_chave = models.CharField("nome para comparação", max_length=80, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = "segmento", "segmentos"
        ordering = ("nome_chave", "id")
        constraints = (models.UniqueConstraint(fields=["empresa", "nome_chave"], name="segmento_unico"),)

    def __str__(self) -> str:
        return self.nome

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.nome_chave = chave_de_nome(self.nome)
        super().save(*args, **kwargs)
