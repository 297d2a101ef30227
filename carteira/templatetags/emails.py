"""Etiquetas dos e-mails: os enlaces de um clique, que são de quem recebe."""

from datetime import date

from django import template
from django.conf import settings

from contas.models import Usuario
from notificacoes.um_clique import enlaces

register = template.Library()


@register.simple_tag
def um_clique(pessoa: Usuario, cliente: int, vaga: date) -> list[tuple[str, str]]:
    """(rótulo, endereço) de cada gesto que esta pessoa pode confirmar sobre este cliente."""
    return enlaces(pessoa, cliente, vaga)


@register.simple_tag
def validade_do_clique() -> int:
    """Por quantos dias os enlaces valem."""
    dias: int = settings.UM_CLIQUE_DIAS
    return dias
