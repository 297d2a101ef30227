"""De quem o cliente já foi: a linha do tempo da posse, com o motivo e a transferência de cada troca."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils import timezone

from carteira.web.acesso import cliente_visivel, exige
from contas.papeis import Permissao, pode


@exige(Permissao.VER_CLIENTES)
def donos(request: HttpRequest, pk: int) -> HttpResponse:
    """Diálogo na ficha, página sem JavaScript; o mais novo primeiro."""
    cliente = cliente_visivel(request, pk)
    periodos = cliente.periodos.select_related("vendedor", "equipe", "por", "transferencia")
    contexto = {
        "cliente": cliente,
        "periodos": periodos.order_by("-periodo"),
        "hoje": timezone.localdate(),
        "ve_lotes": pode(request.user, Permissao.VER_CARTEIRAS),
    }
    modelo = "carteiras/donos_dialogo.html" if request.htmx else "carteiras/donos.html"
    return render(request, modelo, contexto)


urlpatterns = [path("<int:pk>/donos/", donos, name="donos")]
