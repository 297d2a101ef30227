"""Municípios do IBGE: tabela de referência, carregada na migração."""

from django.db import models

UFS = (
    "AC", "AL", "AM", "AP", "BA", "CE", "DF", "ES", "GO", "MA", "MG", "MS", "MT", "PA",
    "PB", "PE", "PI", "PR", "RJ", "RN", "RO", "RR", "RS", "SC", "SE", "SP", "TO",
)  # fmt: skip


class Municipio(models.Model):
    """Há nomes iguais em UFs diferentes: procura-se sempre por (nome_chave, uf)."""

    codigo_ibge = models.PositiveIntegerField("código IBGE", primary_key=True)
    nome = models.CharField("nome", max_length=60)
    nome_chave = models.CharField("nome para comparação", max_length=60)
    uf = models.CharField("UF", max_length=2)
    latitude = models.FloatField("latitude")
    longitude = models.FloatField("longitude")
    ddd = models.PositiveSmallIntegerField("DDD")

    class Meta:
        verbose_name, verbose_name_plural = "município", "municípios"
        ordering = ("nome_chave", "uf")
        indexes = (models.Index(fields=["uf", "nome_chave"], name="municipio_por_nome"),)  # importação

    def __str__(self) -> str:
        return f"{self.nome}/{self.uf}"
