"""Servidores de e-mail que demoram, que caem no meio do corpo e que recusam: nada sai duas vezes sem se saber."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP
from django.utils import timezone

from contas.models import Empresa
from notificacoes.envio import enviar_pendentes
from notificacoes.models import EstadoDaMensagem, Mensagem
from tests.conftest import criar_pessoa
from tests.correio import Correio, Sumidouro
from tests.processos import PRAZO, Processos

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.resistencia]
POR_SORTE = 6
# O que acontece a quem, pelo começo do endereço, e como a mensagem tem de acabar.
SORTES = {
    "certa": "enviada", "tarde": "incerto", "cai-antes": "incerto", "cai-depois": "incerto",
    "cinza": "enviada", "cinza-no-corpo": "enviada", "nunca": "morta", "nunca-no-corpo": "morta",
}  # fmt: skip


def sorte_de(endereco: str) -> str:
    return endereco.partition("@")[2].removesuffix(".exemplo.test")


class Ruim(Sumidouro):
    """Cada destinatário tem a sua sorte; a lista cinza recusa duas vezes e aceita a terceira."""

    def __init__(self) -> None:
        super().__init__()
        self.vezes: Counter[str] = Counter()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, opcoes: Any) -> str:
        sorte = sorte_de(address)
        self.vezes[address] += 1
        if sorte == "nunca":
            return "550 5.1.1 nao existe"
        if sorte == "cinza" and self.vezes[address] < 3:
            return "451 4.7.1 volte depois"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        (para,) = envelope.rcpt_tos
        sorte = sorte_de(para)
        if sorte == "nunca-no-corpo":
            return "554 5.7.1 conteudo recusado"
        if sorte == "cinza-no-corpo" and self.vezes[para] < 3:
            return "452 4.2.2 sem espaco"
        resposta = await super().handle_DATA(server, session, envelope)
        if sorte == "tarde":
            await asyncio.sleep(3)
        if sorte == "cai-depois":
            server.transport.abort()
        return resposta


class _QueCai(SMTP):
    """Diz que pode mandar, lê um pedaço do corpo e some."""

    async def smtp_DATA(self, arg: str) -> None:
        if self.envelope and any(p.startswith("cai-antes") for p in self.envelope.rcpt_tos):
            await self.push("354 pode mandar")
            await self._reader.read(40)
            self.transport.abort()
            return
        await super().smtp_DATA(arg)


class _Controlador(Controller):
    def factory(self) -> SMTP:
        return _QueCai(self.handler, **self.SMTP_kwargs)


@pytest.fixture
def ruim(correio: Correio, settings: Any) -> Iterator[Ruim]:
    correio.desligar()
    caixa = Ruim()
    controlador = _Controlador(caixa, hostname="127.0.0.1", port=correio.porta, enable_SMTPUTF8=False)
    controlador.start()
    settings.EMAIL_TIMEOUT = 1
    yield caixa
    controlador.stop()


def test_cada_sorte_acaba_como_tem_de_acabar(ruim: Ruim, processos: Processos) -> None:
    davi = criar_pessoa("Davi Rocha", Empresa.objects.get(codigo="1"), "admin")
    Mensagem.objects.bulk_create(
        Mensagem(
            chave=f"prova:{sorte}-{n}", tipo="teste", pessoa=davi, referencia=timezone.localdate(),
            para=f"{sorte}-{n}@{sorte}.exemplo.test", assunto="a", texto="t", html="<p>t</p>",
            message_id=f"<{sorte}-{n}@carteira>",
        )
        for n in range(POR_SORTE) for sorte in SORTES
    )  # fmt: skip
    for volta in range(60):
        enviar_pendentes(agora=timezone.now() + timedelta(hours=3 * volta))
        if not Mensagem.objects.filter(estado__in=("pendente", "enviando")).exists():
            break
    estados = {
        sorte: set(Mensagem.objects.filter(chave__startswith=f"prova:{sorte}-", para__endswith=f"@{sorte}.exemplo.test")
                   .values_list("estado", flat=True))
        for sorte in SORTES
    }  # fmt: skip
    assert estados == {sorte: {fim} for sorte, fim in SORTES.items()}
    vezes = Counter(ruim.ids)
    assert not [m for m, quantas in vezes.items() if quantas > 1]
    enviadas = set(
        Mensagem.objects.filter(estado=EstadoDaMensagem.ENVIADA).values_list("message_id", flat=True)
    )
    incertas = set(
        Mensagem.objects.filter(estado=EstadoDaMensagem.INCERTO).values_list("message_id", flat=True)
    )
    assert (
        enviadas <= set(vezes) <= enviadas | incertas
    )  # o que chegou sem resposta está à vista, e não se repete
    assert not Mensagem.objects.filter(estado__in=("morta", "incerto"), erro="").exists()
    assert processos.manage("conferir", "--amostra", "5000").wait(PRAZO) == 0, processos.registros()
