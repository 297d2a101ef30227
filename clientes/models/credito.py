"""O crédito de um cliente: bloqueio e limite, scores e restrições do birô, e as faixas em que se lê um score."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from clientes.models.biro import (
    SCORE_MAXIMO,
    Correcao,
    FiltrosDeRestricoes,
    Restricao,
    Score,
    restricoes_da_correcao,
    restricoes_da_restricao,
    restricoes_do_score,
)
from clientes.models.cliente import GUARDAR, Cliente
from clientes.models.fato import DoClienteQuerySet
from contas.models import Empresa


class MudancaDeCredito(models.Model):
    """Append-only, escrita por gatilho do banco: nenhum caminho que mude o cliente a esquece."""

    nasce_do_fato = True
    ao_unir = GUARDAR

    cliente = models.ForeignKey(
        Cliente, models.CASCADE, related_name="mudancas_de_credito", db_index=False, verbose_name="cliente"
    )
    bloqueado_antes = models.BooleanField("bloqueado antes")
    bloqueado = models.BooleanField("bloqueado")
    limite_antes = models.DecimalField("limite antes", max_digits=14, decimal_places=2, null=True)
    limite = models.DecimalField("limite", max_digits=14, decimal_places=2, null=True)
    em = models.DateTimeField("em", db_default=Now())

    class Meta:
        verbose_name, verbose_name_plural = "mudança de crédito", "mudanças de crédito"
        ordering = ("id",)
        indexes = (
            models.Index(fields=["em"], name="credito_por_dia"),  # os avisos dos últimos dias
            models.Index(fields=["cliente", "-id"], name="credito_do_cliente"),
        )

    def __str__(self) -> str:
        return f"{self.cliente} em {self.em:%d/%m/%Y}"


class ScoreDeCredito(Score):
    """Chave natural: (cliente, fonte, data). O de outro dia é outra linha: o histórico não se apaga."""

    cliente = models.ForeignKey(
        Cliente, models.PROTECT, related_name="scores", db_index=False, verbose_name="cliente"
    )

    objects: Any = DoClienteQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "score de crédito", "scores de crédito"
        ordering = ("-em", "-id")
        constraints = restricoes_do_score("cliente")
        indexes = (
            models.Index(fields=["cliente", "-em", "-id"], include=["valor"], name="score_do_cliente"),
            models.Index(fields=["em"], name="score_por_dia"),  # avisos e reabordar
        )


class CorrecaoDeScore(Correcao):
    score = models.ForeignKey(ScoreDeCredito, models.CASCADE, related_name="correcoes", verbose_name="score")

    class Meta:
        verbose_name, verbose_name_plural = "correção de score", "correções de scores"
        ordering = ("score", "id")
        constraints = restricoes_da_correcao()


class RestricaoQuerySet(FiltrosDeRestricoes, DoClienteQuerySet):
    pass


class RestricaoDeCredito(Restricao):
    """Chave natural: (cliente, fonte, tipo, data, número). A baixa se anota; a linha fica."""

    cliente = models.ForeignKey(
        Cliente, models.PROTECT, related_name="restricoes", db_index=False, verbose_name="cliente"
    )

    objects: Any = RestricaoQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "restrição de crédito", "restrições de crédito"
        ordering = ("-em", "-id")
        constraints = restricoes_da_restricao("cliente")
        indexes = (
            models.Index(fields=["cliente", "-em", "-id"], name="restricao_do_cliente"),
            models.Index(
                fields=["cliente", "tipo"], condition=Q(baixada_em__isnull=True), name="restricao_aberta"
            ),
            models.Index(fields=["em"], name="restricao_por_dia"),
            models.Index(
                fields=["baixada_em"], condition=Q(baixada_em__isnull=False), name="restricao_baixada"
            ),  # avisos e reabordar
        )


class FaixaDeScore(models.Model):
    """Uma faixa escolhida pela empresa: de `minimo`, inclusive, até antes da seguinte."""

    empresa = models.ForeignKey(
        Empresa, models.CASCADE, related_name="faixas_de_score", db_index=False, verbose_name="empresa"
    )
    minimo = models.PositiveSmallIntegerField(
        "a partir de", validators=(MinValueValidator(0), MaxValueValidator(SCORE_MAXIMO))
    )
    nome = models.CharField("nome", max_length=30)

    class Meta:
        verbose_name, verbose_name_plural = "faixa de score", "faixas de score"
        ordering = ("empresa", "minimo")
        constraints = (
            models.UniqueConstraint(fields=["empresa", "minimo"], name="faixa_minimo_unico"),
            models.UniqueConstraint(fields=["empresa", "nome"], name="faixa_nome_unico"),
            models.CheckConstraint(
                name="faixa_na_escala",
                condition=Q(minimo__gte=0) & Q(minimo__lte=SCORE_MAXIMO) & ~Q(nome=""),
            ),
        )

    def __str__(self) -> str:
        return self.nome


class FaixaEmVigor(models.Model):
    """As faixas que valem em cada empresa, dela ou de partida, com os dois limites inclusivos (visão do banco)."""

    chave = models.CharField("chave", max_length=40, primary_key=True)
    empresa = models.ForeignKey(Empresa, models.DO_NOTHING, related_name="+", verbose_name="empresa")
    minimo = models.IntegerField("de")
    maximo = models.IntegerField("até")
    nome = models.CharField("nome", max_length=30)

    class Meta:
        managed = False
        db_table = "clientes_faixaemvigor"
        verbose_name, verbose_name_plural = "faixa em vigor", "faixas em vigor"
        ordering = ("minimo", "nome")

    def __str__(self) -> str:
        return f"{self.nome} ({self.minimo} a {self.maximo})"


class ParametrosDeCredito(models.Model):
    """O que cada empresa decide do crédito; sem linha, vale o padrão de cada campo."""

    empresa = models.OneToOneField(
        Empresa, models.CASCADE, primary_key=True, related_name="credito", verbose_name="empresa"
    )
    a_vista_depois_de = models.PositiveSmallIntegerField(
        "sugerir somente à vista com atraso de mais de (dias)",
        default=30,
        validators=(MaxValueValidator(3650),),
    )
    concentracao = models.PositiveSmallIntegerField(
        "avisar quando uma faixa passa de (% dos clientes com score)",
        default=50,
        validators=(MinValueValidator(1), MaxValueValidator(99)),
    )
    reabordar_por = models.PositiveSmallIntegerField(
        "reabordar quem melhorou nos últimos (dias)",
        default=30,
        validators=(MinValueValidator(1), MaxValueValidator(365)),
    )

    class Meta:
        verbose_name, verbose_name_plural = "parâmetros de crédito", "parâmetros de crédito"
        constraints = (
            models.CheckConstraint(
                name="credito_parametros_possiveis",
                condition=Q(concentracao__gte=1, concentracao__lte=99, reabordar_por__gte=1),
            ),
        )

    def __str__(self) -> str:
        return f"Crédito de {self.empresa}"

    @classmethod
    def da(cls, empresa: Empresa) -> "ParametrosDeCredito":
        """Os da empresa, ou os padrões por gravar."""
        return cls.objects.filter(empresa=empresa).first() or cls(empresa=empresa)
