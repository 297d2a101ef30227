"""A agenda: próximos contatos combinados e o calendário que cada um assina."""

from datetime import date
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone

from clientes.models.cliente import CanalDeContato, Cliente
from clientes.models.contato import Contato
from clientes.models.fato import DoClienteQuerySet
from clientes.models.pitch import Pitch
from contas.models import Usuario


class Recorrencia(models.TextChoices):
    NENHUMA = "", "Não se repete"
    SEMANAL = "semanal", "Toda semana"
    QUINZENAL = "quinzenal", "A cada 15 dias"
    MENSAL = "mensal", "Todo mês"
    CICLO = "ciclo", "No ritmo de compra do cliente"


class Agendamento(models.Model):
    """Próximo contato combinado; fica aberto até ser concluído ou cancelado, por mais que atrase."""

    cliente = models.ForeignKey(Cliente, models.PROTECT, related_name="agendamentos", verbose_name="cliente")
    responsavel = models.ForeignKey(
        Usuario, models.PROTECT, related_name="agenda", verbose_name="responsável"
    )
    em = models.DateField("data")
    hora = models.TimeField("hora", null=True, blank=True)
    tipo = models.CharField(
        "tipo", max_length=10, choices=CanalDeContato.choices, default=CanalDeContato.LIGACAO
    )
    nota = models.CharField("nota", max_length=300, blank=True)
    pitch = models.ForeignKey(
        Pitch, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="pitch"
    )
    recorrencia = models.CharField(
        "repetição", max_length=10, choices=Recorrencia.choices, default=Recorrencia.NENHUMA, blank=True
    )
    repetir_ate = models.DateField("repetir até", null=True, blank=True)
    # De que dia a série se conta: remarcar um, ou cair em feriado, não desloca os seguintes.
    serie_desde = models.DateField("série contada de", null=True, blank=True)
    ciclo_dias = models.PositiveSmallIntegerField("dias do ritmo do cliente", null=True, blank=True)
    anterior = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="seguintes",
        verbose_name="continua o agendamento",
    )
    tentativas = models.PositiveSmallIntegerField("tentativas sem resposta", default=0)
    remarcacoes = models.PositiveSmallIntegerField("vezes remarcado", default=0)
    em_original = models.DateField("data combinada no começo", null=True, blank=True)
    criado_em = models.DateTimeField("criado em", auto_now_add=True)
    criado_por = models.ForeignKey(Usuario, models.PROTECT, related_name="+", verbose_name="criado por")
    contato = models.ForeignKey(
        Contato,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="agendamentos",
        verbose_name="nasceu do contato",
    )
    concluido_em = models.DateTimeField("concluído em", null=True, blank=True)
    cancelado_em = models.DateTimeField("cancelado em", null=True, blank=True)

    objects: Any = DoClienteQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "agendamento", "agendamentos"
        ordering = ("em", "hora", "id")
        constraints = (
            models.CheckConstraint(
                name="agendamento_um_fim_so",
                condition=Q(concluido_em__isnull=True) | Q(cancelado_em__isnull=True),
            ),
            models.UniqueConstraint(
                fields=["anterior"], condition=Q(cancelado_em__isnull=True), name="agendamento_um_seguinte"
            ),
        )
        indexes = (
            models.Index(
                fields=["responsavel", "em"],
                condition=Q(concluido_em__isnull=True, cancelado_em__isnull=True),
                name="agenda_aberta",
            ),  # fila de hoje
            models.Index(
                fields=["cliente", "em"],
                condition=Q(concluido_em__isnull=True, cancelado_em__isnull=True),
                name="agenda_aberta_do_cliente",
            ),  # próxima ação na lista
        )

    def __str__(self) -> str:
        return f"{self.get_tipo_display()} em {self.em:%d/%m/%Y}"

    @property
    def combinado_em(self) -> date:
        """O dia que se combinou com o cliente no começo."""
        return self.em_original or self.em


class TipoDeMudanca(models.TextChoices):
    REMARCADO = "remarcado", "Remarcado"
    EDITADO = "editado", "Editado"
    TENTATIVA = "tentativa", "Tentativa sem resposta"
    INSISTENCIA = "insistencia", "Decidiu insistir"
    ADIADO = "adiado", "Cliente adiado"


class MudancaDeAgendamento(models.Model):
    """O que mudou num agendamento e por quê: a história dele, o que desfazer precisa e a versão no calendário."""

    agendamento = models.ForeignKey(
        Agendamento, models.CASCADE, related_name="mudancas", verbose_name="agendamento"
    )
    tipo = models.CharField("tipo", max_length=12, choices=TipoDeMudanca.choices)
    em_antes = models.DateField("data de antes")
    hora_antes = models.TimeField("hora de antes", null=True, blank=True)
    tentativas_antes = models.PositiveSmallIntegerField("tentativas de antes", default=0)
    em_depois = models.DateField("data de depois")
    contato = models.ForeignKey(
        Contato, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="contato que a causou"
    )
    por = models.ForeignKey(Usuario, models.PROTECT, related_name="+", verbose_name="por")
    feita_em = models.DateTimeField("feita em", default=timezone.now)
    desfeita_em = models.DateTimeField("desfeita em", null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "mudança de agendamento", "mudanças de agendamentos"
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.get_tipo_display()}: {self.em_antes:%d/%m/%Y} → {self.em_depois:%d/%m/%Y}"


class CalendarioPessoal(models.Model):
    """O endereço secreto por onde o calendário do aparelho lê a agenda; guarda-se só o resumo da chave."""

    usuario = models.OneToOneField(Usuario, models.CASCADE, related_name="calendario", verbose_name="usuário")
    resumo_da_chave = models.CharField("SHA-256 da chave", max_length=64, unique=True)
    criado_em = models.DateTimeField("criado em", auto_now_add=True)
    lido_em = models.DateTimeField("lido em", null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "calendário pessoal", "calendários pessoais"

    def __str__(self) -> str:
        return f"Calendário de {self.usuario}"
