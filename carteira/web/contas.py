"""Entrar, sair e recuperar a senha."""

from typing import Any

from django.contrib.auth import views as auth
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import AuthenticationForm, PasswordResetForm
from django.http import HttpRequest
from django.urls import path, reverse_lazy
from django.utils.decorators import method_decorator

from carteira.tasks import enviar_pendentes_task, tocar
from contas.models import Usuario
from contas.sessoes import encerrar_sessoes
from notificacoes.emails import nova_senha


class EntrarForm(AuthenticationForm):
    error_messages = {
        "invalid_login": "E-mail ou senha não conferem. Confira se a tecla de maiúsculas está ligada.",
        "inactive": "E-mail ou senha não conferem. Confira se a tecla de maiúsculas está ligada.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail"


class SenhaPedirForm(PasswordResetForm):
    """O pedido vira mensagem na caixa de saída; a resposta é a mesma para e-mail desconhecido."""

    def send_mail(  # type: ignore[override]
        self,
        subject_template_name: str,
        email_template_name: str,
        context: dict[str, Any],
        *args: Any,
        **kwargs: Any,
    ) -> None:
        nova_senha(pessoa=context["user"], uid=context["uid"], token=context["token"])
        tocar(enviar_pendentes_task)

    def get_users(self, email: str) -> Any:
        return Usuario.objects.filter(email__iexact=email, is_active=True)


class Entrar(auth.LoginView):
    template_name = "contas/entrar.html"
    authentication_form = EntrarForm
    redirect_authenticated_user = True


class Sair(auth.LogoutView):
    """Sair limpa o aparelho: nada do que se viu ou guardou fica para quem o pegar depois."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        resposta = super().post(request, *args, **kwargs)
        resposta["Clear-Site-Data"] = '"cache", "storage"'
        return resposta


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

    def form_valid(self, form: Any) -> Any:
        resposta = super().form_valid(form)
        encerrar_sessoes(form.user)
        return resposta


@method_decorator(login_not_required, name="dispatch")
class SenhaPronta(auth.PasswordResetCompleteView):
    template_name = "contas/senha_pronta.html"


urlpatterns = [
    path("entrar/", Entrar.as_view(), name="entrar"),
    path("sair/", Sair.as_view(), name="sair"),
    path("senha/", SenhaPedir.as_view(), name="senha_pedir"),
    path("senha/enviada/", SenhaEnviada.as_view(), name="senha_enviada"),
    path("senha/<uidb64>/<token>/", SenhaDefinir.as_view(), name="senha_definir"),
    path("senha/pronta/", SenhaPronta.as_view(), name="senha_pronta"),
]
