"""Contatos feitos com o cliente."""

import uuid
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from clientes.models.catalogos import Campanha, Motivo, Objecao, Ocorrencia
from clientes.models.cliente import CanalDeContato, Cliente
from clientes.models.fato import DoClienteQuerySet
from clientes.models.lista import TipoDeOferta
from clientes.models.pessoa import PessoaDeContato
from contas.models import Usuario


class Sentido(models.TextChoices):
    ATIVO = "ativo", "Contato ativo"
    RECEPTIVO = "receptivo", "Contato receptivo"


class OrigemDoContato(models.TextChoices):
    """De onde o atendente registrou: da tela, da fila de televendas, ou do aparelho que estava sem sinal."""

    TELA = "tela", "Tela"
    FILA = "fila", "Fila"
    SEM_SINAL = "sem_sinal", "Registrado sem sinal"


class Contato(models.Model):
    """Uma interação. Apagar não existe: desfazer marca `desfeito_em` e some das telas e dos relógios."""

    cliente = models.ForeignKey(Cliente, models.PROTECT, related_name="contatos", verbose_name="cliente")
    canal = models.CharField("canal", max_length=10, choices=CanalDeContato.choices)
    sentido = models.CharField("sentido", max_length=10, choices=Sentido.choices, default=Sentido.ATIVO)
    ocorrencia = models.ForeignKey(
        Ocorrencia, models.PROTECT, related_name="contatos", verbose_name="ocorrência"
    )
    motivo = models.ForeignKey(
        Motivo, models.PROTECT, null=True, blank=True, related_name="contatos", verbose_name="motivo"
    )
    objecoes = models.ManyToManyField(Objecao, blank=True, related_name="contatos", verbose_name="objeções")
    campanha = models.ForeignKey(
        Campanha, models.PROTECT, null=True, blank=True, related_name="contatos", verbose_name="campanha"
    )
    # O que se ofereceu neste contato; em branco, vale a oferta da lista em que o cliente estava, se alguma.
    oferta_tipo = models.CharField(
        "oferta feita",
        max_length=10,
        choices=TipoDeOferta.choices,
        default=TipoDeOferta.NENHUMA,
        db_default=TipoDeOferta.NENHUMA.value,
        blank=True,
    )
    observacao = models.TextField("observação", blank=True, max_length=4000)
    pessoa = models.CharField("falou com", max_length=120, blank=True)
    pessoa_de_contato = models.ForeignKey(
        PessoaDeContato,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="contatos",
        verbose_name="pessoa de contato",
    )
    em = models.DateTimeField("quando", default=timezone.now)  # a abertura: fixa desde o registro
    fechado_em = models.DateTimeField("fechado em", null=True, blank=True)
    atendente = models.ForeignKey(Usuario, models.PROTECT, related_name="contatos", verbose_name="atendente")
    origem = models.CharField(
        "origem", max_length=10, choices=OrigemDoContato.choices, default=OrigemDoContato.TELA
    )
    registrado_em = models.DateTimeField("registrado em", default=timezone.now, editable=False)
    # Duplo envio do mesmo formulário faz um contato só.
    chave = models.UUIDField("chave de envio", default=uuid.uuid4, unique=True, editable=False)
    desfeito_em = models.DateTimeField("desfeito em", null=True, blank=True)

    objects: Any = DoClienteQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "contato", "contatos"
        ordering = ("-em", "-id")
        constraints = (
            models.CheckConstraint(
                name="contato_fecha_depois",
                condition=Q(fechado_em__isnull=True) | Q(fechado_em__gte=F("em")),
            ),
        )
        indexes = (
            models.Index(
                fields=["cliente", "-em"], condition=Q(desfeito_em__isnull=True), name="contato_do_cliente"
            ),  # histórico e último contato
            models.Index(
                fields=["cliente", "em"],
                condition=Q(desfeito_em__isnull=True, fechado_em__isnull=True),
                name="contato_em_aberto",
            ),  # o que ficou por responder
            models.Index(
                fields=["em"],
                include=["cliente", "ocorrencia", "atendente"],
                condition=Q(desfeito_em__isnull=True),
                name="contato_por_dia",
            ),  # os de um período, de quem for
        )

    def __str__(self) -> str:
        return f"{self.get_canal_display()} em {self.em:%d/%m/%Y}"
