"""A entrega como se vê: a mensagem que voltou, os limites, os webhooks do primeiro ao registro, e o descadastro."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import signing
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from contas.models import Empresa, Usuario
from notificacoes.caixa import Rascunho, enfileirar
from notificacoes.descadastro import SAL
from notificacoes.models import DestinoDeWebhook, EntregaDeWebhook, Mensagem, TentativaDeWebhook
from tests.navegador.conftest import fotografar, sem_rolagem_lateral, violacoes
from tests.sistema import Sistema

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def mensagens(ana: Usuario, bruno: Usuario, davi: Usuario) -> Mensagem:
    estados = ("enviada", "morta", "incerto", "pendente")
    for n, estado in enumerate(estados):
        pessoa = (ana, bruno)[n % 2]
        rascunho = Rascunho(
            f"m{n}", "resumo_diario", pessoa, f"{n + 2} clientes para ligar hoje", "Bom dia", "<p>Bom dia</p>"
        )
        enfileirar([rascunho])
        erro = "Recusada: 550 5.1.1 caixa inexistente" if estado == "morta" else ""
        Mensagem.objects.filter(chave=f"m{n}").update(
            estado=estado, erro=erro, enviada_em=timezone.now() if estado == "enviada" else None
        )
    primeira: Mensagem = Mensagem.objects.get(chave="m0")
    return primeira


def conferida(aba: Page, nome: str) -> None:
    assert violacoes(aba) == []
    assert sem_rolagem_lateral(aba)
    fotografar(aba, nome)


def test_a_que_voltou_suspende_e_alguem_libera(
    mensagens: Mensagem, ana: Usuario, davi: Usuario, pagina: Callable[..., Page], live_server: Any
) -> None:
    aba = pagina(davi)
    aba.goto(live_server.url + reverse("mensagens:detalhe", args=[mensagens.pk]))
    aba.get_by_role("link", name="Voltou…").press("Enter")
    aba.get_by_label("Motivo").fill("550 caixa inexistente")
    aba.keyboard.press("Enter")
    expect(aba.get_by_text("devolve as mensagens")).to_be_visible()
    conferida(aba, "entrega-mensagem-devolvida")
    aba.goto(live_server.url + reverse("mensagens:limites"))
    conferida(aba, "entrega-limites")
    aba.goto(f"{live_server.url}{reverse('mensagens:lista')}?estado=morta")
    aba.get_by_role("link", name="Reenviar").click()
    expect(aba.get_by_role("button", name="Reenviar")).to_be_visible()

    celular = pagina(davi, largura=390, tema="escuro")
    celular.goto(live_server.url + reverse("mensagens:lista"))
    conferida(celular, "entrega-mensagens-celular")
    celular.goto(live_server.url + reverse("mensagens:devolucoes"))
    celular.get_by_role("button", name="Liberar ana@exemplo.test").tap()
    expect(celular.get_by_text("volta a receber")).to_be_visible()

    dela = pagina(ana, largura=390)
    dela.goto(live_server.url + reverse("descadastrar", args=[signing.dumps(mensagens.pk, salt=SAL)]))
    conferida(dela, "entrega-descadastrar")
    dela.get_by_role("button", name="Parar de receber").tap()
    expect(dela.get_by_role("heading", name="Pronto: você não recebe mais")).to_be_visible()


def test_do_primeiro_webhook_ao_registro(
    davi: Usuario, empresa: Empresa, pagina: Callable[..., Page], live_server: Any, sistema: Sistema
) -> None:
    aba = pagina(davi)
    aba.goto(live_server.url + reverse("webhooks:lista"))
    conferida(aba, "webhooks-vazio")
    aba.get_by_role("link", name="Novo webhook").first.press("Enter")
    aba.get_by_label("Nome", exact=True).fill("Painel de BI")
    aba.get_by_label("Endereço", exact=True).fill(sistema.url)
    aba.get_by_label("A rotina da noite terminou").press("Space")
    aba.keyboard.press("Enter")
    expect(aba.get_by_text("tem de começar por https://").first).to_be_visible()
    conferida(aba, "webhooks-recusado")
    aba.get_by_label("Aceitar endereço da rede interna").press("Space")
    aba.keyboard.press("Enter")
    expect(aba.get_by_label("Segredo de Painel de BI")).to_have_value(re.compile("^whsec_"))
    aba.get_by_role("button", name="Mandar um teste").press("Enter")
    expect(aba.get_by_text("Painel de BI recebeu o teste.")).to_be_visible()
    conferida(aba, "webhooks-entrega")
    destino = DestinoDeWebhook.objects.get()
    for n, (estado, erro) in enumerate((("desistida", "Respondeu 500."), ("pendente", ""), ("entregue", ""))):
        entrega = EntregaDeWebhook.objects.create(
            destino=destino,
            evento="cliente.status_mudou",
            chave=f"{n}",
            corpo="{}",
            estado=estado,
            erro=erro,
        )
        TentativaDeWebhook.objects.create(entrega=entrega, status=500, ms=120, resposta="erro")

    celular = pagina(davi, largura=390, tema="escuro")
    celular.goto(live_server.url + reverse("webhooks:destino", args=[destino.pk]))
    conferida(celular, "webhooks-destino-celular")
    celular.goto(live_server.url + reverse("webhooks:repetir", args=[destino.pk]))
    celular.get_by_role("button", name="Ver quantas são").tap()
    celular.get_by_role("button", name="Repetir 1").tap()
    expect(celular.get_by_text("1 entrega volta à fila")).to_be_visible()
    celular.get_by_role("link", name="Trocar o segredo…").tap()
    celular.get_by_role("button", name="Trocar o segredo").tap()
    expect(celular.get_by_text("Troca de segredo em curso")).to_be_visible()
    conferida(celular, "webhooks-troca-celular")
