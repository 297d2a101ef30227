"""Uma célula do relatório ao titular: cada valor como se lê."""

from datetime import date
from decimal import Decimal

from django import template

from carteira.formatos import data, moeda

register = template.Library()


@register.filter
def celula_do_titular(valor: object) -> str:
    if isinstance(valor, Decimal):
        return moeda(valor)
    if isinstance(valor, date):
        return data(valor)
    return "–" if valor in (None, "") else str(valor)
