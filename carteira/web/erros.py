"""Páginas de erro que dizem o que fazer."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render


@login_not_required
def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """O formulário venceu ou veio de outro lugar: nada foi gravado.

    Entrar de novo em outra aba troca a chave; ao htmx vai a nova, para o que está digitado poder ser reenviado.
    """
    if "HX-Request" in request.headers:
        return HttpResponse(status=403, headers={"X-CSRF-Novo": get_token(request)})
    return render(request, "403_csrf.html", status=403)
