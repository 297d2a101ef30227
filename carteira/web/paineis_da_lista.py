"""Os painéis que a lista abre e a ficha já traz na página: a agenda e os dados do cliente. E a ajuda das colunas."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from carteira import colunas
from carteira.referencias import Referencias
from carteira.web.acesso import exige
from carteira.web.ficha import comum, indicadores_de, linha_de
from carteira.web.paineis import modelo_do_painel
from contas.papeis import Permissao


def _painel(request: HttpRequest, pk: int, painel: str, titulo: str) -> HttpResponse:
    ind = indicadores_de(request, pk)
    linha = linha_de(ind, Referencias.de(request.user))
    contexto: dict[str, Any] = comum(request, linha) | {
        "abertos": list(ind.cliente.abertos),
        "devolvido": abs(ind.devolvido_12m),
        "painel": painel,
        "titulo": titulo,
        "inteiro": not request.htmx,
    }
    return render(request, modelo_do_painel(request, painel), contexto)


@exige(Permissao.VER_CLIENTES)
def agenda(request: HttpRequest, pk: int) -> HttpResponse:
    """O que está combinado com o cliente."""
    return _painel(request, pk, "clientes/_agenda_do_cliente.html", "Agenda")


@exige(Permissao.VER_CLIENTES)
def dados(request: HttpRequest, pk: int) -> HttpResponse:
    """O cadastro, com o que falta nele à vista."""
    return _painel(request, pk, "clientes/_dados.html", "Dados")


@exige(Permissao.VER_CLIENTES)
def ajuda_das_colunas(request: HttpRequest) -> HttpResponse:
    """O que cada coluna diz, a abreviatura dela e se serve para ordenar."""
    visiveis = [colunas.NOME, *colunas.visiveis_a(request.user)]
    grupos = [(grupo, [c for c in visiveis if c.grupo == grupo]) for grupo in ("Cliente", *colunas.GRUPOS)]
    modelo = "clientes/ajuda_das_colunas_dialogo.html" if request.htmx else "clientes/ajuda_das_colunas.html"
    return render(request, modelo, {"grupos": grupos})


urlpatterns = [
    path("colunas/", ajuda_das_colunas, name="ajuda_das_colunas"),
    path("<int:pk>/agenda/", agenda, name="agenda"),
    path("<int:pk>/dados/", dados, name="dados"),
]
