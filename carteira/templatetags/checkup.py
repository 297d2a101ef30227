"""Etiquetas das páginas irmãs do checkup."""

from typing import Any

from django import template
from django.template import Context
from django.urls import reverse

from contas.papeis import Permissao, pode

register = template.Library()

_IRMAS = (
    ("checkup", "Checkup", "checkup:pagina", Permissao.VER_COMPOSICAO),
    ("positivacao", "Giro e positivação", "positivacao:pagina", Permissao.VER_CARTEIRAS),
    ("declinio", "Declínio silencioso", "declinio:pagina", Permissao.VER_COMPOSICAO),
    ("esquecidos", "Esquecidos", "checkup:esquecidos", Permissao.VER_COMPOSICAO),
    ("nao_visitados", "Não visitados", "checkup:nao_visitados", Permissao.DECIDIR_VISITAS),
)


@register.simple_tag(takes_context=True)
def abas_do_checkup(context: Context, atual: str) -> list[dict[str, Any]]:
    """As abas que a pessoa pode abrir."""
    usuario = context["user"]
    return [
        {"rotulo": rotulo, "url": reverse(rota), "atual": chave == atual, "quantidade": None}
        for chave, rotulo, rota, permissao in _IRMAS
        if pode(usuario, permissao)
    ]


@register.simple_tag(takes_context=True)
def decide_visitas(context: Context) -> bool:
    """Se a pessoa decide quem não se visita."""
    return pode(context["user"], Permissao.DECIDIR_VISITAS)
