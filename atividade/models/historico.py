"""O que mudou e como a carteira estava: linhas que só se somam."""

from typing import Any, Self

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from atividade.models.indicadores import Status
from clientes.models import Cliente, Pedido, Segmento
from clientes.models.cliente import GUARDAR
from contas.escopo import filtro_de_visibilidade
from contas.models import Empresa, Equipe, Usuario


class MotivoDaMudanca(models.TextChoices):
    COMPRA = "compra", "Compra"
    TEMPO = "tempo", "Tempo sem comprar"
    CONFIGURACAO = "configuracao", "Mudança de regra"
    CORRECAO = "correcao", "Correção de dados"


class MudancaStatusQuerySet(models.QuerySet["MudancaStatus"]):
    def visiveis_para(self, usuario: Usuario) -> Self:
        """Mudanças dos clientes que a pessoa vê."""
        return self.filter(filtro_de_visibilidade(usuario, "cliente__"))


class MudancaStatus(models.Model):
    """Append-only. `em` é o dia em que se tornou verdade, não o dia em que foi calculada."""

    nasce_do_fato = True
    ao_unir = GUARDAR

    cliente = models.ForeignKey(
        Cliente, models.CASCADE, related_name="mudancas", db_index=False, verbose_name="cliente"
    )
    de = models.CharField("de", max_length=13, choices=Status.choices)
    para = models.CharField("para", max_length=13, choices=Status.choices)
    em = models.DateField("em")
    # Desempata mudanças do mesmo dia: virou inativo e comprou são duas linhas, nesta ordem.
    ordem = models.PositiveSmallIntegerField("ordem no dia", default=1)
    motivo = models.CharField("motivo", max_length=12, choices=MotivoDaMudanca.choices)
    pedido = models.ForeignKey(
        Pedido, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="pedido"
    )
    limiar = models.ForeignKey(
        "atividade.Limiar",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="regra",
    )
    referencia = models.DateField("referência da rodada")
    criado_em = models.DateTimeField("criado em", auto_now_add=True)

    objects: Any = MudancaStatusQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "mudança de status", "mudanças de status"
        ordering = ("cliente", "em", "ordem")
        constraints = (
            models.CheckConstraint(name="mudanca_muda", condition=~Q(de=F("para"))),
            # também é o índice da linha do tempo do cliente
            models.UniqueConstraint(fields=["cliente", "em", "ordem"], name="mudanca_unica"),
        )
        indexes = (
            models.Index(fields=["em", "para"], name="mudanca_por_dia"),  # migração e avisos
            # as de há pouco, para os webhooks: a tabela só cresce, e o índice é de poucas páginas
            BrinIndex(fields=["criado_em"], name="mudanca_recente"),
        )

    def __str__(self) -> str:
        return f"{self.cliente}: {self.de} → {self.para} em {self.em:%d/%m/%Y}"


class Retrato(models.Model):
    """Composição de um dia, já somada pelas dimensões que as telas agrupam."""

    empresa = models.ForeignKey(
        Empresa, models.CASCADE, related_name="retratos", db_index=False, verbose_name="empresa"
    )
    data = models.DateField("data")
    vendedor = models.ForeignKey(
        Usuario, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="vendedor"
    )
    equipe = models.ForeignKey(
        Equipe, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="equipe"
    )
    segmento = models.ForeignKey(
        Segmento, models.CASCADE, null=True, blank=True, related_name="+", verbose_name="segmento"
    )
    uf = models.CharField("UF", max_length=2, blank=True)
    curva_abc = models.CharField("curva ABC", max_length=1, blank=True)
    status = models.CharField("status", max_length=13, choices=Status.choices)
    marca = models.CharField("marca", max_length=10, blank=True)
    clientes = models.PositiveIntegerField("clientes")
    valor_12m = models.DecimalField("valor em 12 meses", max_digits=18, decimal_places=2)
    valor_em_risco = models.DecimalField("valor em risco", max_digits=18, decimal_places=2)
    # A primeira contagem do dia fica, mesmo que um fato corrigido refaça o retrato.
    clientes_no_dia = models.PositiveIntegerField("como visto no dia", null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "retrato", "retratos"
        constraints = (
            models.UniqueConstraint(
                fields=[
                    "empresa",
                    "data",
                    "vendedor",
                    "equipe",
                    "segmento",
                    "uf",
                    "curva_abc",
                    "status",
                    "marca",
                ],
                name="retrato_unico",
                nulls_distinct=False,
            ),
        )

    def __str__(self) -> str:
        return f"{self.empresa} em {self.data:%d/%m/%Y}: {self.clientes} {self.status}"
