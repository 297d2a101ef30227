"""Quem mudou o quê, quando: uma linha na mesma transação da mudança."""

from django.conf import settings
from django.db import models


class RegistroDeAuditoria(models.Model):
    """Registro que só cresce; `antes` e `depois` guardam só o que a mudança tocou."""

    em = models.DateTimeField("em", auto_now_add=True)
    por = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="por"
    )
    acao = models.CharField("ação", max_length=60)
    objeto = models.CharField("objeto", max_length=120, blank=True)
    antes = models.JSONField("antes", null=True, blank=True)
    depois = models.JSONField("depois", null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "registro de auditoria", "registros de auditoria"
        ordering = ("-em", "-id")
        indexes = (models.Index(fields=["-em"], name="auditoria_recente"),)

    def __str__(self) -> str:
        return f"{self.acao} {self.objeto}".strip()
