"""Quem não se visita por decisão: o motivo é da gestão, e só ela o vê."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from clientes.models import Cliente
from contas.models import Usuario


class MotivoDeNaoVisitar(models.TextChoices):
    EXCLUSIVIDADE = "exclusividade", "Exclusividade pedida por outro cliente"
    PELA_MATRIZ = "pela_matriz", "A compra se decide na matriz"
    NAO_COMPENSA = "nao_compensa", "A visita não compensa"
    A_PEDIDO = "a_pedido", "O cliente pediu para não ser visitado"
    OUTRO = "outro", "Outro motivo"


class NaoVisitar(models.Model):
    """Uma decisão de não ir ao cliente; voltar atrás marca `desfeita_em`, e a linha fica."""

    cliente = models.ForeignKey(
        Cliente, models.CASCADE, related_name="decisoes_de_visita", verbose_name="cliente"
    )
    motivo = models.CharField("motivo", max_length=15, choices=MotivoDeNaoVisitar.choices)
    nota = models.CharField("nota", max_length=200, blank=True)
    por = models.ForeignKey(Usuario, models.PROTECT, related_name="+", verbose_name="por")
    em = models.DateTimeField("quando", default=timezone.now)
    desfeita_em = models.DateTimeField("desfeita em", null=True, blank=True)
    desfeita_por = models.ForeignKey(
        Usuario, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="desfeita por"
    )

    objects: Any = models.Manager()

    class Meta:
        verbose_name, verbose_name_plural = "decisão de não visitar", "decisões de não visitar"
        ordering = ("-em", "-id")
        constraints = (
            # uma em vigor por cliente; é também o índice do que se tira dos esquecidos
            models.UniqueConstraint(
                fields=["cliente"], condition=Q(desfeita_em__isnull=True), name="nao_visitar_uma_por_cliente"
            ),
            models.CheckConstraint(
                name="nao_visitar_motivo_conhecido",
                condition=Q(motivo__in=[m.value for m in MotivoDeNaoVisitar]),
            ),
            models.CheckConstraint(
                name="nao_visitar_outro_tem_nota", condition=~Q(motivo="outro") | ~Q(nota="")
            ),
            models.CheckConstraint(
                name="nao_visitar_desfeita_tem_quem",
                condition=Q(desfeita_em__isnull=True) | Q(desfeita_por__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.cliente}: {self.get_motivo_display()}"
