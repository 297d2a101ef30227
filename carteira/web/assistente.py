"""Primeiros passos de uma instalação de verdade, e a saída da demonstração que leva a eles."""

import smtplib
import socket
import ssl
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.crypto import get_random_string
from django.views.decorators.debug import sensitive_post_parameters

from carteira.codigo_inicial import confere, demais
from carteira.demo.saida import NaoEDemonstracao, sair
from carteira.web.acesso import exige
from carteira.web.formularios_de_pessoa import regras_da_senha
from contas.models import Instalacao, Usuario
from contas.papeis import Permissao, pode
from contas.pessoas import Recusada
from contas.primeiros_passos import (
    concluir,
    criar_primeiro_admin,
    instalacao_sem_ninguem,
    nomear_empresa,
    primeira_empresa,
)
from notificacoes.emails import teste_de_servidor
from notificacoes.servidor import ServidorInvalido, endereco_guardado, experimentar, guardar

ETAPAS = ["Empresa", "Administrador", "E-mail", "Dados"]
FRASE = "SAIR DA DEMONSTRAÇÃO"
_PASSE = "codigo_inicial"
_SEGURANCAS = [
    ("tls", "STARTTLS (porta 587)"),
    ("ssl", "SSL/TLS (porta 465)"),
    ("nenhuma", "Nenhuma (rede interna)"),
]
_ESQUEMAS = {"tls": "smtp+tls", "ssl": "smtp+ssl", "nenhuma": "smtp"}

_MOTIVOS: tuple[tuple[type[Exception], str], ...] = (
    (ConnectionRefusedError, "Ninguém atende nessa porta do servidor. Confira a porta e a segurança."),
    (socket.gaierror, "Não existe servidor com esse nome. Confira o endereço."),
    (TimeoutError, "O servidor não respondeu a tempo. Confira a porta e se a rede permite a saída."),
    (ssl.SSLError, "O servidor não fala com essa segurança nessa porta. Tente a outra."),
    (smtplib.SMTPAuthenticationError, "O servidor recusou o usuário ou a senha."),
)

Pagina = Callable[..., HttpResponse]


# ── Formulários ──────────────────────────────────────────────────────────────


class CodigoForm(forms.Form):
    codigo = forms.CharField(label="Código", max_length=40)


class EmpresaForm(forms.Form):
    nome = forms.CharField(label="Nome da empresa", max_length=120)
    codigo = forms.CharField(
        label="Código", max_length=20, help_text="O da filial no seu ERP; com uma empresa só, 1 serve."
    )


class AdministradorForm(forms.Form):
    nome = forms.CharField(label="Seu nome", max_length=120)
    email = forms.EmailField(label="E-mail", help_text="É com ele que você entra.")
    senha = forms.CharField(label="Senha", widget=forms.PasswordInput, strip=False)
    repetida = forms.CharField(label="Repita a senha", widget=forms.PasswordInput, strip=False)

    def clean(self) -> dict[str, Any]:
        dados: dict[str, Any] = super().clean() or {}
        if dados.get("senha") and dados.get("repetida") and dados["senha"] != dados["repetida"]:
            self.add_error("repetida", "As duas senhas não são iguais.")
        if dados.get("senha"):
            try:
                validate_password(
                    dados["senha"], Usuario(email=dados.get("email", ""), nome=dados.get("nome", ""))
                )
            except ValidationError as erro:
                self.add_error("senha", erro)
        return dados


