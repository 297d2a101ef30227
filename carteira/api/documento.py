"""O esquema OpenAPI e a página que o mostra, dos arquivos desta casa."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.views import SpectacularJSONAPIView

from carteira.api.permissoes import Decisao, SoComDecisao


class Documento(SpectacularJSONAPIView):
    """O OpenAPI 3.1 desta API, para quem entrou."""

    permission_classes = (SoComDecisao,)
    decisoes = {"get": Decisao(None)}


def docs(request: HttpRequest) -> HttpResponse:
    """A página em que se lê e se experimenta, com a sessão de quem entrou."""
    return render(request, "api/docs.html")
