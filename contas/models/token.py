"""Tokens da API: a chave de um programa que age por uma pessoa, com os escopos que ela lhe deu e um fim."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from knox.models import AbstractAuthToken
from knox.settings import CONSTANTS

from contas.models.usuario import Usuario


class Escopo(models.TextChoices):
    """O que um token deixa fazer; nunca mais do que a pessoa pode."""

    LER = "ler", "Ler"
    ESCREVER = "escrever", "Escrever um a um"
    LOTE = "lote", "Mandar em lote"


class TokenDaApi(AbstractAuthToken):
    """Guarda-se só o resumo do segredo; revogado ou vencido, a linha fica para se saber que existiu."""

    digest = models.CharField("resumo do segredo", max_length=CONSTANTS.DIGEST_LENGTH, unique=True)
    user = models.ForeignKey(Usuario, models.CASCADE, related_name="+", verbose_name="pessoa")
    nome = models.CharField("nome", max_length=60)
    escopos = ArrayField(models.CharField(max_length=8, choices=Escopo.choices), verbose_name="escopos")
    usado_em = models.DateTimeField("último uso", null=True, blank=True)
    revogado_em = models.DateTimeField("revogado em", null=True, blank=True)
    revogado_por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="revogado por"
    )

    objects: ClassVar[models.Manager["TokenDaApi"]] = models.Manager()

    class Meta:
        verbose_name, verbose_name_plural = "token da API", "tokens da API"
        ordering = ("-created", "-id")
        constraints = (
            models.CheckConstraint(name="token_com_fim", condition=Q(expiry__isnull=False)),
            models.CheckConstraint(
                name="token_com_escopo",
                condition=Q(escopos__len__gt=0) & Q(escopos__contained_by=list(Escopo.values)),
            ),
        )

    def __str__(self) -> str:
        return self.nome

    @property
    def comeco(self) -> str:
        """Por onde se reconhece um token que vazou, sem o revelar."""
        return f"{self.token_key}…"

    @property
    def vale(self) -> bool:
        return self.revogado_em is None and self.expiry > timezone.now()
