"""De onde vem um pedido: o endereço, contados os proxies de confiança, e o navegador em palavras."""

from axes.helpers import get_client_ip_address
from django.core.exceptions import ValidationError
from django.core.validators import validate_ipv46_address
from django.http import HttpRequest

from contas.navegadores import em_palavras
from contas.sessoes import Origem


def origem(request: HttpRequest) -> Origem:
    """O mesmo endereço que o bloqueio por tentativas usa."""
    return Origem(endereco_de(request), em_palavras(request.META.get("HTTP_USER_AGENT", "")))


def endereco_de(request: HttpRequest) -> str | None:
    """O de quem pede; nada, se o que o proxy disse não é um endereço."""
    endereco = get_client_ip_address(request) if request.META else None
    try:
        validate_ipv46_address(endereco or "")
    except ValidationError:
        return None
    return endereco
