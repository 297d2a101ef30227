"""Etiquetas das páginas de resultados."""

from decimal import Decimal

from django import template

from carteira.formatos import numero
from carteira.graficos.reativados import colunas_de_reativados
from carteira.web import listas_comuns
from clientes.comparacao import Comparacao
from clientes.models import CanalDeContato

register = template.Library()
register.simple_tag(colunas_de_reativados, name="grafico_reativados")
register.filter("veredito", listas_comuns.veredito)


@register.filter
def nome_do_canal(canal: str) -> str:
    return str(dict(CanalDeContato.choices).get(canal, canal))


@register.filter
def diferenca_em_pontos(c: Comparacao) -> str:
    return f"{listas_comuns.pontos(c.diferenca)} p.p."


@register.filter
def intervalo_em_pontos(c: Comparacao) -> str:
    return f"{listas_comuns.pontos(c.de)} a {listas_comuns.pontos(c.ate)}"


@register.filter
def largura(porcento: Decimal | None) -> str:
    """Uma medida de SVG: ponto decimal, nunca além de cem."""
    return f"{min(float(porcento or 0), 100.0):.1f}"


@register.filter
def duas_casas(valor: object) -> str:
    return numero(valor, 2)
