"""Os catálogos do relacionamento: o que se escolhe ao registrar. O usado se inativa, nunca se apaga."""

from django.db import models
from django.db.models import F, Q

from contas.models import Empresa

# As ocorrências que só o sistema registra ficam no fim, fora de uso, e não se administram.
ORDEM_DO_SISTEMA = 99


class ItemDeCatalogo(models.Model):
    nome = models.CharField("nome", max_length=60, unique=True)
    ativa = models.BooleanField("em uso", default=True)
    ordem = models.PositiveSmallIntegerField("ordem", default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.nome


class Ocorrencia(ItemDeCatalogo):
    """Como terminou um contato. Só a efetiva move o relógio do contato; tentativa não."""

    efetiva = models.BooleanField("efetiva", default=True)
    pede_objecao = models.BooleanField("pergunta a objeção", default=False)

    class Meta:
        verbose_name, verbose_name_plural = "ocorrência", "ocorrências"
        ordering = ("ordem", "id")


class Motivo(ItemDeCatalogo):
    """Para que foi o contato: visita realizada, cotação, cobrança."""

    class Meta:
        verbose_name, verbose_name_plural = "motivo do contato", "motivos do contato"
        ordering = ("ordem", "id")


class Objecao(ItemDeCatalogo):
    """O que o cliente diz para não comprar, e o que o gestor manda responder."""

    contra_argumento = models.TextField("contra-argumento", blank=True, max_length=1000)

    class Meta:
        verbose_name, verbose_name_plural = "objeção", "objeções"
        ordering = ("ordem", "id")


class CausaDaInatividade(ItemDeCatalogo):
    """Por que um cliente parou de comprar."""

    explicacao = models.CharField("o que quer dizer", max_length=300, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "causa da inatividade", "causas da inatividade"
        ordering = ("ordem", "id")


class Campanha(models.Model):
    """Um esforço com começo e fim; só recebe contatos dentro do período."""

    empresa = models.ForeignKey(Empresa, models.PROTECT, related_name="campanhas", verbose_name="empresa")
    nome = models.CharField("nome", max_length=80)
    inicio = models.DateField("começa em")
    fim = models.DateField("termina em", null=True, blank=True)
    ativa = models.BooleanField("em uso", default=True)
    oferta = models.CharField("oferta", max_length=200, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = "campanha", "campanhas"
        ordering = ("-inicio", "nome")
        constraints = (
            models.UniqueConstraint(
                fields=["empresa", "nome"],
                name="campanha_unica",
                violation_error_message="Já existe uma campanha com este nome na empresa.",
            ),
            models.CheckConstraint(
                name="campanha_termina_depois", condition=Q(fim__isnull=True) | Q(fim__gte=F("inicio"))
            ),
        )

    def __str__(self) -> str:
        return self.nome
