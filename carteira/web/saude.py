"""Sinal de vida para o balanceador: responde sem sessão e sem dado."""

from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, JsonResponse


@login_not_required
def viva(request: HttpRequest) -> JsonResponse:
    """O processo responde."""
    return JsonResponse({"estado": "viva"})


@login_not_required
def pronta(request: HttpRequest) -> JsonResponse:
    """O processo responde e alcança o banco."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception:
        return JsonResponse({"estado": "sem banco"}, status=503)
    return JsonResponse({"estado": "pronta"})
