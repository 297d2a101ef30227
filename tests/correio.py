"""Um servidor SMTP de verdade, que guarda o que recebe e recusa o que se mandar recusar."""

import asyncio
import email
import os
import signal
import socket
from collections.abc import Iterator
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller

SMTP = "django.core.mail.backends.smtp.EmailBackend"


class Sumidouro:
    """Handler do aiosmtpd: `recusas` por destinatário; `demora` segura a resposta depois do corpo."""

    def __init__(self) -> None:
        self.recebidas: list[EmailMessage] = []
        self.brutas: list[bytes] = []
        self.recusas: dict[str, str] = {}
        self.recusas_do_corpo: list[str] = []
        self.demora = 0.0
        self.matar_depois_do_corpo = 0
        self.cair_depois_do_corpo = False

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, opcoes: Any) -> str:
        if address in self.recusas:
            return self.recusas[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.recusas_do_corpo:
            return self.recusas_do_corpo.pop(0)
        self.brutas.append(envelope.content)
        self.recebidas.append(email.message_from_bytes(envelope.content, policy=policy.default))
        if self.matar_depois_do_corpo:
            os.kill(self.matar_depois_do_corpo, signal.SIGKILL)
        if self.cair_depois_do_corpo:
            server.transport.abort()
            return "250 OK"
        await asyncio.sleep(self.demora)
        return "250 OK"

    # O que as histórias perguntam

    def para(self, endereco: str) -> list[EmailMessage]:
        return [m for m in self.recebidas if m["To"] == endereco]

    @property
    def destinatarios(self) -> list[str]:
        return sorted(m["To"] for m in self.recebidas)

    @property
    def ids(self) -> list[str]:
        return [m["Message-ID"] for m in self.recebidas]


class Correio:
    """O servidor, que se liga e desliga na mesma porta."""

    def __init__(self) -> None:
        self.caixa = Sumidouro()
        with socket.socket() as livre:
            livre.bind(("127.0.0.1", 0))
            self.porta = livre.getsockname()[1]
        self._controlador: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.porta}"

    def ligar(self, **opcoes: Any) -> None:
        self._controlador = Controller(
            self.caixa, hostname="127.0.0.1", port=self.porta, enable_SMTPUTF8=False, **opcoes
        )
        self._controlador.start()

    def desligar(self) -> None:
        if self._controlador:
            self._controlador.stop()
            self._controlador = None


@pytest.fixture
def correio(settings: Any) -> Iterator[Correio]:
    """O servidor ligado e a configuração apontada para ele."""
    servidor = Correio()
    servidor.ligar()
    settings.EMAIL_BACKEND, settings.EMAIL_URL = SMTP, servidor.url
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", servidor.porta, 5
    yield servidor
    servidor.desligar()


def texto(mensagem: EmailMessage) -> str:
    return mensagem.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def html(mensagem: EmailMessage) -> str:
    return mensagem.get_body(("html",)).get_content()  # type: ignore[union-attr]
