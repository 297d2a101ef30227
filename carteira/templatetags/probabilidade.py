"""Etiquetas da tela Probabilidade."""

from django import template

from atividade.probabilidade.formulas import Modelo
from carteira.formatos import numero
from carteira.graficos.calibracao import calibracao

register = template.Library()
register.simple_tag(calibracao, name="grafico_calibracao")


@register.filter
def decimal2(valor: object) -> str:
    return numero(valor, 2)


@register.filter
def decimal3(valor: object) -> str:
    return numero(valor, 3)


@register.filter
def decimal4(valor: object) -> str:
    return numero(valor, 4)


@register.filter
def nome_do_modelo(codigo: str) -> str:
    return Modelo(codigo).nome if codigo else ""
