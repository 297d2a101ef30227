"""Desfazer uma importação: a prévia com o que some, o que volta e o que fica, e a confirmação digitada."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from carteira import importacoes
from carteira.web.acesso import exige
from clientes.importacao.desfazer import por_que_nao, prever
from clientes.models import EstadoDaImportacao
from contas.papeis import Permissao

PALAVRA = "desfazer"


@exige(Permissao.IMPORTAR)
@require_http_methods(["GET", "POST"])
def desfazer(request: HttpRequest, pk: int) -> HttpResponse:
    importacao = get_object_or_404(importacoes.visiveis_para(request.user), pk=pk)
    if importacao.estado != EstadoDaImportacao.APLICADA:
        return redirect("importacao:abrir", pk)
    if motivo := por_que_nao(importacao, agora=timezone.now()):
        messages.error(request, motivo)
        return redirect("importacao:pronto", pk)
    errou = False
    if request.method == "POST":
        if request.POST.get("confirmacao", "").strip().casefold() == PALAVRA:
            importacoes.pedir(importacao, EstadoDaImportacao.DESFAZENDO, desfazer_por=request.user.pk)
            return redirect("importacao:pronto", pk)
        errou = True
    return render(
        request,
        "importacao/desfazer.html",
        {
            "importacao": importacao,
            "efeito": prever(importacao),
            "palavra": PALAVRA,
            "erro": f"Digite {PALAVRA} para confirmar." if errou else "",
        },
        status=422 if errou else 200,
    )


urlpatterns = [path("<int:pk>/desfazer/", desfazer, name="desfazer")]
