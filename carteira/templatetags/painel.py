"""Etiquetas do painel do vendedor."""

from django import template

from carteira.graficos.giro import colunas_de_valor, curva

register = template.Library()
register.simple_tag(curva, name="grafico_giro")
register.simple_tag(colunas_de_valor, name="grafico_valor")
