"""Entrar, dar o segundo passo, sair e recuperar a senha."""

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from carteira import bloqueios, chaves_de_acesso, conhecidos, entrada
from carteira.contador import uma_vez
from carteira.origens import origem
from carteira.tasks import enviar_pendentes_task, tocar
from contas import fatores
from contas.auditoria import registrar
from contas.lembrados import esquecer
from contas.models import RegrasDeAcesso, Usuario
from contas.sessoes import encerrar_sessoes
from notificacoes.emails import nova_senha, nova_senha_de_ninguem
from notificacoes.seguranca import Fato, avisar

_ERROS_ATE_AVISAR = 3


class EntrarForm(AuthenticationForm):
    error_messages = {
        "invalid_login": "E-mail ou senha não conferem. Confira se a tecla de maiúsculas está ligada.",
        "inactive": "E-mail ou senha não conferem. Confira se a tecla de maiúsculas está ligada.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail"


class SenhaPedirForm(PasswordResetForm):
    """O pedido vira mensagem na caixa de saída; a resposta, e o tempo dela, são os mesmos para e-mail desconhecido."""

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        if not self.get_users(self.cleaned_data["email"]).exists():
            nova_senha_de_ninguem()
        tocar(enviar_pendentes_task)

    def send_mail(  # type: ignore[override]
        self,
        subject_template_name: str,
        email_template_name: str,
        context: dict[str, Any],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        nova_senha(pessoa=context["user"], uid=context["uid"], token=context["token"])

    def get_users(self, email: str) -> Any:
        return Usuario.objects.filter(email__iexact=email, is_active=True)


class Entrar(auth.LoginView):
    template_name = "contas/entrar.html"
    authentication_form = EntrarForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        """Antes de se olhar a senha: as tentativas contra esta pessoa, somadas as de todos os endereços."""
        nome = bloqueios.nome_de_entrada(request, None)
        if segundos := bloqueios.espera(request, nome):
            contexto = {"username": nome, "minutos": -(-segundos // 60)}
            recusa = render(request, "contas/bloqueado.html", contexto, status=429)
            recusa["Retry-After"] = str(segundos)
            return recusa
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: Any) -> HttpResponse:
        bloqueios.acertou(self.request, form.cleaned_data["username"])
        return entrada.primeiro_passo(self.request, form.get_user(), destino=self.get_redirect_url())

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        extras = {"chaves": chaves_de_acesso.possiveis(self.request), "de_fora": settings.OIDC}
        return super().get_context_data(**kwargs) | extras


# ── O segundo passo ──────────────────────────────────────────────────────────


class CodigoForm(forms.Form):
    codigo = forms.CharField(label="Código", max_length=20, strip=True)
    lembrar = forms.BooleanField(required=False)


@never_cache
@login_not_required
@sensitive_post_parameters("codigo")
def segundo_passo(request: HttpRequest) -> HttpResponse:
    """O código do aplicativo ou um de recuperação, ou a chave de acesso."""
    pendente = entrada.pendente(request)
    if pendente is None:
        return redirect("contas:entrar")
    if entrada.barrado(pendente.pessoa):
        return _barrado(request)
    form = CodigoForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        tentativas = entrada.tentou(pendente.pessoa)
        if tentativas > entrada.MAX_ERROS:
            return _barrado(request)
        fator = fatores.conferir_codigo(pendente.pessoa, form.cleaned_data["codigo"])
        if fator:
            return _segundo_passo_dado(request, pendente, fator, lembrar=form.cleaned_data["lembrar"])
        _codigo_errado(request, pendente.pessoa, tentativas)
        form.add_error("codigo", "O código não confere. Cada um serve uma vez: espere o próximo.")
    return _pagina_do_segundo_passo(request, pendente, form)


def _pagina_do_segundo_passo(
    request: HttpRequest, pendente: entrada.Pendente, form: CodigoForm
) -> HttpResponse:
    tem = fatores.de(pendente.pessoa)
    contexto = {
        "form": form,
        "tem": tem,
        "chaves": bool(tem.chaves) and chaves_de_acesso.possiveis(request),
        "lembrar_dias": RegrasDeAcesso.atuais().lembrar_dias,
    }
    return render(request, "contas/segundo_passo.html", contexto, status=422 if form.errors else 200)


def _segundo_passo_dado(
    request: HttpRequest, pendente: entrada.Pendente, fator: str, *, lembrar: bool
) -> HttpResponse:
    pessoa, como = pendente.pessoa, "código"
    if fator == fatores.RECUPERACAO:
        como = "código de recuperação"
        restam = fatores.de(pessoa).codigos_restantes
        avisar(pessoa, Fato.CODIGO_USADO, origem(request), detalhe=f"Restam {restam}.")
        tocar(enviar_pendentes_task)
        messages.warning(request, f"Você usou um código de recuperação. Restam {restam}.")
    return entrada.concluir(
        request, pessoa, destino=pendente.destino, com=f"{pendente.com} e {como}", lembrar=lembrar
    )


def _barrado(request: HttpRequest) -> HttpResponse:
    messages.error(request, "Foram muitos códigos errados. Espere 15 minutos e entre de novo.")
    return entrada.desistir(request)


def _codigo_errado(request: HttpRequest, pessoa: Usuario, erros: int) -> None:
    """Quem chegou até aqui sabe a senha: ao terceiro erro a dona dela fica sabendo."""
    if uma_vez(f"segundo-passo-errado:{pessoa.pk}", 60):
        registrar("segundo passo errado", por=None, objeto=pessoa.nome)
    if erros == _ERROS_ATE_AVISAR:
        avisar(pessoa, Fato.TENTATIVAS, origem(request))
        tocar(enviar_pendentes_task)


class Sair(auth.LogoutView):
    """Sair limpa o aparelho: nada do que se viu ou guardou fica para quem o pegar depois."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        resposta = super().post(request, *args, **kwargs)
        resposta["Clear-Site-Data"] = '"cache", "storage"'
        return resposta


# ── Senha ────────────────────────────────────────────────────────────────────


@method_decorator(login_not_required, name="dispatch")
class SenhaPedir(auth.PasswordResetView):
    template_name = "contas/senha_pedir.html"
    form_class = SenhaPedirForm
    success_url = reverse_lazy("contas:senha_enviada")


@method_decorator(login_not_required, name="dispatch")
class SenhaEnviada(auth.PasswordResetDoneView):
    template_name = "contas/senha_enviada.html"


@method_decorator(login_not_required, name="dispatch")
class SenhaDefinir(auth.PasswordResetConfirmView):
    """Serve também ao convite: quem define a primeira senha ganha acesso; as sessões antigas caem."""

    template_name = "contas/senha_definir.html"
    success_url = reverse_lazy("contas:senha_pronta")

    def get_user(self, uidb64: str) -> Any:
        """O enlace de quem perdeu o acesso já não define senha nenhuma."""
        pessoa = super().get_user(uidb64)
        return pessoa if pessoa and pessoa.is_active else None

    @transaction.atomic
    def form_valid(self, form: Any) -> Any:
        primeira = not form.user.has_usable_password()
        resposta = super().form_valid(form)
        encerrar_sessoes(form.user)
        esquecer(form.user)
        bloqueios.desbloquear(form.user, por=form.user)
        acao = "definir a primeira senha" if primeira else "definir outra senha"
        registrar(acao, por=form.user, objeto=form.user.nome)
        if not primeira:
            avisar(form.user, Fato.SENHA, origem(self.request))
            tocar(enviar_pendentes_task)
        conhecidos.conhecer(self.request, resposta, form.user)
        return resposta


@method_decorator(login_not_required, name="dispatch")
class SenhaPronta(auth.PasswordResetCompleteView):
    template_name = "contas/senha_pronta.html"


# ── Desbloqueio ──────────────────────────────────────────────────────────────


class DesbloqueioForm(forms.Form):
    email = forms.EmailField(label="E-mail")


@login_not_required
def pedir_desbloqueio(request: HttpRequest) -> HttpResponse:
    """A mesma resposta, haja ou não a pessoa, esteja ou não fechada a entrada dela."""
    form = DesbloqueioForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        bloqueios.pedir(form.cleaned_data["email"])
        tocar(enviar_pendentes_task)
        return render(request, "contas/desbloqueio_enviado.html")
    return render(request, "contas/desbloqueio.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
@login_not_required
def desbloquear(request: HttpRequest, token: str) -> HttpResponse:
    """Abrir o enlace não muda nada (leitores de e-mail os abrem sozinhos); o botão, sim."""
    if request.method == "POST" and (pessoa := bloqueios.usar(token)):
        messages.success(request, "A sua entrada está aberta de novo.")
        resposta = redirect("contas:entrar")
        conhecidos.conhecer(request, resposta, pessoa)
        return resposta
    vale = request.method != "POST" and bloqueios.de_quem(token) is not None
    return render(request, "contas/desbloquear.html", {"vale": vale}, status=200 if vale else 410)


urlpatterns = [
    path("entrar/", Entrar.as_view(), name="entrar"),
    path("entrar/codigo/", segundo_passo, name="segundo_passo"),
    path("desbloquear/", pedir_desbloqueio, name="pedir_desbloqueio"),
    path("desbloquear/<str:token>/", desbloquear, name="desbloquear"),
    path("sair/", Sair.as_view(), name="sair"),
    path("senha/", SenhaPedir.as_view(), name="senha_pedir"),
    path("senha/enviada/", SenhaEnviada.as_view(), name="senha_enviada"),
    path("senha/<uidb64>/<token>/", SenhaDefinir.as_view(), name="senha_definir"),
    path("senha/pronta/", SenhaPronta.as_view(), name="senha_pronta"),
]
