"""A entrada em dois passos: quem acertou a senha ainda não entrou enquanto não der o segundo.

Entre um passo e outro a sessão é anônima e guarda só de quem se espera o segundo, por poucos minutos. Mudar a senha
nesse meio tempo faz esquecer.
"""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from carteira.conhecidos import conhecer
from carteira.origens import origem
from contas import contagens, fatores, lembrados
from contas.models import Usuario

CHAVE = "entrada_pendente"
PRAZO = 600  # segundos entre os dois passos
PADRAO = "django.contrib.auth.backends.ModelBackend"
# Códigos errados por pessoa, venham de onde vierem: quem já tem a senha não fica tentando o milhão deles.
MAX_ERROS, JANELA = 8, 15 * 60


@dataclass(frozen=True, slots=True)
class Pendente:
    """Quem deu o primeiro passo, e como."""

    pessoa: Usuario
    destino: str
    com: str


def nome_do_cookie() -> str:
    return "__Host-aparelho" if settings.SESSION_COOKIE_SECURE else "aparelho"


def primeiro_passo(
    request: HttpRequest, pessoa: Usuario, *, destino: str, com: str = "senha", basta: bool = False
) -> HttpResponse:
    """Entra, ou manda dar o segundo passo. `basta` quando o primeiro já prova duas coisas (chave de acesso)."""
    chave = request.COOKIES.get(nome_do_cookie(), "")
    if basta or not fatores.ligado(pessoa):
        return concluir(request, pessoa, destino=destino, com=com)
    if lembrados.confia(pessoa, chave):
        return concluir(request, pessoa, destino=destino, com=f"{com}, aparelho lembrado")
    request.session.flush()  # o que havia nesta sessão não passa de uma pessoa a outra
    request.session[CHAVE] = {
        "pessoa": pessoa.pk,
        "em": timezone.now().timestamp(),
        "marca": pessoa.get_session_auth_hash(),
        "destino": destino,
        "com": com,
    }
    request.session.set_expiry(PRAZO)
    return redirect("contas:segundo_passo")


def pendente(request: HttpRequest) -> Pendente | None:
    """Quem deve o segundo passo aqui; nada se passou da hora, mudou a senha ou perdeu o acesso."""
    guardado: dict[str, Any] | None = request.session.get(CHAVE)
    if guardado is None:
        return None
    pessoa = Usuario.objects.filter(pk=guardado["pessoa"], is_active=True).first()
    na_hora = timezone.now().timestamp() - guardado["em"] < PRAZO
    if pessoa and na_hora and constant_time_compare(guardado["marca"], pessoa.get_session_auth_hash()):
        return Pendente(pessoa, guardado["destino"], guardado["com"])
    del request.session[CHAVE]
    return None


def concluir(
    request: HttpRequest, pessoa: Usuario, *, destino: str, com: str, lembrar: bool = False
) -> HttpResponse:
    """A entrada de verdade: chave de sessão nova, avisos do Django, e o aparelho lembrado se foi pedido."""
    request.session.pop(CHAVE, None)
    request.session.cycle_key()
    request.entrou_com = com
    login(request, pessoa, backend=PADRAO)
    contagens.esquecer(_erros(pessoa))
    resposta = redirect(destino or settings.LOGIN_REDIRECT_URL)
    conhecer(request, resposta, pessoa)
    if lembrar:
        _lembrar(request, resposta, pessoa)
    return resposta


def _lembrar(request: HttpRequest, resposta: HttpResponse, pessoa: Usuario) -> None:
    nome = nome_do_cookie()
    chave = lembrados.lembrar(pessoa, request.COOKIES.get(nome, ""), origem(request))
    if chave:
        resposta.set_cookie(
            nome,
            chave,
            max_age=90 * 86400,
            httponly=True,
            secure=settings.SESSION_COOKIE_SECURE,
            samesite="Lax",
        )


def desistir(request: HttpRequest) -> HttpResponse:
    """Volta ao começo da entrada."""
    request.session.flush()
    return redirect(reverse("contas:entrar"))


# ── Códigos errados ──────────────────────────────────────────────────────────


def tentou(pessoa: Usuario) -> int:
    """Conta mais uma tentativa, antes de a conferir: muitas ao mesmo tempo não passam de `MAX_ERROS`."""
    return contagens.contar(_erros(pessoa), JANELA)


def acertou_de_novo(pessoa: Usuario) -> None:
    """Quem já entrou provou outra vez que é: a tentativa não conta, e as erradas de antes ficam."""
    contagens.devolver(_erros(pessoa))


def barrado(pessoa: Usuario) -> bool:
    return contagens.quantas(_erros(pessoa)) >= MAX_ERROS


def _erros(pessoa: Usuario) -> str:
    return f"erros-do-segundo-passo:{pessoa.pk}"
