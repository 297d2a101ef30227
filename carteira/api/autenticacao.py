"""Quem chama: um programa com um token, ou a própria pessoa no navegador em que entrou."""

from typing import Any

from django.conf import settings
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied

from carteira.ver_como import CHAVE
from contas.models import TokenDaApi, Usuario
from contas.tokens import dono_do_segredo


class PorToken(BaseAuthentication):
    """`Authorization: Bearer ctr_…`; que o token não exista, tenha vencido ou sido revogado, a resposta é a mesma."""

    def authenticate(self, request: Any) -> tuple[Usuario, TokenDaApi] | None:
        esquema, *resto = get_authorization_header(request).split() or [b""]
        if esquema.lower() != b"bearer":
            return None
        token = dono_do_segredo(resto[0].decode("ascii", "replace")) if len(resto) == 1 else None
        if token is None:
            raise AuthenticationFailed(
                "O token não vale: foi revogado, venceu ou não existe. Crie outro em Perfil, Tokens da API."
            )
        return token.user, token

    def authenticate_header(self, request: Any) -> str:
        return 'Bearer realm="Carteira"'


class PorSessao(SessionAuthentication):
    """A sessão do navegador, com a chave do formulário (CSRF) em toda escrita."""

    def authenticate(self, request: Any) -> tuple[Usuario, None] | None:
        """Sem o cookie nem se procura; quem vê como outra pessoa não usa a API."""
        if settings.SESSION_COOKIE_NAME not in request.COOKIES:
            return None
        if CHAVE in request._request.session:
            raise PermissionDenied(
                "Você está vendo como outra pessoa, e assim não se usa a API. Saia pela faixa do alto da página."
            )
        return super().authenticate(request)

    def enforce_csrf(self, request: Any) -> None:
        try:
            super().enforce_csrf(request)
        except PermissionDenied as erro:
            raise PermissionDenied("Com a sessão do navegador, a escrita leva X-CSRFToken.") from erro
