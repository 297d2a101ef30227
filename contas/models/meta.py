"""O que se espera de cada vendedor em cada mês."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from contas.models.usuario import Usuario

_PORCENTO = (MinValueValidator(0), MaxValueValidator(100))


class MetaMensal(models.Model):
    """Uma por vendedor e mês; o que está em branco não tem meta, que é diferente de meta zero."""

    vendedor = models.ForeignKey(Usuario, models.CASCADE, related_name="metas", verbose_name="vendedor")
    mes = models.DateField("mês")  # o primeiro dia dele
    giro = models.DecimalField(
        "giro (%)", max_digits=5, decimal_places=2, null=True, blank=True, validators=_PORCENTO
    )
    positivacao = models.DecimalField(
        "positivação (%)", max_digits=5, decimal_places=2, null=True, blank=True, validators=_PORCENTO
    )
    valor = models.DecimalField(
        "valor (R$)",
        max_digits=14,
        decimal_places=2,
        null=True,
        blank=True,
        validators=(MinValueValidator(0),),
    )
    por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="por"
    )
    alterada_em = models.DateTimeField("alterada em", auto_now=True)

    class Meta:
        verbose_name, verbose_name_plural = "meta do mês", "metas do mês"
        constraints = (
            models.UniqueConstraint(fields=["vendedor", "mes"], name="meta_uma_por_mes"),
            models.CheckConstraint(name="meta_no_primeiro_dia", condition=Q(mes__day=1)),
            models.CheckConstraint(
                name="meta_em_porcento",
                condition=(Q(giro__isnull=True) | Q(giro__range=(0, 100)))
                & (Q(positivacao__isnull=True) | Q(positivacao__range=(0, 100)))
                & (Q(valor__isnull=True) | Q(valor__gte=0)),
            ),
        )

    def __str__(self) -> str:
        return f"Meta de {self.vendedor} em {self.mes:%m/%Y}"
