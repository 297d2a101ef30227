"""O que todo fato vindo do ERP tem, e a porta por onde se lê o que é de um cliente."""

from typing import Any, Self

from django.db import models

from clientes.models.origem import DeArquivo
from contas.escopo import filtro_de_visibilidade
from contas.models import Empresa, Usuario


class DoClienteQuerySet(models.QuerySet[Any]):
    def visiveis_para(self, usuario: Usuario) -> Self:
        """Linhas dos clientes que a pessoa vê."""
        return self.filter(filtro_de_visibilidade(usuario, "cliente__"))


class FatoDoErp(DeArquivo):
    """Empresa, número e de qual importação veio: o que a chave natural e o desfazer precisam."""

    empresa = models.ForeignKey(
        Empresa, models.PROTECT, related_name="+", db_index=False, verbose_name="empresa"
    )
    numero = models.CharField("número", max_length=40, db_collation="C")

    class Meta:
        abstract = True
