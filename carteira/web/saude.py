"""Sinais de vida para o balanceador e para quem vigia: respondem sem sessão e sem dado."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache


@never_cache
@login_not_required
def viva(request: HttpRequest) -> JsonResponse:
    """O processo responde: é o que decide se ele é religado."""
    return JsonResponse({"estado": "viva"})


@never_cache
@login_not_required
def pronta(request: HttpRequest) -> JsonResponse:
    """Tudo de que o Carteira precisa está de pé; 503 diz o que falta, pelo nome e sem segredo nenhum."""
    from carteira.operacao import sinais

    ditos = sinais.todos(timezone.now())
    faltam = [sinal.nome for sinal in ditos if sinal.estado == sinais.MAL]
    corpo = {
        "estado": f"falta {', '.join(faltam)}" if faltam else "pronta",
        "sinais": {sinal.nome: sinal.estado for sinal in ditos},
    }
    return JsonResponse(corpo, status=503 if faltam else 200)
