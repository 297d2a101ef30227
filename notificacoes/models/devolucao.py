"""O endereço que devolve: suspenso até alguém o liberar. E quantas mensagens por minuto cada domínio aceita."""

from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from contas.models import Usuario
from notificacoes.models.mensagem import Mensagem


class OrigemDaDevolucao(models.TextChoices):
    MAO = "mao", "À mão"
    ARQUIVO = "arquivo", "Arquivo"
    AVISO = "aviso", "Aviso do servidor"


class DevolucaoQuerySet(models.QuerySet["Devolucao"]):
    def em_vigor(self) -> "DevolucaoQuerySet":
        """As que ninguém liberou: é por elas que o endereço está suspenso."""
        return self.filter(liberada_em__isnull=True)


class Devolucao(models.Model):
    """Uma mensagem que voltou. Enquanto ninguém a libera, nada mais sai para o endereço."""

    endereco = models.EmailField("endereço")
    motivo = models.CharField("motivo", max_length=300, blank=True)
    origem = models.CharField("origem", max_length=8, choices=OrigemDaDevolucao.choices)
    mensagem = models.ForeignKey(
        Mensagem,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="devolucoes",
        verbose_name="mensagem que voltou",
    )
    por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="registrada por"
    )
    registrada_em = models.DateTimeField("registrada em", default=timezone.now)
    liberada_em = models.DateTimeField("liberada em", null=True, blank=True)
    liberada_por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="liberada por"
    )

    objects: Any = DevolucaoQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "devolução", "devoluções"
        ordering = ("-registrada_em", "-id")
        constraints = (
            # também é o índice por onde o envio pergunta se o endereço está suspenso
            models.UniqueConstraint(
                fields=["endereco"], condition=Q(liberada_em__isnull=True), name="devolucao_em_vigor"
            ),
        )

    def __str__(self) -> str:
        return self.endereco


class LimiteDeEnvio(models.Model):
    """Quantas mensagens um domínio aceita por minuto, e quantas já saíram no minuto corrente."""

    dominio = models.CharField("domínio", max_length=120, unique=True)
    por_minuto = models.PositiveSmallIntegerField(
        "mensagens por minuto", validators=[MinValueValidator(1), MaxValueValidator(10_000)]
    )
    minuto = models.DateTimeField("minuto corrente", null=True, blank=True, editable=False)
    usadas = models.PositiveIntegerField("saíram no minuto", default=0, editable=False)

    class Meta:
        verbose_name, verbose_name_plural = "limite de envio", "limites de envio"
        ordering = ("dominio",)

    def __str__(self) -> str:
        return f"{self.dominio}: {self.por_minuto} por minuto"
