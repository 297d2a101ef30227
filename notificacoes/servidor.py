"""Por onde os e-mails saem: EMAIL_URL, senão o servidor escolhido no navegador, senão arquivos."""

import smtplib
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.smtp import EmailBackend
from django.db import transaction

from contas.auditoria import registrar
from contas.models import Instalacao, Usuario
from notificacoes import cifra
from notificacoes.assinatura_dkim import ChaveInvalida, assinar, conferir_chave
from notificacoes.url_de_email import ler_url

_USO = "servidor-de-email"
_SMTP = "django.core.mail.backends.smtp.EmailBackend"


class ServidorInvalido(ValueError):
    """Endereço de servidor que não se entende; a mensagem já vem pronta para a tela."""


class _Dados:
    """Sabe se o corpo já foi entregue: dali até a resposta ninguém sabe se a mensagem saiu."""

    sem_resposta = False

    def data(self, msg: Any) -> Any:
        msg = assinar(msg.encode("ascii") if isinstance(msg, str) else msg)
        self.sem_resposta = True
        resposta = super().data(msg)  # type: ignore[misc]
        self.sem_resposta = False
        return resposta


class _ClienteSmtp(_Dados, smtplib.SMTP):
    pass


class _ClienteSmtps(_Dados, smtplib.SMTP_SSL):
    pass


class CorreioSmtp(EmailBackend):
    """O SMTP do Django, que além de falhar diz em que ponto falhou."""

    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _ClienteSmtps if self.use_ssl else _ClienteSmtp

    def open(self) -> bool | None:
        """O smtplib só escreve usuário e senha em ASCII, e tropeça antes de falar com o servidor."""
        try:
            aberta: bool | None = super().open()
        except UnicodeError as erro:
            raise smtplib.SMTPException(
                "o usuário ou a senha têm acento, e não há como mandá-los: troque a senha desta conta"
            ) from erro
        return aberta

    @property
    def sem_resposta(self) -> bool:
        """O corpo partiu e a resposta não veio."""
        return bool(getattr(self.connection, "sem_resposta", False))


def configurado() -> bool:
    """Há por onde um e-mail chegar a alguém; senão, as mensagens viram arquivos na instalação."""
    return bool(settings.EMAIL_URL) or Instalacao.objects.filter(pk=1).exclude(servidor_email="").exists()


def conexao() -> BaseEmailBackend:
    """A conexão por abrir, com o prazo de EMAIL_TIMEOUT."""
    try:
        conferir_chave()
    except ChaveInvalida as erro:
        raise ServidorInvalido(str(erro)) from erro
    if settings.EMAIL_BACKEND == _SMTP:
        return CorreioSmtp(fail_silently=False)
    endereco = "" if settings.EMAIL_URL else endereco_guardado()
    return _do_endereco(endereco) if endereco else get_connection(fail_silently=False)


def _do_endereco(endereco: str) -> BaseEmailBackend:
    partes = _ler(endereco)
    if partes["EMAIL_BACKEND"] != _SMTP:
        return get_connection(partes["EMAIL_BACKEND"], file_path=partes.get("EMAIL_FILE_PATH"))
    return CorreioSmtp(
        host=partes["EMAIL_HOST"],
        port=partes["EMAIL_PORT"],
        username=partes["EMAIL_HOST_USER"] or "",
        password=partes["EMAIL_HOST_PASSWORD"] or "",
        use_tls=bool(partes.get("EMAIL_USE_TLS")),
        use_ssl=bool(partes.get("EMAIL_USE_SSL")),
        timeout=settings.EMAIL_TIMEOUT,
    )


def _ler(endereco: str) -> dict[str, Any]:
    try:
        partes = ler_url(endereco)
    except (ImproperlyConfigured, ValueError, KeyError) as erro:
        raise ServidorInvalido(
            "Endereço não entendido. Use smtp+tls://usuario:senha@servidor:587, com smtp+ssl na porta 465."
        ) from erro
    if partes["EMAIL_BACKEND"] == _SMTP and not partes["EMAIL_HOST"]:
        raise ServidorInvalido("Diga o nome do servidor de e-mail.")
    return partes


def remetente() -> str:
    """O remetente escolhido no navegador ou o do ambiente."""
    escolhido = Instalacao.objects.filter(pk=1).values_list("remetente", flat=True).first()
    return escolhido or settings.DEFAULT_FROM_EMAIL


@transaction.atomic
def guardar(*, endereco: str, remetente: str, por: Usuario | None) -> None:
    """Guarda o servidor, cifrado; a auditoria registra a troca sem o endereço, que leva a senha."""
    if endereco:
        _ler(endereco)
    instalacao = Instalacao.atual()
    instalacao.servidor_email = cifrar(endereco) if endereco else ""
    instalacao.remetente = remetente
    instalacao.save(update_fields=["servidor_email", "remetente"])
    registrar("notificacoes.servidor", por=por, depois={"remetente": remetente, "servidor": bool(endereco)})


def endereco_guardado() -> str:
    """O endereço decifrado; vazio se nenhum foi guardado."""
    guardado = Instalacao.objects.filter(pk=1).values_list("servidor_email", flat=True).first()
    return decifrar(guardado) if guardado else ""


def cifrar(texto: str) -> str:
    return cifra.cifrar(texto, _USO)


def decifrar(guardado: str) -> str:
    try:
        return cifra.decifrar(guardado, _USO)
    except cifra.Ilegivel as erro:
        raise ServidorInvalido(
            "A SECRET_KEY mudou e o servidor de e-mail guardado não se lê mais: informe-o de novo."
        ) from erro


def experimentar(endereco: str) -> None:
    """Conecta e se identifica, sem enviar nada; a recusa volta como frase."""
    canal = _do_endereco(endereco)
    try:
        canal.open()
    except (OSError, smtplib.SMTPException) as erro:
        raise ServidorInvalido(f"O servidor não aceitou a conexão: {erro}") from erro
    finally:
        canal.close()
