"""Etiquetas das telas de clientes."""

from typing import Any

from django import template

from carteira.web.whatsapp import numero_do_whatsapp

register = template.Library()


@register.filter
def whatsapp(cliente: Any) -> str:
    """O número para a conversa, ou vazio quando não se pode ou não se deve abrir uma."""
    return numero_do_whatsapp(cliente)


@register.filter
def aceita(cliente: Any, canal: str) -> bool:
    """O cliente não se opôs a este canal."""
    return canal not in cliente.nao_contatar
