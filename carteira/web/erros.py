"""Páginas de erro que dizem o que fazer."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


@login_not_required
def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """O formulário venceu ou veio de outro lugar: nada foi gravado."""
    return render(request, "403_csrf.html", status=403)
