"""`/metricas`: para o Prometheus, e para mais ninguém. Sem token nem rede escolhidos, não existe."""

import hmac
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
@login_not_required
def metricas(request: HttpRequest) -> HttpResponse:
    if not (_traz_o_token(request) or _e_da_rede(request)):
        raise Http404
    from carteira.operacao.metricas import em_texto

    texto, tipo = em_texto()
    return HttpResponse(texto, content_type=tipo)


def _traz_o_token(request: HttpRequest) -> bool:
    token: str = settings.METRICAS_TOKEN
    dito = request.headers.get("Authorization", "")
    return bool(token) and hmac.compare_digest(dito.encode(), f"Bearer {token}".encode())


def _e_da_rede(request: HttpRequest) -> bool:
    """Só o endereço de quem se ligou: o que um cabeçalho diz, qualquer um escreve."""
    if not settings.METRICAS_REDES or "X-Forwarded-For" in request.headers:
        return False
    try:
        de_onde = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return False
    return any(de_onde in ip_network(rede) for rede in settings.METRICAS_REDES)
