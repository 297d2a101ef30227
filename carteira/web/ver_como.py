"""Ver como o vendedor: entrar, sair, e a fila dele em leitura."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from atividade.fila import fila_de_hoje
from carteira.referencias import Referencias
from carteira.ver_como import comecar, terminar
from carteira.web.acesso import exige
from carteira.web.fila import cartao
from contas.alcada import vendedores_da_alcada
from contas.papeis import Permissao


@require_POST
@exige(Permissao.VER_COMO)
def entrar(request: HttpRequest, pk: int) -> HttpResponse:
    """Só um vendedor da alçada; fora dela é como se não existisse."""
    vendedor = get_object_or_404(vendedores_da_alcada(request.user), pk=pk)
    comecar(request.session, por=request.user, vendedor=vendedor)
    return redirect("clientes:lista")


@require_POST
def sair(request: HttpRequest) -> HttpResponse:
    """De volta a si mesmo; sair duas vezes é o mesmo que uma."""
    terminar(request.session, por=request.user, motivo="saiu")
    messages.success(request, "Você voltou a ver o Carteira como você.")
    return redirect("painel:painel")


@require_safe
def fila(request: HttpRequest) -> HttpResponse:
    """A fila de hoje do vendedor, com os motivos; nada se reserva, nada se registra."""
    if request.user.olhado_por is None:
        return redirect("inicio")
    referencias = Referencias.de(request.user)
    dias = {pk: referencias.da_empresa(pk) for pk in referencias.empresas}
    achada = fila_de_hoje(pessoa=request.user, referencias=dias, hoje=referencias.hoje)
    contexto = {"fila_vista": achada, "cartoes": [cartao(item, referencias) for item in achada.itens]}
    return render(request, "ver_como/fila.html", contexto)


urlpatterns = [
    path("<int:pk>/entrar/", entrar, name="entrar"),
    path("sair/", sair, name="sair"),
    path("fila/", fila, name="fila"),
]
