"""Roteiros por faixa: o gestor escreve os das suas equipes; o administrador de tudo, os da instalação."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path, reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from carteira.ids import id_de
from carteira.web.acesso import exige
from carteira.web.formularios_de_mensagem import RoteiroForm
from carteira.web.niveis import administra_tudo
from clientes.models import FaixaDoRoteiro
from clientes.roteiros import roteiros_de, salvar_roteiro, voltar_ao_da_instalacao
from clientes.variaveis import VARIAVEIS
from contas.models import Equipe, Papel, Usuario
from contas.papeis import Permissao

# A faixa na linguagem das formas: a que status ela pertence.
GLIFO = {
    FaixaDoRoteiro.PROSPECT: "prospect",
    FaixaDoRoteiro.NOVO: "ativo",
    FaixaDoRoteiro.ATIVO: "ativo",
    FaixaDoRoteiro.RECUPERADO: "ativo",
    FaixaDoRoteiro.QUASE_INATIVO: "quase_inativo",
    FaixaDoRoteiro.INATIVO_RECENTE: "inativo",
    FaixaDoRoteiro.INATIVO_ANTIGO: "inativo",
}


def equipes_de(usuario: Usuario) -> list[Equipe]:
    """As que a pessoa gere; o administrador escreve só os da instalação."""
    return list(usuario.equipes_geridas.all()) if usuario.papel == Papel.GESTOR else []


def _equipe(request: HttpRequest) -> Equipe | None:
    """A da URL, ou a primeira do gestor; equipe alheia não existe. Nula é a instalação."""
    if request.user.papel != Papel.GESTOR:
        return None
    minhas = request.user.equipes_geridas.all()
    pedida = request.GET.get("equipe", "")
    if pedida:
        return get_object_or_404(minhas, pk=id_de(pedida) or 0)
    return minhas.first()


def _pode_escrever(request: HttpRequest, equipe: Equipe | None) -> bool:
    """O da instalação alcança todas as empresas: só quem tem todas o muda."""
    return equipe is not None or (request.user.papel == Papel.ADMIN and administra_tudo(request.user))


def _endereco(rota: str, equipe: Equipe | None, *partes: str) -> str:
    consulta = f"?{urlencode({'equipe': equipe.pk})}" if equipe else ""
    return f"{reverse(rota, args=partes)}{consulta}"


@require_safe
@exige(Permissao.EDITAR_ROTEIROS)
def lista(request: HttpRequest) -> HttpResponse:
    equipe = _equipe(request)
    valem = roteiros_de(equipe)
    contexto = {
        "equipe": equipe,
        "equipes": [
            {"nome": e.nome, "url": _endereco("roteiros:lista", e), "atual": e == equipe}
            for e in equipes_de(request.user)
        ],
        "pode_escrever": _pode_escrever(request, equipe),
        "faixas": [
            {
                "faixa": faixa,
                "glifo": GLIFO[faixa],
                "roteiro": valem.get(faixa),
                "propria": bool(valem.get(faixa) and valem[faixa].equipe_id),
                "editar": _endereco("roteiros:editar", equipe, faixa),
                "voltar": _endereco("roteiros:voltar", equipe, faixa),
            }
            for faixa in FaixaDoRoteiro
        ],
    }
    return render(request, "roteiros/lista.html", contexto)


def _faixa(texto: str) -> FaixaDoRoteiro:
    try:
        return FaixaDoRoteiro(texto)
    except ValueError as erro:
        raise Http404 from erro


@require_http_methods(["GET", "POST"])
@exige(Permissao.EDITAR_ROTEIROS)
def editar(request: HttpRequest, faixa: str) -> HttpResponse:
    """O texto e, ao lado, como o atendente o vê."""
    escolhida, equipe = _faixa(faixa), _equipe(request)
    if not _pode_escrever(request, equipe):
        raise PermissionDenied("Os roteiros da instalação são de quem administra todas as empresas.")
    atual = roteiros_de(equipe).get(escolhida)
    form = RoteiroForm(request.POST or None, initial={"texto": atual.texto if atual else ""})
    if request.method == "POST" and form.is_valid():
        mudou = salvar_roteiro(
            faixa=escolhida, texto=form.cleaned_data["texto"], por=request.user, equipe=equipe
        )
        messages.success(request, f"Roteiro de {escolhida.label.lower()} salvo." if mudou else "Nada mudou.")
        return redirect(_endereco("roteiros:lista", equipe))
    contexto: dict[str, Any] = {
        "faixa": escolhida,
        "glifo": GLIFO[escolhida],
        "equipe": equipe,
        "form": form,
        "variaveis": {nome: explicacao for nome, (explicacao, _) in VARIAVEIS.items()},
        "voltar": _endereco("roteiros:lista", equipe),
    }
    return render(request, "roteiros/editar.html", contexto, status=422 if form.is_bound else 200)


@require_POST
@exige(Permissao.EDITAR_ROTEIROS)
def voltar(request: HttpRequest, faixa: str) -> HttpResponse:
    """Apaga o próprio da equipe: vale de novo o da instalação."""
    escolhida, equipe = _faixa(faixa), _equipe(request)
    if equipe is None:
        raise PermissionDenied("Só o roteiro de uma equipe volta ao da instalação.")
    voltou = voltar_ao_da_instalacao(faixa=escolhida, equipe=equipe, por=request.user)
    texto = f"{escolhida.label}: vale de novo o roteiro da instalação." if voltou else "Nada mudou."
    messages.success(request, texto)
    return redirect(_endereco("roteiros:lista", equipe))


urlpatterns = [
    path("", lista, name="lista"),
    path("<slug:faixa>/", editar, name="editar"),
    path("<slug:faixa>/voltar/", voltar, name="voltar"),
]
