"""O que a empresa ajusta na fila de quem liga, e a ordem posta à prova no passado dela."""

from typing import Any

from django.db import models
from django.db.models import Q

from contas.models import Empresa


class ParametrosDaFila(models.Model):
    """Uma linha por empresa que ajustou alguma coisa; sem linha valem os de `regras_da_fila.Criterios`."""

    empresa = models.OneToOneField(
        Empresa, models.CASCADE, primary_key=True, related_name="parametros_da_fila", verbose_name="empresa"
    )
    dias_de_descanso = models.PositiveSmallIntegerField("dias de descanso depois de uma conversa", default=7)
    antecedencia_dias = models.PositiveSmallIntegerField("dias antes da compra esperada", default=30)
    incluir_bloqueados = models.BooleanField("bloqueados entram", default=False)
    incluir_inadimplentes = models.BooleanField("com título vencido entram", default=True)
    valor_minimo = models.DecimalField(
        "valor por ano para entrar", max_digits=14, decimal_places=2, default=0
    )
    capacidade_padrao = models.PositiveSmallIntegerField("contatos por dia", default=12)
    alterado_em = models.DateTimeField("alterado em", auto_now=True)

    class Meta:
        verbose_name, verbose_name_plural = "parâmetros da fila", "parâmetros da fila"
        constraints = (
            models.CheckConstraint(
                name="fila_capacidade_positiva",
                condition=Q(capacidade_padrao__gte=1),
                violation_error_message="A fila precisa caber ao menos um contato por dia.",
            ),
            models.CheckConstraint(
                name="fila_valor_nao_negativo",
                condition=Q(valor_minimo__gte=0),
                violation_error_message="O valor mínimo não pode ser negativo.",
            ),
        )

    def __str__(self) -> str:
        return f"Fila de {self.empresa}"


class AvaliacaoDaPrioridade(models.Model):
    """As ordens postas à prova no passado da empresa, uma por data; refazer substitui."""

    empresa = models.ForeignKey(
        Empresa, models.CASCADE, related_name="avaliacoes_da_prioridade", verbose_name="empresa"
    )
    referencia = models.DateField("referência")
    feita_em = models.DateTimeField("feita em", auto_now=True)
    resultado = models.JSONField("resultado")

    objects: Any = models.Manager()

    class Meta:
        verbose_name, verbose_name_plural = "avaliação da prioridade", "avaliações da prioridade"
        ordering = ("-referencia",)
        constraints = (
            models.UniqueConstraint(fields=["empresa", "referencia"], name="avaliacao_uma_por_data"),
        )

    def __str__(self) -> str:
        return f"Prioridade de {self.empresa} em {self.referencia:%d/%m/%Y}"
