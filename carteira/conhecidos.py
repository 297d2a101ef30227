"""O navegador em que a pessoa já entrou (ou abriu a entrada pelo e-mail): um estranho não o tranca.

Um cookie assinado, que só diz que ali já se provou quem é. Ele não entra em lugar nenhum: a senha e o segundo passo
continuam a ser pedidos, e cada navegador conhecido tem as suas próprias tentativas.
"""

import secrets

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from contas.models import Usuario

SAL = "carteira.conhecidos"
DIAS = 180
PESSOAS = 5  # um navegador da loja serve a mais de uma


def marca(nome: str) -> str:
    """Quem se disse que era, sem o dizer: o que um estranho digita não se guarda."""
    return salted_hmac("carteira.entrada", nome.strip().lower(), algorithm="sha256").hexdigest()[:40]


def nome_do_cookie() -> str:
    return "__Host-conhecido" if settings.SESSION_COOKIE_SECURE else "conhecido"


def conhece(request: HttpRequest, de: str) -> str:
    """O nome deste navegador, se nele já se provou ser a pessoa da marca; vazio, se não."""
    numero, pessoas = _ler(request)
    return numero if de in pessoas else ""


def conhecer(request: HttpRequest, resposta: HttpResponse, pessoa: Usuario) -> None:
    """Daqui em diante este navegador é dela também."""
    numero, pessoas = _ler(request)
    dela = marca(pessoa.email or "")
    guardado = [numero or secrets.token_urlsafe(16), [dela, *(p for p in pessoas if p != dela)][:PESSOAS]]
    resposta.set_cookie(
        nome_do_cookie(),
        signing.dumps(guardado, salt=SAL),
        max_age=DIAS * 86400,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def _ler(request: HttpRequest) -> tuple[str, list[str]]:
    try:
        lido = signing.loads(request.COOKIES.get(nome_do_cookie(), ""), salt=SAL, max_age=DIAS * 86400)
    except signing.BadSignature:
        return "", []
    return str(lido[0]), [str(p) for p in lido[1]]
