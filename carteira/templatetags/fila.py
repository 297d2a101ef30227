"""Etiquetas da fila: como a casa chama cada regra."""

from django import template

from atividade.regras_da_fila import RegraDaFila
from atividade.rotulos import PLURAIS

register = template.Library()


@register.filter
def nome_da_regra(regra: RegraDaFila) -> str:
    """O nome da regra; onde ela é um status, como a empresa o chama."""
    return PLURAIS[regra.chave] if regra.chave == "inativo" else regra.nome