class ServidorForm(forms.Form):
    servidor = forms.CharField(label="Servidor SMTP", max_length=200)
    porta = forms.IntegerField(label="Porta", min_value=1, max_value=65535, initial=587)
    seguranca = forms.ChoiceField(
        label="Segurança", choices=_SEGURANCAS, widget=forms.RadioSelect, initial="tls"
    )
    usuario = forms.CharField(label="Usuário", max_length=200, required=False)
    senha = forms.CharField(label="Senha", widget=forms.PasswordInput, required=False, strip=False)
    remetente = forms.EmailField(label="Remetente", help_text="Aparece como quem envia os resumos.")

    def clean_servidor(self) -> str:
        servidor = self.cleaned_data["servidor"].strip().lower()
        if not all(parte.replace("-", "").isalnum() for parte in servidor.split(".")):
            raise forms.ValidationError("Escreva só o nome do servidor, como smtp.suaempresa.com.br.")
        return servidor

    def endereco(self) -> str:
        """O endereço inteiro, com usuário e senha escapados."""
        dados = self.cleaned_data
        credencial = ""
        if dados["usuario"]:
            credencial = f"{quote(dados['usuario'], safe='')}:{quote(dados['senha'], safe='')}@"
        return f"{_ESQUEMAS[dados['seguranca']]}://{credencial}{dados['servidor']}:{dados['porta']}"

    def remetente_completo(self) -> str:
        return f"Carteira <{self.cleaned_data['remetente']}>"


# ── Quem pode estar aqui ─────────────────────────────────────────────────────


def _em_andamento(request: HttpRequest) -> bool:
    """O administrador recém-criado ainda está nos passos."""
    return (
        pode(request.user, Permissao.ADMINISTRAR_INSTALACAO) and not Instalacao.atual().assistente_concluido
    )


