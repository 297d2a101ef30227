"""Etiquetas das telas de clientes."""

from typing import Any

from django import template

from carteira.web.whatsapp import aceita as aceita_canal
from carteira.web.whatsapp import numero_da_pessoa, numero_do_whatsapp

register = template.Library()


@register.filter
def whatsapp(cliente: Any) -> str:
    """O número para a conversa, ou vazio quando não se pode ou não se deve abrir uma."""
    return numero_do_whatsapp(cliente)


@register.filter
def aceita(cliente: Any, canal: str) -> bool:
    """O cliente não se opôs a este canal."""
    return canal not in cliente.nao_contatar


@register.filter
def whatsapp_da_pessoa(pessoa: Any) -> str:
    return numero_da_pessoa(pessoa)


@register.filter
def pessoa_aceita(pessoa: Any, canal: str) -> bool:
    """Nem ela nem o cliente se opuseram a este canal."""
    return aceita_canal(pessoa, canal)
