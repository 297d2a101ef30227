"""Recados e central num navegador de verdade: de quem escreve ao recibo, pelo teclado e pelo polegar."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from contas.models import Empresa
from notificacoes.models import Aviso, Recado
from notificacoes.recados import enviar, guardar
from tests.navegador.conftest import fotografar, quieta, sem_rolagem_lateral, violacoes
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]
NOMES = ("Açougue São José", "Bazar Krüger", "Casa das Tintas Rio do Sul", "Depósito Bom Jesus")


@pytest.fixture
def carteira(ana: Any, novo_cliente: Any) -> None:
    """Três da Ana passaram de 20 dias; um comprou ontem."""
    hoje = timezone.localdate()
    Empresa.objects.update(referencia=hoje, pedidos_ate=hoje)
    for n, nome in enumerate(NOMES):
        cliente = novo_cliente(f"C{n}", vendedor=ana, razao_social=nome, documento="09588906000143", uf="SC")
        indicar(cliente, hoje - timedelta(days=1 + 40 * n), status="ativo")


def examinada(aba: Page, nome: str, largura: int, tema: str) -> None:
    fotografar(aba, f"{nome}-{largura}-{tema}")
    assert violacoes(aba) == [], nome
    assert sem_rolagem_lateral(aba), nome


def recado(por: Any, titulo: str, especie: str = "postit") -> Recado:
    dados = {
        "especie": especie, "titulo": titulo, "texto": "Antes que o concorrente ligue.",
        "assinatura": "Att. Adm. Vendas",
        "regra": "sem_pedido", "dias": 20, "publico": "todos",
    }  # fmt: skip
    escrito = guardar(por=por, dados=dados)
    enviar(recado=escrito, por=por)
    return escrito


def test_bruno_escreve_um_postit_e_ana_o_le_pelo_teclado(
    pagina: Any, live_server: Any, ana: Any, bruno: Any, carteira: None
) -> None:
    dele = pagina(bruno)
    dele.goto(f"{live_server.url}/recados/")
    dele.get_by_role("link", name="Escrever um post-it").click()
    dele.get_by_label("Título").fill("Clientes há mais de 20 dias")
    dele.get_by_label("Mensagem").fill("Antes que o concorrente ligue.")
    dele.get_by_label("Assinatura").fill("Att. Adm. Vendas")
    dele.get_by_label("Achar conta").fill("ana")
    dele.get_by_role("button", name="Marcar à vista").click()
    expect(dele.locator("[data-quantas]")).to_have_text("1 conta selecionada")
    examinada(dele, "recado-novo", 1440, "claro")
    dele.get_by_role("button", name="Enviar").click()
    expect(dele.locator("#avisos")).to_contain_text("Post-it enviado a 1 conta.")
    examinada(dele, "recado-detalhe", 1440, "claro")

    dela = pagina(ana)
    dela.goto(f"{live_server.url}/clientes/")
    expect(dela.locator("#sino .n")).to_have_text("1")
    expect(dela.locator("#notas")).to_contain_text("Clientes há mais de 20 dias")
    examinada(dela, "clientes-com-postit", 1440, "claro")
    recado(bruno, "Segundo")
    dela.evaluate("htmx.trigger('#sino', 'conferir')")  # o que o relógio faz a cada minuto
    expect(dela.locator("#sino .n")).to_have_text("2")
    expect(dela.locator("#anuncio")).to_have_text("2 avisos não lidos.")
    dela.get_by_role("link", name=re.compile("^Avisos")).click()
    dela.wait_for_url("**/avisos/")  # as teclas são da página nova: antes dela ninguém as ouve
    quieta(dela)
    for tecla in ("j", "x"):
        dela.keyboard.press(tecla)
    expect(dela.locator("#avisos")).to_contain_text("1 aviso marcado como lido.")
    expect(dela.locator("#sino .n")).to_have_text("1")
    quieta(dela)
    dela.locator("#avisos").get_by_role("button", name="Desfazer").click()
    expect(dela.locator("#sino .n")).to_have_text("2")
    expect(dela.locator("#central .por-ler")).to_have_count(2)
    quieta(dela)
    examinada(dela, "central", 1440, "claro")
    dela.keyboard.press("Shift+A")
    expect(dela.locator("#central")).to_contain_text("Nada por ler")
    expect(dela.locator("#sino .n")).to_have_count(0)
    dela.get_by_role("link", name="Todos").click()
    expect(dela.locator("#central li")).to_have_count(2)
    quieta(dela)
    for tecla in ("j", "j", "Enter"):
        dela.keyboard.press(tecla)
    expect(dela.get_by_role("heading", level=1)).to_have_text("Clientes há mais de 20 dias")
    expect(dela.locator("#lista-viva tbody tr")).to_have_count(3)
    examinada(dela, "aviso", 1440, "claro")

    dele = pagina(bruno)
    dele.goto(f"{live_server.url}/recados/{Recado.objects.get(titulo__startswith='Clientes').pk}/")
    expect(dele.locator("#recibos")).to_contain_text("1 de 1")
    assert Recado.objects.get(titulo__startswith="Clientes").avisos.get().visto_em is not None


def test_no_telefone_e_no_escuro_tudo_cabe_e_se_toca(
    pagina: Any, live_server: Any, ana: Any, bruno: Any, carteira: None
) -> None:
    feito = recado(bruno, "Liguem hoje")
    dela = pagina(ana, largura=390, tema="escuro")
    dela.goto(f"{live_server.url}/hoje/")
    expect(dela.locator("#notas")).to_contain_text("Liguem hoje")
    examinada(dela, "hoje-com-postit", 390, "escuro")
    dela.locator("#notas").get_by_role("button", name="Dispensar").tap()
    expect(dela.locator("#notas section")).to_have_count(0)
    expect(dela.locator("#sino .n")).to_have_count(0)
    dela.locator("#avisos").get_by_role("button", name="Desfazer").tap()
    expect(dela.locator("#notas section")).to_have_count(1)
    quieta(dela)
    dela.goto(f"{live_server.url}/avisos/")
    examinada(dela, "central", 390, "escuro")
    dela.locator("#central [data-lido]").tap()
    expect(dela.locator("#central")).to_contain_text("Nada por ler")
    dela.goto(f"{live_server.url}/avisos/{feito.avisos.get().pk}/")
    examinada(dela, "aviso", 390, "escuro")
    dele = pagina(bruno, largura=390, tema="claro")
    for nome, caminho in (
        ("recados", ""),
        ("recado-novo", "novo/?especie=lembrete"),
        ("recado", f"{feito.pk}/"),
    ):
        dele.goto(f"{live_server.url}/recados/{caminho}")
        examinada(dele, nome, 390, "claro")


def test_sem_rede_o_sino_cala_e_nao_incomoda(pagina: Any, live_server: Any, ana: Any, carteira: None) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/clientes/")
    quieta(aba)
    aba.route("**/avisos/sino/**", lambda rota: rota.abort())
    aba.evaluate("htmx.trigger('#sino', 'conferir')")
    quieta(aba)
    expect(aba.locator(".erro-de-rede")).to_have_count(0)
    expect(aba.locator("#avisos .flutua")).to_have_count(0)
    assert not Aviso.objects.exists()
