"""De quem foi cada cliente, e quando."""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Value

from clientes.models.cliente import Cliente
from contas.models import Equipe, Usuario


class PeriodoDeCarteira(models.Model):
    """[de, até): o primeiro dono conhecido vale desde sempre; o dia da troca é do novo."""

    nasce_do_fato = True

    cliente = models.ForeignKey(Cliente, models.CASCADE, related_name="periodos", verbose_name="cliente")
    vendedor = models.ForeignKey(
        Usuario, models.PROTECT, null=True, blank=True, related_name="periodos", verbose_name="vendedor"
    )
    equipe = models.ForeignKey(
        Equipe, models.PROTECT, null=True, blank=True, related_name="periodos", verbose_name="equipe"
    )
    periodo = DateRangeField("período")
    por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="por"
    )
    motivo = models.CharField("motivo", max_length=120, blank=True)
    transferencia = models.ForeignKey(
        "clientes.Transferencia",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="periodos",
        verbose_name="transferência",
    )
    criado_em = models.DateTimeField("criado em", auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = "período de carteira", "períodos de carteira"
        constraints = (
            ExclusionConstraint(
                name="um_dono_por_vez",
                expressions=[
                    (
                        Func(
                            F("cliente_id"),
                            F("cliente_id"),
                            Value("[]"),
                            function="int8range",
                            output_field=BigIntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    ("periodo", RangeOperators.OVERLAPS),
                ],
            ),
        )

    def __str__(self) -> str:
        return f"{self.cliente} de {self.vendedor} em {self.periodo}"
