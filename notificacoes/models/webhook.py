"""Avisos a sistemas: para onde vão, o que foi decidido mandar e cada tentativa."""

import uuid
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone

from contas.escopo import empresas_de
from contas.models import Empresa, Usuario
from contas.papeis import Permissao, pode


class DestinoQuerySet(models.QuerySet["DestinoDeWebhook"]):
    def visiveis_para(self, usuario: Usuario) -> "DestinoQuerySet":
        """Os das empresas da pessoa, se ela cuida de webhooks."""
        if not pode(usuario, Permissao.GERIR_WEBHOOKS):
            return self.none()
        return self.filter(empresa__in=empresas_de(usuario))


class DestinoDeWebhook(models.Model):
    """Um sistema que quer saber. Os segredos ficam cifrados; durante a troca os dois assinam."""

    empresa = models.ForeignKey(Empresa, models.CASCADE, related_name="webhooks", verbose_name="empresa")
    nome = models.CharField("nome", max_length=80)
    url = models.CharField("endereço", max_length=500)
    eventos = ArrayField(models.CharField(max_length=40), verbose_name="eventos")
    # Evento pedido depois de criado o destino só conta dali em diante: de cada um, o instante em que se pediu.
    eventos_desde = models.JSONField("pedidos depois", default=dict)
    rede_interna = models.BooleanField("aceitar endereço da rede interna", default=False)
    segredo = models.TextField("segredo")
    segredo_anterior = models.TextField("segredo anterior", blank=True)
    segredo_anterior_ate = models.DateTimeField("o anterior vale até", null=True, blank=True)
    pausado_em = models.DateTimeField("pausado em", null=True, blank=True)
    # Depois de uma falha o destino inteiro descansa: um que caiu não segura os outros.
    falhas_seguidas = models.PositiveSmallIntegerField("falhas seguidas", default=0)
    descansa_ate = models.DateTimeField("descansa até", null=True, blank=True)
    # Até que instante os fatos já viraram entregas.
    decidido_ate = models.DateTimeField("decidido até", default=timezone.now)
    criado_por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="criado por"
    )
    criado_em = models.DateTimeField("criado em", default=timezone.now)

    objects: Any = DestinoQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "webhook", "webhooks"
        ordering = ("nome", "id")
        constraints = (
            models.CheckConstraint(
                name="webhook_com_prazo_na_troca",
                condition=Q(segredo_anterior="") | Q(segredo_anterior_ate__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return self.nome


class EstadoDaEntrega(models.TextChoices):
    PENDENTE = "pendente", "Pendente"
    ENVIANDO = "enviando", "Enviando"
    ENTREGUE = "entregue", "Entregue"
    DESISTIDA = "desistida", "Desistida"


class EntregaDeWebhook(models.Model):
    """Um evento para um destino, uma vez só: `chave` diz de que fato ele é, `numero` é como o outro lado o conhece."""

    destino = models.ForeignKey(
        DestinoDeWebhook, models.CASCADE, related_name="entregas", verbose_name="destino"
    )
    evento = models.CharField("evento", max_length=40)
    chave = models.CharField("chave", max_length=120)
    numero = models.UUIDField("número", default=uuid.uuid4, editable=False)
    corpo = models.TextField("corpo")
    estado = models.CharField(
        "estado", max_length=10, choices=EstadoDaEntrega.choices, default=EstadoDaEntrega.PENDENTE
    )
    tentativas = models.PositiveSmallIntegerField("tentativas", default=0)
    decidida_em = models.DateTimeField("decidida em", default=timezone.now)
    # De quando conta o prazo de desistir: repetir à mão o renova.
    pedida_em = models.DateTimeField("pedida em", default=timezone.now)
    proxima_tentativa_em = models.DateTimeField("próxima tentativa em", default=timezone.now)
    reivindicada_em = models.DateTimeField("reivindicada em", null=True, blank=True)
    entregue_em = models.DateTimeField("entregue em", null=True, blank=True)
    erro = models.CharField("erro", max_length=300, blank=True)

    objects: Any = models.Manager()

    class Meta:
        verbose_name, verbose_name_plural = "entrega de webhook", "entregas de webhook"
        ordering = ("-id",)
        constraints = (models.UniqueConstraint(fields=["destino", "chave"], name="entrega_unica"),)
        indexes = (
            models.Index(
                fields=["destino", "proxima_tentativa_em", "id"],
                condition=Q(estado="pendente"),
                name="entrega_a_fazer",
            ),
            models.Index(fields=["reivindicada_em"], condition=Q(estado="enviando"), name="entrega_no_meio"),
            models.Index(fields=["destino", "-id"], name="entrega_do_destino"),  # o registro da tela
        )

    def __str__(self) -> str:
        return f"{self.evento} → {self.destino}"


class TentativaDeWebhook(models.Model):
    """O que aconteceu numa tentativa: a resposta, ou por que não houve."""

    entrega = models.ForeignKey(
        EntregaDeWebhook, models.CASCADE, related_name="registro", verbose_name="entrega"
    )
    em = models.DateTimeField("em", default=timezone.now)
    status = models.PositiveSmallIntegerField("status HTTP", null=True, blank=True)
    ms = models.PositiveIntegerField("duração (ms)", default=0)
    resposta = models.CharField("começo da resposta", max_length=500, blank=True)
    erro = models.CharField("erro", max_length=300, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "tentativa de webhook", "tentativas de webhook"
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.status or self.erro} em {self.em:%d/%m/%Y %H:%M}"
