"""Quem mudou o quê, quando e de onde: uma linha na mesma transação da mudança."""

from django.conf import settings
from django.db import models


class Via(models.TextChoices):
    """Por que porta a mudança entrou."""

    PAGINA = "pagina", "Página"
    API = "api", "API"
    COMANDO = "comando", "Comando"
    TAREFA = "tarefa", "Tarefa"
    SISTEMA = "sistema", "Sistema"


class RegistroDeAuditoria(models.Model):
    """Só cresce: um gatilho recusa mudar ou apagar. `antes` e `depois` guardam só o que a mudança tocou.

    O nome de quem fez vai na linha: quem sai da casa não leva a sua história, e nenhuma chave obriga a mexer nela.
    """

    em = models.DateTimeField("em", auto_now_add=True)
    por = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.DO_NOTHING,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name="por",
    )
    quem = models.CharField("quem fez", max_length=120, blank=True, default="", db_default="")
    acao = models.CharField("ação", max_length=60)
    objeto = models.CharField("objeto", max_length=120, blank=True)
    # "cliente:12": a linha de que se fala, para o elo e para achar o que é de uma pessoa.
    alvo = models.CharField("alvo", max_length=60, blank=True, default="", db_default="")
    antes = models.JSONField("antes", null=True, blank=True)
    depois = models.JSONField("depois", null=True, blank=True)
    via = models.CharField("via", max_length=8, choices=Via.choices, default=Via.SISTEMA, db_default="")
    endereco = models.GenericIPAddressField("endereço", null=True, blank=True)
    meio = models.CharField(
        "navegador, comando ou tarefa", max_length=200, blank=True, default="", db_default=""
    )
    pedido = models.CharField("pedido", max_length=40, blank=True, default="", db_default="")

    class Meta:
        verbose_name, verbose_name_plural = "registro de auditoria", "registros de auditoria"
        ordering = ("-em", "-id")
        # A página anda por chave, (-em, id), com ou sem um filtro à frente.
        indexes = (
            models.Index(fields=["-em", "id"], name="auditoria_por_hora"),
            models.Index(fields=["acao", "-em", "id"], name="auditoria_da_acao"),
            models.Index(fields=["por", "-em", "id"], name="auditoria_de_quem"),
            models.Index(
                fields=["endereco", "-em", "id"],
                condition=models.Q(endereco__isnull=False),
                name="auditoria_do_endereco",
            ),
            models.Index(
                fields=["alvo", "-em", "id"], condition=~models.Q(alvo=""), name="auditoria_do_alvo"
            ),
            models.Index(fields=["objeto", "-em"], name="auditoria_do_objeto"),  # a história de uma regra
        )

    def __str__(self) -> str:
        return f"{self.acao} {self.objeto}".strip()
