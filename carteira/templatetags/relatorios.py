"""O valor de uma célula de relatório como se lê, e o gráfico dele."""

from typing import Any

from django import template

from carteira import formatos
from carteira.graficos.do_relatorio import grafico_do_relatorio

register = template.Library()
register.simple_tag(grafico_do_relatorio)

_COMO = {
    "data": formatos.data,
    "moeda": formatos.moeda,
    "inteiro": formatos.numero,
    "decimal": lambda v: formatos.numero(v, 1),
    "decimal2": lambda v: formatos.numero(v, 2),
    "porcento": formatos.porcento,
}


@register.filter
def celula(valor: Any, tipo: str) -> str:
    """Sem valor, um traço: vazio pareceria esquecimento."""
    if valor is None or valor == "":
        return formatos.VAZIO
    como = _COMO.get(tipo)
    return como(valor) if como else str(valor)
