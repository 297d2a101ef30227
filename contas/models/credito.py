"""Que papéis veem score e restrições: cada decisão é uma linha, e vale a última."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone

from contas.models.usuario import Papel

# O administrador sempre vê: quem decide não se tranca fora.
PAPEIS_DECIDIDOS = (Papel.GESTOR, Papel.VENDEDOR, Papel.LEITURA)


class CreditoPorPapel(models.Model):
    """Uma decisão da instalação; sem nenhuma vale a de partida, que o banco sabe (`contas_credito_do_papel`).

    Gravá-la escreve em cada pessoa o que o papel dela passou a ver: perguntar não custa consulta.
    """

    papeis = ArrayField(
        models.CharField(max_length=10, choices=Papel.choices), default=list, blank=True, verbose_name="veem"
    )
    motivo = models.CharField("motivo", max_length=200, blank=True)
    em = models.DateTimeField("em", auto_now_add=True)
    por = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        db_index=False,
        verbose_name="por",
    )

    class Meta:
        verbose_name, verbose_name_plural = "crédito por papel", "crédito por papel"
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(
                name="credito_por_papel_conhecido",
                condition=models.Q(papeis__contained_by=[p.value for p in PAPEIS_DECIDIDOS]),
            ),
        )

    def __str__(self) -> str:
        return f"Crédito por papel desde {timezone.localdate(self.em):%d/%m/%Y}"
