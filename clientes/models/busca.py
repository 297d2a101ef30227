"""As palavras por que se acha cada cliente: as dele, as das pessoas dele e as do que se anotou nos contatos."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from clientes.models.cliente import Cliente


class TextoDeBusca(models.Model):
    """1:1 com Cliente, mantido por gatilho de comando. A chave no banco apaga a linha com o cliente."""

    nasce_do_fato = True

    cliente = models.OneToOneField(
        Cliente,
        models.CASCADE,
        primary_key=True,
        related_name="texto_de_busca",
        db_constraint=False,  # a migração a cria com ON DELETE CASCADE, que o Django não escreve
        verbose_name="cliente",
    )
    palavras = SearchVectorField("palavras")

    class Meta:
        verbose_name, verbose_name_plural = "texto de busca", "textos de busca"
        indexes = (GinIndex(fields=["palavras"], name="busca_palavras"),)  # a caixa de busca

    def __str__(self) -> str:
        return f"Palavras de {self.cliente}"
