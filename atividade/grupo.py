"""Grupo econômico: os clientes da mesma raiz de CNPJ, só os que a pessoa pode ver."""

from typing import Any

from django.db.models.functions import Length

from atividade.models import Indicadores
from clientes.models import Cliente
from contas.models import Usuario

TAMANHO_DA_RAIZ, TAMANHO_DO_CNPJ = 8, 14


def filiais_visiveis(cliente: Cliente, usuario: Usuario) -> list[Indicadores]:
    """As outras, da que mais compra à que menos; documento que não confere não junta ninguém.

    Pela raiz de 8 caracteres de documentos de 14: um CPF que comece igual não é do grupo.
    """
    if not cliente.documento_valido or len(cliente.documento) != TAMANHO_DO_CNPJ:
        return []
    mesma_raiz = Cliente.objects.alias(tamanho=Length("documento")).filter(
        documento__startswith=cliente.documento[:TAMANHO_DA_RAIZ],
        documento_valido=True,
        tamanho=TAMANHO_DO_CNPJ,
    )
    filiais: Any = Indicadores.objects.visiveis_para(usuario).filter(cliente__in=mesma_raiz)
    return list(
        filiais.exclude(pk=cliente.pk)
        .select_related("cliente__empresa", "vendedor")
        .order_by("-valor_12m", "cliente__codigo")
    )
