"""Atendimentos: reclamações, trocas e não conformidades, do ERP ou abertos num contato."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from clientes.models.cliente import Cliente
from clientes.models.fato import DoClienteQuerySet
from clientes.models.origem import DeArquivo
from contas.models import Empresa, Usuario


class TipoDeAtendimento(models.TextChoices):
    RECLAMACAO = "reclamacao", "Reclamação"
    NAO_CONFORMIDADE = "nao_conformidade", "Não conformidade"
    TROCA = "troca", "Troca"
    DUVIDA = "duvida", "Dúvida"
    OUTRO = "outro", "Outro"


class Atendimento(DeArquivo):
    """Chave natural do que vem do ERP: (empresa, numero). O aberto aqui tem o número que a casa lhe deu."""

    empresa = models.ForeignKey(
        Empresa, models.PROTECT, related_name="+", db_index=False, verbose_name="empresa"
    )
    numero = models.CharField("número", max_length=40, db_collation="C")
    cliente = models.ForeignKey(
        Cliente, models.PROTECT, related_name="atendimentos", db_index=False, verbose_name="cliente"
    )
    tipo = models.CharField("tipo", max_length=20, choices=TipoDeAtendimento.choices)
    assunto = models.CharField("assunto", max_length=160)
    descricao = models.TextField("descrição", blank=True, max_length=4000)
    aberto_em = models.DateField("aberto em")
    fechado_em = models.DateField("fechado em", null=True, blank=True)
    solucao = models.TextField("solução", blank=True, max_length=4000)
    contato = models.ForeignKey(
        "clientes.Contato",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="atendimentos",
        verbose_name="nasceu do contato",
    )
    aberto_por = models.ForeignKey(
        Usuario, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="aberto por"
    )

    objects: Any = DoClienteQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = "atendimento", "atendimentos"
        constraints = (
            models.UniqueConstraint(fields=["empresa", "numero"], name="atendimento_numero_unico"),
            models.CheckConstraint(
                name="atendimento_com_numero_e_assunto", condition=~Q(numero="") & ~Q(assunto="")
            ),
            models.CheckConstraint(
                name="atendimento_tipo_conhecido",
                condition=Q(tipo__in=[t.value for t in TipoDeAtendimento]),
            ),
            models.CheckConstraint(
                name="atendimento_fecha_depois",
                condition=Q(fechado_em__isnull=True) | Q(fechado_em__gte=F("aberto_em")),
            ),
        )
        indexes = (
            models.Index(fields=["cliente", "-aberto_em", "-id"], name="atendimento_do_cliente"),
            models.Index(
                fields=["cliente", "tipo"], condition=Q(fechado_em__isnull=True), name="atendimento_aberto"
            ),  # pendências e sinais
        )

    def __str__(self) -> str:
        return f"Atendimento {self.numero}"
