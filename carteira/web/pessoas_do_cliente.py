"""As pessoas com quem se fala no cliente: ver, acrescentar, editar, inativar e chamar no WhatsApp."""

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from carteira.web.acesso import cliente_visivel, exige
from carteira.web.contatos import formulario
from carteira.web.formularios_da_ficha import PessoaForm
from carteira.web.paineis import gravado, mostrar
from carteira.web.uma_por_vez import uma_por_vez
from carteira.web.whatsapp import numero_da_pessoa
from clientes import pessoas
from clientes.canais import escondidos_de
from clientes.models import CanalDeContato, Cliente, PessoaDeContato
from clientes.relacionamento import registrar_whatsapp
from contas.papeis import Permissao


@exige(Permissao.VER_CLIENTES)
def pessoas_do_cliente(request: HttpRequest, pk: int) -> HttpResponse:
    cliente = cliente_visivel(request, pk)
    todas = list(PessoaDeContato.objects.filter(cliente=cliente))
    for pessoa in todas:
        pessoa.cliente = cliente  # o que o cliente não quer vale para cada pessoa dele
        pessoa.recusados = [CanalDeContato(canal).label.lower() for canal in pessoa.nao_contatar]
    ativas, inativas = ([p for p in todas if p.ativa == ativa] for ativa in (True, False))
    return mostrar(request, cliente, "pessoas", "Pessoas", pessoas=ativas, inativas=inativas)


def _do_cliente(cliente: Cliente, pk: int) -> PessoaDeContato:
    pessoa: PessoaDeContato = get_object_or_404(PessoaDeContato.objects.filter(cliente=cliente), pk=pk)
    pessoa.cliente = cliente
    return pessoa


@exige(Permissao.REGISTRAR_CONTATO)
def nova(request: HttpRequest, pk: int) -> HttpResponse:
    cliente = cliente_visivel(request, pk)
    form = PessoaForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and (feita := _salvar(request, cliente, form)):
        return gravado(request, cliente, f"{feita} entrou nas pessoas.", "pessoaMudou", "pessoas")
    return formulario(request, cliente, form, titulo="Nova pessoa", rotulo="Acrescentar")


@exige(Permissao.REGISTRAR_CONTATO)
@uma_por_vez(Cliente, sem_chave=True)
def editar(request: HttpRequest, pk: int, pessoa_pk: int) -> HttpResponse:
    cliente = cliente_visivel(request, pk)
    pessoa = _do_cliente(cliente, pessoa_pk)
    escondidos = escondidos_de(request.user, cliente, pessoa)
    form = PessoaForm(request.POST or None, pessoa=pessoa, escondidos=escondidos)
    if request.method == "POST" and form.is_valid() and _salvar(request, cliente, form, pessoa):
        return gravado(request, cliente, "Pessoa salva.", "pessoaMudou", "pessoas")
    return formulario(request, cliente, form, titulo=pessoa.nome, rotulo="Salvar")


def _salvar(
    request: HttpRequest, cliente: Cliente, form: PessoaForm, pessoa: PessoaDeContato | None = None
) -> PessoaDeContato | None:
    """Grava; recusada, a mensagem volta no formulário."""
    campos: dict[str, Any] = form.mudancas() if pessoa else form.cleaned_data
    try:
        return pessoas.salvar(cliente=cliente, por=request.user, pessoa=pessoa, **campos)[0]
    except pessoas.PessoaInvalida as erro:
        form.add_error("nome", str(erro))
        return None


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def inativar(request: HttpRequest, pk: int, pessoa_pk: int) -> HttpResponse:
    cliente = cliente_visivel(request, pk)
    pessoa = _do_cliente(cliente, pessoa_pk)
    pessoas.inativar(pessoa=pessoa, por=request.user)
    return gravado(
        request,
        cliente,
        f"{pessoa} está inativa e fica na história.",
        "pessoaMudou",
        "pessoas",
        desfazer=reverse("clientes:pessoa_reativar", args=[pk, pessoa_pk]),
    )


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def reativar(request: HttpRequest, pk: int, pessoa_pk: int) -> HttpResponse:
    cliente = cliente_visivel(request, pk)
    pessoa = _do_cliente(cliente, pessoa_pk)
    pessoas.reativar(pessoa=pessoa, por=request.user)
    return gravado(request, cliente, f"{pessoa} voltou às pessoas.", "pessoaMudou", "pessoas")


@require_POST
@exige(Permissao.REGISTRAR_CONTATO)
def whatsapp(request: HttpRequest, pk: int, pessoa_pk: int) -> HttpResponse:
    """Anota a tentativa e leva à conversa com a pessoa, se ela e o cliente aceitam o canal."""
    cliente = cliente_visivel(request, pk)
    numero = numero_da_pessoa(_do_cliente(cliente, pessoa_pk))
    if not numero:
        raise PermissionDenied
    registrar_whatsapp(cliente=cliente, chave=uuid.uuid4(), por=request.user)
    return render(
        request, "clientes/whatsapp.html", {"cliente": cliente, "endereco": f"https://wa.me/{numero}"}
    )


urlpatterns = [
    path("<int:pk>/pessoas/", pessoas_do_cliente, name="pessoas"),
    path("<int:pk>/pessoas/nova/", nova, name="pessoa_nova"),
    path("<int:pk>/pessoas/<int:pessoa_pk>/", editar, name="pessoa"),
    path("<int:pk>/pessoas/<int:pessoa_pk>/inativar/", inativar, name="pessoa_inativar"),
    path("<int:pk>/pessoas/<int:pessoa_pk>/reativar/", reativar, name="pessoa_reativar"),
    path("<int:pk>/pessoas/<int:pessoa_pk>/whatsapp/", whatsapp, name="pessoa_whatsapp"),
]
