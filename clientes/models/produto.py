"""Os produtos que os clientes compram: um resumo dos itens de pedidos, mantido pelos gatilhos do banco."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import OpClass
from django.db import models

from clientes.models.cliente import REFAZER, Cliente, SemAcento


class Produto(models.Model):
    """Um par (código, nome) como o ERP o escreveu em algum item; nasce com o primeiro item e fica."""

    codigo = models.CharField("código", max_length=40, blank=True)
    nome = models.CharField("nome", max_length=160)

    class Meta:
        verbose_name, verbose_name_plural = "produto", "produtos"
        constraints = (models.UniqueConstraint(fields=["nome", "codigo"], name="produto_unico"),)
        # o que se procura: o começo do nome ou o código
        indexes = (
            models.Index(OpClass(SemAcento("nome"), "text_pattern_ops"), name="produto_por_nome"),
            models.Index(SemAcento("codigo"), name="produto_por_codigo"),
        )

    def __str__(self) -> str:
        return self.nome


class CompraDeProduto(models.Model):
    """Os dias em que um cliente comprou um produto, em pedidos que contam: uma linha por par.

    Sem chaves estrangeiras no banco: as linhas saem dos itens, que já as têm, e conferi-las custaria mais que as
    escrever.
    """

    nasce_do_fato = True
    ao_unir = REFAZER

    pk = models.CompositePrimaryKey("cliente_id", "produto_id")
    cliente = models.ForeignKey(
        Cliente,
        models.CASCADE,
        related_name="produtos_comprados",
        db_constraint=False,
        db_index=False,
        verbose_name="cliente",
    )
    produto = models.ForeignKey(
        Produto,
        models.CASCADE,
        related_name="compras",
        db_constraint=False,
        db_index=False,
        verbose_name="produto",
    )
    primeira = models.DateField("primeira compra")
    ultima = models.DateField("última compra")
    datas = ArrayField(models.DateField(), verbose_name="dias de compra")  # em ordem

    class Meta:
        verbose_name, verbose_name_plural = "compra de produto", "compras de produtos"
        indexes = (
            models.Index(
                fields=["produto", "cliente"], include=["primeira", "ultima"], name="compra_por_produto"
            ),
        )

    def __str__(self) -> str:
        return f"{self.cliente_id} × {self.produto_id}"
