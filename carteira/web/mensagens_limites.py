"""Quantas mensagens por minuto cada domínio aceita: valem para a instalação inteira, e só quem a administra os muda."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import validate_domain_name
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from carteira.web.acesso import exige
from carteira.web.mensagens import administra_os_limites
from contas.papeis import Permissao
from notificacoes.limites import deixar_de_limitar, limitar
from notificacoes.models import LimiteDeEnvio


class LimiteForm(forms.Form):
    dominio = forms.CharField(
        label="Domínio", max_length=120, widget=forms.TextInput(attrs={"placeholder": "gmail.com"})
    )
    por_minuto = forms.IntegerField(
        label="Mensagens por minuto", min_value=1, max_value=10_000, widget=forms.NumberInput()
    )

    def clean_dominio(self) -> str:
        dominio = self.cleaned_data["dominio"].strip().lower().lstrip("@")
        try:
            validate_domain_name(dominio)
        except ValidationError as erro:
            raise forms.ValidationError("Escreva só o domínio, como gmail.com.") from erro
        return str(dominio)


def _exigir(request: HttpRequest) -> None:
    if not administra_os_limites(request.user):
        raise PermissionDenied("Os limites de envio são de quem administra todas as empresas.")


@require_http_methods(["GET", "POST"])
@exige(Permissao.VER_MENSAGENS)
def limites(request: HttpRequest) -> HttpResponse:
    """A lista e o formulário; o domínio que já está nela muda de número."""
    _exigir(request)
    form = LimiteForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        limite = limitar(por=request.user, **form.cleaned_data)
        messages.success(request, f"{limite.dominio} recebe até {limite.por_minuto} por minuto.")
        return redirect("mensagens:limites")
    contexto: dict[str, Any] = {
        "form": form,
        "limites": LimiteDeEnvio.objects.all(),
        "lugar": "limites",
        "limita": True,
    }
    return render(request, "mensagens/limites.html", contexto, status=422 if form.errors else 200)


@require_POST
@exige(Permissao.VER_MENSAGENS)
def tirar(request: HttpRequest, pk: int) -> HttpResponse:
    _exigir(request)
    limite = get_object_or_404(LimiteDeEnvio, pk=pk)
    deixar_de_limitar(limite=limite, por=request.user)
    messages.success(request, f"{limite.dominio} já não tem limite.")
    return redirect("mensagens:limites")


urlpatterns = [
    path("limites/", limites, name="limites"),
    path("limites/<int:pk>/tirar/", tirar, name="limite_tirar"),
]
