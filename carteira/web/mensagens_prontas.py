"""As mensagens prontas da casa: criar, mudar, tirar de uso. O que já saiu não muda com elas."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from carteira.web.acesso import exige
from carteira.web.formularios_de_mensagem import ModeloForm
from carteira.web.niveis import administra_tudo
from clientes.mensagens_prontas import CAMPOS, por_em_uso, salvar_modelo
from clientes.models import CanalDoModelo, ModeloDeMensagem
from clientes.variaveis import VARIAVEIS, preencher
from contas.papeis import Permissao

# Como a prévia fica para um cliente inventado: quem escreve vê a frase inteira, e não chaves.
EXEMPLO = {
    "pessoa": "Márcia",
    "nome_fantasia": "Lambert & Cia.",
    "razao_social": "Lambert Ferragens Ltda",
    "vendedor": "Tatiane Reis",
    "empresa": "Ferragens Aliança",
    "dias_sem_comprar": "51",
    "ultimo_pedido": "30/09/2026",
    "ciclo": "32",
    "mais_comprado": "Parafuso sextavado 3/8",
    "cidade": "Blumenau",
}


def _exigir_tudo(request: HttpRequest) -> None:
    if not administra_tudo(request.user):
        raise PermissionDenied("As mensagens prontas são de quem administra todas as empresas.")


@require_safe
@exige(Permissao.EDITAR_MENSAGENS_PRONTAS)
def lista(request: HttpRequest) -> HttpResponse:
    modelos = list(ModeloDeMensagem.objects.all())
    contexto = {
        "pode_escrever": administra_tudo(request.user),
        "grupos": [
            {"canal": canal, "modelos": [m for m in modelos if m.canal == canal]} for canal in CanalDoModelo
        ],
    }
    return render(request, "mensagens/prontas.html", contexto)


@require_http_methods(["GET", "POST"])
@exige(Permissao.EDITAR_MENSAGENS_PRONTAS)
def nova(request: HttpRequest) -> HttpResponse:
    _exigir_tudo(request)
    pedido = request.GET.get("canal")
    return _escrever(request, None, {"canal": pedido} if pedido in CanalDoModelo.values else {})


@require_http_methods(["GET", "POST"])
@exige(Permissao.EDITAR_MENSAGENS_PRONTAS)
def editar(request: HttpRequest, pk: int) -> HttpResponse:
    _exigir_tudo(request)
    modelo = get_object_or_404(ModeloDeMensagem, pk=pk)
    return _escrever(request, modelo, {campo: getattr(modelo, campo) for campo in CAMPOS})


def _escrever(
    request: HttpRequest, modelo: ModeloDeMensagem | None, iniciais: dict[str, Any]
) -> HttpResponse:
    form = ModeloForm(request.POST or None, modelo=modelo, initial=iniciais)
    if request.method == "POST" and form.is_valid():
        salvo, mudou = salvar_modelo(por=request.user, modelo=modelo, **form.cleaned_data)
        messages.success(request, f"Mensagem “{salvo}” salva." if mudou else "Nada mudou.")
        return redirect("mensagens:prontas")
    canal = modelo.canal if modelo else form["canal"].value()
    contexto = {
        "form": form,
        "modelo": modelo,
        "e_email": canal == CanalDoModelo.EMAIL,
        "variaveis": {nome: explicacao for nome, (explicacao, _) in VARIAVEIS.items()},
        "exemplo": {
            "assunto": preencher(form["assunto"].value() or "", EXEMPLO),
            "corpo": preencher(form["corpo"].value() or "", EXEMPLO),
        },
        "valores": EXEMPLO,
    }
    return render(request, "mensagens/pronta.html", contexto, status=422 if form.is_bound else 200)


@require_POST
@exige(Permissao.EDITAR_MENSAGENS_PRONTAS)
def uso(request: HttpRequest, pk: int) -> HttpResponse:
    """Tira da lista de escolha ou devolve; o próprio botão desfaz."""
    _exigir_tudo(request)
    modelo = get_object_or_404(ModeloDeMensagem, pk=pk)
    ativa = request.POST.get("ativa") == "sim"
    por_em_uso(modelo=modelo, ativa=ativa, por=request.user)
    messages.success(request, f"“{modelo}” {'voltou a ser usada' if ativa else 'saiu de uso'}.")
    return redirect("mensagens:prontas")


urlpatterns = [
    path("prontas/", lista, name="prontas"),
    path("prontas/nova/", nova, name="pronta_nova"),
    path("prontas/<int:pk>/", editar, name="pronta"),
    path("prontas/<int:pk>/uso/", uso, name="pronta_uso"),
]
