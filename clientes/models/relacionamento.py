"""Contatos feitos, próximos contatos combinados e o catálogo de ocorrências."""

import uuid
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone

from clientes.models.cliente import CanalDeContato, Cliente
from contas.escopo import filtro_de_visibilidade
from contas.models import Usuario


class Ocorrencia(models.Model):
    """Como terminou um contato. Só a efetiva move o relógio do contato; tentativa não."""

    nome = models.CharField("nome", max_length=60, unique=True)
    efetiva = models.BooleanField("efetiva", default=True)
    ativa = models.BooleanField("ativa", default=True)
    ordem = models.PositiveSmallIntegerField("ordem", default=0)

    class Meta:
        verbose_name, verbose_name_plural = "ocorrência", "ocorrências"
        ordering = ("ordem", "id")

    def __str__(self) -> str:
        return self.nome


class _DoClienteQuerySet(models.QuerySet[Any]):
    def visiveis_para(self, usuario: Usuario) -> Self:
        """Linhas dos clientes que a pessoa vê."""
        return self.filter(filtro_de_visibilidade(usuario, "cliente__"))


class Contato(models.Model):
    """Uma interação. Apagar não existe: desfazer marca `desfeito_em` e some das telas e dos relógios."""

    cliente = models.ForeignKey(Cliente, models.PROTECT, related_name="contatos", verbose_name="cliente")
    canal = models.CharField("canal", max_length=10, choices=CanalDeContato.choices)
    ocorrencia = models.ForeignKey(
        Ocorrencia, models.PROTECT, related_name="contatos", verbose_name="ocorrência"
    )
    observacao = models.TextField("observação", blank=True, max_length=4000)
    pessoa = models.CharField("falou com", max_length=120, blank=True)
    em = models.DateTimeField("quando", default=timezone.now)
    atendente = models.ForeignKey(Usuario, models.PROTECT, related_name="contatos", verbose_name="atendente")
    # Duplo envio do mesmo formulário faz um contato só.
    chave = models.UUIDField("chave de envio", default=uuid.uuid4, unique=True, editable=False)
    desfeito_em = models.DateTimeField("desfeito em", null=True, blank=True)

    objects: Any = _DoClienteQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "contato", "contatos"
        ordering = ("-em", "-id")
        indexes = (
            models.Index(
                fields=["cliente", "-em"], condition=Q(desfeito_em__isnull=True), name="contato_do_cliente"
            ),  # histórico e último contato
        )

    def __str__(self) -> str:
        return f"{self.get_canal_display()} em {self.em:%d/%m/%Y}"


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

    objects: Any = _DoClienteQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "agendamento", "agendamentos"
        ordering = ("em", "hora", "id")
        constraints = (
            models.CheckConstraint(
                name="agendamento_um_fim_so",
                condition=Q(concluido_em__isnull=True) | Q(cancelado_em__isnull=True),
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
