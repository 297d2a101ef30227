"""O que cada enlace de um clique já fez: repetir não registra de novo, e o que foi feito se desfaz."""

from typing import Any

from django.db import models
from django.db.models import Q

from clientes.models import Agendamento, Cliente, Contato, DecisaoDaFila
from contas.models import Usuario


class Gesto(models.TextChoices):
    """O que um enlace do e-mail oferece; o valor vai dentro da assinatura, e por isso é curto."""

    COMPROU = "c", "Falei, comprou"
    NAO_COMPROU = "n", "Falei, não comprou"
    SEM_RESPOSTA = "s", "Sem resposta"
    AMANHA = "a", "Agendar para amanhã"
    ADIAR = "d", "Adiar"


class EnlaceUsado(models.Model):
    """Um enlace (pessoa, cliente, vaga, gesto) que alguém confirmou, e o que nasceu dele."""

    chave = models.UUIDField("chave do enlace", unique=True, editable=False)
    pessoa = models.ForeignKey(Usuario, models.CASCADE, related_name="+", verbose_name="pessoa")
    cliente = models.ForeignKey(Cliente, models.CASCADE, related_name="+", verbose_name="cliente")
    vaga = models.DateField("vaga do e-mail")
    gesto = models.CharField("gesto", max_length=1, choices=Gesto.choices)
    vez = models.PositiveSmallIntegerField("vez", default=0)  # refeito depois de desfeito, é outro contato
    contato = models.ForeignKey(
        Contato, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="contato"
    )
    agendamento = models.ForeignKey(
        Agendamento, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="agendamento"
    )
    decisao = models.ForeignKey(
        DecisaoDaFila, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name="adiamento"
    )
    feito_em = models.DateTimeField("feito em", null=True, blank=True)
    desfeito_em = models.DateTimeField("desfeito em", null=True, blank=True)

    objects: Any = models.Manager()

    class Meta:
        verbose_name, verbose_name_plural = "enlace usado", "enlaces usados"
        ordering = ("-id",)
        indexes = (
            models.Index(
                fields=["pessoa", "cliente", "vaga"], name="enlace_do_email"
            ),  # o que já se respondeu
        )
        constraints = (
            models.CheckConstraint(
                name="enlace_desfeito_foi_feito",
                condition=Q(desfeito_em__isnull=True) | Q(feito_em__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_gesto_display()}: {self.cliente} em {self.vaga:%d/%m/%Y}"

    @property
    def vale(self) -> bool:
        """Foi confirmado e não se desfez, nem por aqui nem pela ficha, pela agenda ou pela fila."""
        if self.feito_em is None or self.desfeito_em is not None:
            return False
        if self.contato is not None:
            return self.contato.desfeito_em is None
        if self.agendamento is not None:
            return self.agendamento.cancelado_em is None
        return self.decisao is not None and self.decisao.desfeita_em is None
