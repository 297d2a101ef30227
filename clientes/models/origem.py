"""De onde veio uma linha: o arquivo que a trouxe, se algum, e quando."""

from django.db import models


class DeArquivo(models.Model):
    """A importação que a escreveu por último, para saber a origem e desfazer; nula na que nasceu no navegador."""

    importacao = models.ForeignKey(
        "clientes.Importacao",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        verbose_name="importação",
    )
    criado_em = models.DateTimeField("criado em", auto_now_add=True)
    atualizado_em = models.DateTimeField("atualizado em", auto_now=True)

    class Meta:
        abstract = True


class QueDesaparece(models.Model):
    """O que um arquivo completo para o período deixou de trazer: cancelado na origem, nunca apagado."""

    desapareceu_na = models.ForeignKey(
        "clientes.Importacao",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,  # numa tabela de milhões, a coluna entra sem que ninguém espere
        verbose_name="deixou de vir na importação",
    )

    class Meta:
        abstract = True
