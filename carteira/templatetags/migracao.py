"""Os desenhos das páginas de movimento da carteira."""

from django import template

from carteira.graficos import saldo

register = template.Library()
register.simple_tag(saldo.colunas, name="grafico_saldo")