def _passo(pagina: Pagina) -> Pagina:
    """Aberto a quem mostrou o código enquanto não há ninguém, depois só ao administrador; senão, à porta."""

    @login_not_required
    def conferida(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if instalacao_sem_ninguem():
            if not request.session.get(_PASSE):
                return redirect("assistente:inicio")
        elif not _em_andamento(request):
            return redirect("inicio")
        return pagina(request, *args, **kwargs)

    return conferida


def _mostrar(
    request: HttpRequest, modelo: str, atual: int, form: forms.Form | None = None, **mais: Any
) -> HttpResponse:
    contexto = {"etapas": ETAPAS, "atual": atual, "form": form, **mais}
    return render(request, f"assistente/{modelo}.html", contexto, status=422 if form and form.errors else 200)


# ── Passos ───────────────────────────────────────────────────────────────────


@login_not_required
def inicio(request: HttpRequest) -> HttpResponse:
    """Pede o código; quem já o mostrou segue de onde parou."""
    if not instalacao_sem_ninguem():
        return redirect("assistente:email" if _em_andamento(request) else "inicio")
    if request.session.get(_PASSE):
        return redirect("assistente:empresa")
    form = CodigoForm(
        request.POST if request.method == "POST" else None, initial={"codigo": request.GET.get("codigo", "")}
    )
    if demais():
        return render(request, "assistente/codigo.html", {"form": CodigoForm(), "pausa": True}, status=429)
    if request.method == "POST" and form.is_valid():
        if confere(form.cleaned_data["codigo"]):
            request.session.cycle_key()
            request.session[_PASSE] = True
            return redirect("assistente:empresa")
        form.add_error(
            "codigo",
            "Este não é o código desta instalação. Ele está no terminal em que o Carteira foi ligado.",
        )
    return render(request, "assistente/codigo.html", {"form": form}, status=422 if form.errors else 200)


@_passo
def empresa(request: HttpRequest) -> HttpResponse:
    atual = primeira_empresa()
    nome = "" if atual.nome == "Minha empresa" else atual.nome
    form = EmpresaForm(
        request.POST if request.method == "POST" else None, initial={"nome": nome, "codigo": atual.codigo}
    )
    if request.method == "POST" and form.is_valid():
        try:
            nomear_empresa(por=request.user if request.user.is_authenticated else None, **form.cleaned_data)
        except Recusada as recusa:
            form.add_error("codigo", str(recusa))
        else:
            return redirect("assistente:administrador")
    return _mostrar(request, "empresa", 1, form)


@sensitive_post_parameters("senha", "repetida")
@_passo
def administrador(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return _mostrar(request, "administrador", 2, pronto=True)
    form = AdministradorForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        dados = form.cleaned_data
        try:
            pessoa = criar_primeiro_admin(nome=dados["nome"], email=dados["email"], senha=dados["senha"])
        except Recusada as recusa:
            messages.error(request, str(recusa))
            return redirect("contas:entrar")
        request.session.flush()
        login(request, pessoa, backend="django.contrib.auth.backends.ModelBackend")
        return redirect("assistente:email")
    return _mostrar(request, "administrador", 2, form, regras=regras_da_senha())


@sensitive_post_parameters("senha")
@exige(Permissao.ADMINISTRAR_INSTALACAO)
def email(request: HttpRequest) -> HttpResponse:
    """Testar conecta, guarda e manda uma mensagem; deixar para depois é só seguir adiante."""
    if Instalacao.atual().assistente_concluido:
        return redirect("inicio")
    iniciais = {"remetente": request.user.email}
    form = ServidorForm(request.POST if request.method == "POST" else None, initial=iniciais)
    if request.method == "POST" and form.is_valid() and _guardar_servidor(request, form):
        testou = request.POST.get("acao") == "testar"
        return redirect("assistente:email" if testou else "assistente:dados")
    return _mostrar(
        request, "email", 3, form, do_ambiente=bool(settings.EMAIL_URL), guardado=bool(endereco_guardado())
    )


def _guardar_servidor(request: HttpRequest, form: ServidorForm) -> bool:
    testar = request.POST.get("acao") == "testar"
    try:
        if testar:
            experimentar(form.endereco())
        guardar(endereco=form.endereco(), remetente=form.remetente_completo(), por=request.user)
    except ServidorInvalido as erro:
        form.add_error(None, _motivo(erro))
        return False
    if testar:
        teste_de_servidor(pessoa=request.user, chave=get_random_string(8))
        messages.success(
            request, f"O servidor aceitou. Uma mensagem de teste segue para {request.user.email}."
        )
    return True


def _motivo(erro: ServidorInvalido) -> str:
    """A falha mais comum de cada tipo, na língua de quem preenche."""
    causa = erro.__cause__
    for tipo, frase in _MOTIVOS:
        if isinstance(causa, tipo):
            return frase
    return str(erro)


@exige(Permissao.ADMINISTRAR_INSTALACAO)
def dados(request: HttpRequest) -> HttpResponse:
    if Instalacao.atual().assistente_concluido:
        return redirect("inicio")
    if request.method == "POST":
        concluir(por=request.user)
        return redirect("importacao:enviar" if request.POST.get("acao") == "importar" else "inicio")
    return _mostrar(request, "dados", 4)


# ── Saída da demonstração ────────────────────────────────────────────────────


class SairForm(forms.Form):
    frase = forms.CharField(label="Escreva a frase acima", max_length=40)

    def clean_frase(self) -> str:
        frase: str = self.cleaned_data["frase"]
        if " ".join(frase.upper().split()) != FRASE:
            raise forms.ValidationError(f"Escreva exatamente: {FRASE}")
        return frase


@exige(Permissao.ADMINISTRAR_INSTALACAO)
def sair_da_demo(request: HttpRequest) -> HttpResponse:
    """Sem demonstração não há esta página. Quem sai já provou quem é: segue aos passos sem o código."""
    if not Instalacao.atual().demo:
        raise Http404
    form = SairForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            sair(por=request.user)
        except NaoEDemonstracao as erro:
            raise Http404 from erro
        except OperationalError:
            form.add_error(None, "Uma rotina está usando os dados neste momento. Tente de novo em um minuto.")
        else:
            logout(request)
            request.session[_PASSE] = True
            return redirect("assistente:empresa")
    return render(
        request,
        "assistente/sair_da_demo.html",
        {"form": form, "frase": FRASE},
        status=422 if form.errors else 200,
    )


urlpatterns = [
    path("comecar/", inicio, name="inicio"),
    path("comecar/empresa/", empresa, name="empresa"),
    path("comecar/administrador/", administrador, name="administrador"),
    path("comecar/email/", email, name="email"),
    path("comecar/dados/", dados, name="dados"),
    path("demonstracao/sair/", sair_da_demo, name="sair_da_demo"),
]
