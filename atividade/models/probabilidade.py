"""O que cada mês ensinou sobre as compras da empresa, e qual ajuste as listas leem agora."""

from typing import Any

from django.db import models
from django.db.models import Q

from contas.models import Empresa


class AjusteDeProbabilidade(models.Model):
    """Uma linha por empresa e mês: refazer no mesmo mês substitui; os meses anteriores ficam."""

    empresa = models.ForeignKey(
        Empresa, models.CASCADE, related_name="ajustes_de_probabilidade", verbose_name="empresa"
    )
    mes = models.DateField("mês")
    referencia = models.DateField("referência")
    feito_em = models.DateTimeField("feito em", auto_now=True)
    # A chance calibrada da fila: p = 1 / (1 + exp(−(b0 + s·z))).
    b0 = models.FloatField("b0")
    s = models.FloatField("s")
    linhas = models.PositiveIntegerField("linhas que calibraram")
    estimativa = models.BooleanField("estimativa sem história própria")
    # O modelo de compra mais verossímil; vazio se nenhum foi aceito. alpha em semanas, como na literatura.
    modelo = models.CharField("modelo", max_length=10, blank=True)
    r = models.FloatField("r", null=True)
    alpha = models.FloatField("alpha (semanas)", null=True)
    a = models.FloatField("a", null=True)
    b = models.FloatField("b", null=True)
    log_verossimilhanca = models.FloatField("log da verossimilhança", null=True)
    clientes = models.PositiveIntegerField("clientes com compra")
    recompradores = models.PositiveIntegerField("clientes com duas compras ou mais")
    # Os três modelos, cada um com os números ou a recusa.
    modelos = models.JSONField("modelos", default=list)
    # O previsto e o acontecido nos 90 dias que o ajuste de prova não viu.
    prova = models.JSONField("prova no período retido", default=dict)

    objects: Any = models.Manager()

    class Meta:
        verbose_name, verbose_name_plural = "ajuste de probabilidade", "ajustes de probabilidade"
        ordering = ("-mes",)
        constraints = (
            models.UniqueConstraint(fields=["empresa", "mes"], name="ajuste_um_por_mes"),
            models.CheckConstraint(
                name="ajuste_modelo_inteiro",
                condition=Q(modelo="", r__isnull=True, alpha__isnull=True, a__isnull=True, b__isnull=True)
                | ~Q(modelo="")
                & Q(r__isnull=False, alpha__isnull=False, a__isnull=False, b__isnull=False)
                & Q(r__gt=0, alpha__gt=0, a__gt=0, b__gt=0),
            ),
        )

    def __str__(self) -> str:
        return f"Ajuste de {self.empresa} em {self.mes:%m/%Y}"


class ProbabilidadeEmVigor(models.Model):
    """O ajuste que as listas leem: um por empresa, e por isso uma junção e não uma busca por linha."""

    empresa = models.OneToOneField(
        Empresa, models.CASCADE, primary_key=True, related_name="probabilidade", verbose_name="empresa"
    )
    ajuste = models.OneToOneField(
        AjusteDeProbabilidade, models.CASCADE, related_name="+", verbose_name="ajuste"
    )

    class Meta:
        verbose_name, verbose_name_plural = "probabilidade em vigor", "probabilidades em vigor"

    def __str__(self) -> str:
        return str(self.ajuste)
