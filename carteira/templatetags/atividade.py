"""Etiquetas de Configurar atividade."""

import json
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import template

from atividade.limiares import regra_de
from atividade.models import Limiar
from atividade.regras import Periodo, Regra, vezes
from carteira.formatos import VAZIO, numero, porcento
from carteira.graficos import retorno

register = template.Library()
register.filter("vezes", vezes)


@register.filter
def como_json(valores: dict[str, Any]) -> str:
    """Para atributos data-*: o template escapa as aspas."""
    return json.dumps(valores)


@register.filter
def nome_curto(nome: str) -> str:
    """O nome de uma regra pronta sem o que vem entre parênteses."""
    return nome.partition(" (")[0]


@register.filter
def quase_texto(regra: Regra) -> str:
    """Em quanto tempo sem comprar se fica quase inativo: 12 meses; 18 meses menos 45 dias; ou 1,5× o ciclo."""
    if regra.ciclo:
        c = regra.ciclo
        proprio = f"{vezes(c.quase)} o ciclo do cliente, entre {c.quase_min} e {c.quase_max} dias"
        return f"{proprio}; sem ciclo, {_fixo(regra)}"
    return _fixo(regra)


def _fixo(regra: Regra) -> str:
    if regra.mista:
        return f"{regra.periodo} menos {regra.antecedencia}"
    return str(Periodo(regra.periodo.n - regra.antecedencia.n, regra.periodo.unidade))


@register.filter
def limiar_curto(limiar: Limiar) -> str:
    """Quase inativo / inativo, como 60 / 120 dias; ou que o nível segue a regra de cima."""
    if limiar.herda:
        return "regra geral" if limiar.segmento_id or limiar.cliente_id else "padrão"
    regra = regra_de(limiar)
    if regra.ciclo:
        return f"{vezes(regra.ciclo.quase)} / {vezes(regra.ciclo.inativo)} o ciclo"
    if regra.mista:
        return f"{regra.periodo}, aviso {regra.antecedencia} antes"
    return f"{regra.periodo.n - regra.antecedencia.n} / {regra.periodo}"


@register.filter
def com_sinal(saldo: int) -> str:
    return f"+{numero(saldo)}" if saldo > 0 else numero(saldo)


# ── Evidências ───────────────────────────────────────────────────────────────


@register.filter
def exato(fracao: Fraction | None) -> Decimal | None:
    """Fração exata como número que os outros filtros escrevem."""
    return None if fracao is None else Decimal(fracao.numerator) / Decimal(fracao.denominator)


@register.filter
def em_pontos(parte: Fraction | float | None, casas: int = 0) -> str:
    """0,3226 → 32%."""
    if parte is None:
        return VAZIO
    pontos = parte * 100
    return porcento(exato(pontos) if isinstance(pontos, Fraction) else pontos, casas)


@register.simple_tag
def curvas_de_retorno(curvas: Any, aviso: int | None = None) -> Any:
    return retorno.curvas_de_retorno(curvas, aviso=aviso)
