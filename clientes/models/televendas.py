"""O que a fila usa: quem está com qual cliente, o que se decidiu dele, o roteiro e as mensagens prontas."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from clientes.models.cliente import Cliente
from clientes.models.fato import DoClienteQuerySet
from contas.models import Equipe, Usuario


class ReservaDaFila(models.Model):
    """Um cliente na mão de uma pessoa até `ate`: duas nunca recebem o mesmo."""

    cliente = models.OneToOneField(
        Cliente, models.CASCADE, primary_key=True, related_name="reserva", verbose_name="cliente"
    )
    pessoa = models.ForeignKey(Usuario, models.CASCADE, related_name="reservas", verbose_name="pessoa")
    desde = models.DateTimeField("desde")
    ate = models.DateTimeField("até")

    class Meta:
        verbose_name, verbose_name_plural = "reserva da fila", "reservas da fila"

    def __str__(self) -> str:
        return f"{self.cliente} com {self.pessoa} até {self.ate:%H:%M}"


class Decisao(models.TextChoices):
    AGORA_NAO = "agora_nao", "Agora não"
    ADIADO = "adiado", "Adiado"


class DecisaoDaFila(models.Model):
    """O que a pessoa decidiu de um cliente da fila sem falar com ele; *feito* é o contato que se registra.

    Desfazer marca `desfeita_em`; o que o adiamento trocou fica em `antes_*`, para voltar.
    """

    cliente = models.ForeignKey(
        Cliente, models.PROTECT, related_name="decisoes_da_fila", verbose_name="cliente"
    )
    pessoa = models.ForeignKey(
        Usuario, models.PROTECT, related_name="decisoes_da_fila", verbose_name="pessoa"
    )
    dia = models.DateField("dia")
    decisao = models.CharField("decisão", max_length=10, choices=Decisao.choices)
    motivo = models.CharField("motivo", max_length=200)
    em = models.DateTimeField("quando", default=timezone.now)
    ate = models.DateField("até", null=True, blank=True)
    antes_ate = models.DateField("adiado até, antes", null=True, blank=True)
    antes_motivo = models.CharField("motivo de antes", max_length=200, blank=True)
    desfeita_em = models.DateTimeField("desfeita em", null=True, blank=True)

    objects: Any = DoClienteQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "decisão da fila", "decisões da fila"
        ordering = ("em", "id")
        constraints = (
            models.CheckConstraint(name="decisao_com_motivo", condition=~Q(motivo="")),
            models.CheckConstraint(
                name="decisao_adiada_tem_dia",
                condition=Q(decisao="adiado", ate__isnull=False) | Q(decisao="agora_nao", ate__isnull=True),
            ),
        )
        indexes = (
            models.Index(
                fields=["pessoa", "dia"], condition=Q(desfeita_em__isnull=True), name="decisao_do_dia"
            ),  # quem foi para o fim da fila
        )

    def __str__(self) -> str:
        return f"{self.get_decisao_display()}: {self.cliente}"


class FaixaDoRoteiro(models.TextChoices):
    """As faixas de que a estratégia de abordagem fala; a marca ganha do status."""

    PROSPECT = "prospect", "Prospect"
    NOVO = "novo", "Novo"
    ATIVO = "ativo", "Ativo"
    RECUPERADO = "recuperado", "Recuperado"
    QUASE_INATIVO = "quase_inativo", "Quase inativo"
    INATIVO_RECENTE = "inativo_recente", "Inativo recente"
    INATIVO_ANTIGO = "inativo_antigo", "Inativo antigo"


class Roteiro(models.Model):
    """O que dizer a cada faixa. Sem equipe, vale para a instalação; o da equipe ganha."""

    equipe = models.ForeignKey(
        Equipe, models.CASCADE, null=True, blank=True, related_name="roteiros", verbose_name="equipe"
    )
    faixa = models.CharField("faixa", max_length=16, choices=FaixaDoRoteiro.choices)
    texto = models.TextField("roteiro", max_length=2000)
    por = models.ForeignKey(
        Usuario, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="por"
    )
    atualizado_em = models.DateTimeField("atualizado em", auto_now=True)

    class Meta:
        verbose_name, verbose_name_plural = "roteiro", "roteiros"
        constraints = (
            models.UniqueConstraint(fields=["equipe", "faixa"], name="roteiro_unico", nulls_distinct=False),
            models.CheckConstraint(name="roteiro_com_texto", condition=~Q(texto="")),
        )

    def __str__(self) -> str:
        return f"{self.get_faixa_display()} ({self.equipe or 'todas as equipes'})"


class CanalDoModelo(models.TextChoices):
    EMAIL = "email", "E-mail"
    WHATSAPP = "whatsapp", "WhatsApp"


class ModeloDeMensagem(models.Model):
    """Mensagem pronta ao cliente, com variáveis entre chaves; o assunto é só do e-mail."""

    canal = models.CharField("canal", max_length=10, choices=CanalDoModelo.choices)
    nome = models.CharField("nome", max_length=60)
    assunto = models.CharField("assunto", max_length=150, blank=True)
    corpo = models.TextField("texto", max_length=4000)
    ativa = models.BooleanField("em uso", default=True)
    ordem = models.PositiveSmallIntegerField("ordem", default=0)

    class Meta:
        verbose_name, verbose_name_plural = "mensagem pronta", "mensagens prontas"
        ordering = ("canal", "ordem", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["canal", "nome"],
                name="modelo_unico",
                violation_error_message="Já há uma mensagem pronta com este nome neste canal.",
            ),
            models.CheckConstraint(
                name="modelo_de_email_com_assunto", condition=~Q(canal="email") | ~Q(assunto="")
            ),
        )

    def __str__(self) -> str:
        return self.nome
