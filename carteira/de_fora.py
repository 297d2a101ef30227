"""A porta do provedor de entrada da empresa (OpenID Connect).

O allauth faz o estado, o PKCE, a troca do código e a conferência do que o provedor assinou. Daí em diante é da casa:
a resposta sai antes de ele procurar ou criar contas suas.
"""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from carteira import entrada
from contas.de_fora import EntradaRecusada, pessoa_de_fora

NOME = "empresa"
DESTINO = "destino_de_fora"


class Porta(OpenIDConnectOAuth2Adapter):
    """Só o que o provedor assinou vale, e só o emissor configurado."""

    @property
    def openid_config(self) -> dict[str, Any]:
        achada: dict[str, Any] = super().openid_config
        if achada.get("issuer", "").rstrip("/") != settings.OIDC["emissor"]:
            raise OAuth2Error("O provedor se apresenta com outro emissor.")
        return achada

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return request.build_absolute_uri(reverse("contas:volta_de_fora"))

    def _decode_id_token(self, app: Any, id_token: str) -> dict[str, Any]:
        """A assinatura se confere sempre, mesmo vindo direto do provedor."""
        dados: dict[str, Any] = jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        return dados

    def complete_login(self, request: HttpRequest, app: Any, token: Any, **kwargs: Any) -> Any:
        assinado = kwargs["response"].get("id_token")
        if not assinado:
            raise OAuth2Error("O provedor não mandou o id_token.")
        dados = self._decode_id_token(app, assinado)
        if "email" not in dados:
            dados = self._com_o_perfil(dados, token.token)
        raise ImmediateHttpResponse(_entrar(request, dados))

    def _com_o_perfil(self, dados: dict[str, Any], acesso: str) -> dict[str, Any]:
        """Alguns provedores só dizem o e-mail no perfil: vale se for do mesmo sujeito."""
        perfil = self._fetch_user_info(acesso)
        if perfil.get("sub") != dados["sub"]:
            raise OAuth2Error("O perfil é de outra pessoa.")
        return {**perfil, **dados}


class Provedor(OpenIDConnectProvider):
    oauth2_adapter_class = Porta


class Adaptador(DefaultSocialAccountAdapter):
    """Um provedor só, o do ambiente; o banco não guarda nenhum."""

    def get_provider(self, request: HttpRequest, provider: str, client_id: str | None = None) -> Provedor:
        app = SocialApp(
            provider=Provedor.id,
            provider_id=NOME,
            name=settings.OIDC["nome"],
            client_id=settings.OIDC["cliente"],
            secret=settings.OIDC["segredo"],
            settings={"server_url": settings.OIDC["emissor"], "oauth_pkce_enabled": True},
        )
        return Provedor(request, app=app)

    def on_authentication_error(self, request: HttpRequest, provider: Any, **resto: Any) -> None:
        raise ImmediateHttpResponse(
            recusar(request, "O provedor não confirmou a entrada. Tente de novo ou entre com a senha.")
        )


def _entrar(request: HttpRequest, dados: dict[str, Any]) -> HttpResponse:
    verificado = str(dados.get("email") or "") if dados.get("email_verified") in (True, "true") else ""
    try:
        pessoa = pessoa_de_fora(
            emissor=settings.OIDC["emissor"], sujeito=str(dados["sub"]), email_verificado=verificado
        )
    except EntradaRecusada as recusa:
        return recusar(request, str(recusa))
    destino = request.session.pop(DESTINO, "")
    return entrada.primeiro_passo(request, pessoa, destino=destino, com="conta da empresa")


def recusar(request: HttpRequest, texto: str) -> HttpResponse:
    messages.error(request, texto)
    return redirect("contas:entrar")
