"""Os tipos de lembrete, por quem administra os catálogos."""

from django import forms
from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_POST

from carteira.web.acesso import exige
from contas.papeis import Permissao
from notificacoes.models import TipoDeLembrete
from notificacoes.recados import RecadoRecusado
from notificacoes.tipos_de_lembrete import criar_tipo, por_em_uso


class TipoForm(forms.Form):
    nome = forms.CharField(label="Novo tipo", max_length=30)


@exige(Permissao.GERIR_CATALOGOS)
def tipos(request: HttpRequest) -> HttpResponse:
    """Os que há, com os usos de cada um, e o campo para mais um."""
    form = TipoForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            tipo = criar_tipo(nome=form.cleaned_data["nome"], por=request.user)
        except RecadoRecusado as erro:
            form.add_error("nome", str(erro))
        else:
            messages.success(request, f"Tipo “{tipo}” criado.")
            return redirect("recados:tipos")
    linhas = TipoDeLembrete.objects.annotate(usos=Count("recados")).order_by("-ativo", "nome")
    return render(
        request, "recados/tipos.html", {"form": form, "tipos": linhas}, status=422 if form.errors else 200
    )


@require_POST
@exige(Permissao.GERIR_CATALOGOS)
def uso(request: HttpRequest, pk: int) -> HttpResponse:
    tipo = get_object_or_404(TipoDeLembrete, pk=pk)
    ativo = request.POST.get("ativo") == "1"
    if por_em_uso(tipo=tipo, ativo=ativo, por=request.user):
        messages.success(request, f"“{tipo}” {'volta a ser escolhido' if ativo else 'sai da escolha'}.")
    return redirect("recados:tipos")


urlpatterns = [
    path("tipos/", tipos, name="tipos"),
    path("tipos/<int:pk>/uso/", uso, name="tipo_uso"),
]
