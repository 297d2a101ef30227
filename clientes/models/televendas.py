"""O que a fila de televendas usa: quem está com qual cliente, o roteiro da faixa e as mensagens prontas."""

from django.db import models
from django.db.models import Q

from clientes.models.cliente import Cliente
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
