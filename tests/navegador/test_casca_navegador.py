"""A casca num navegador de verdade: teclas, diálogos, tema, alças do gráfico e acessibilidade da galeria."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from contas.models import Usuario
from tests.navegador.conftest import problemas

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]
Abrir = Callable[..., Page]


def _galeria(pagina: Abrir, live_server: Any, pessoa: Usuario, **opcoes: Any) -> Page:
    aba = pagina(pessoa, **opcoes)
    aba.goto(f"{live_server.url}/galeria/")
    return aba


def test_galeria_se_le_e_nela_a_alca_o_aviso_e_o_tema_obedecem(
    pagina: Abrir, live_server: Any, davi: Usuario
) -> None:
    aba = _galeria(pagina, live_server, davi)
    assert problemas(aba, "galeria") == {}
    # a alça do histograma e o campo dizem o mesmo
    aba.focus(".alca.quase")
    aba.keyboard.press("ArrowRight")
    aba.keyboard.press("PageUp")
    expect(aba.locator("#lq")).to_have_value("68")
    aba.keyboard.press("End")  # quase inativo nunca alcança inativo
    expect(aba.locator("#lq")).to_have_value("119")
    aba.fill("#lq", "30")
    expect(aba.locator(".alca.quase")).to_have_attribute("aria-valuetext", "30 dias")
    # o aviso com nome de arquivo é texto, e desfaz-se
    aba.evaluate(
        """document.body.dispatchEvent(new CustomEvent('avisar', {bubbles: true,
        detail: {texto: 'Contato com <b>Krüger</b>', desfazer: '/nao-existe/'}}))"""
    )
    expect(aba.locator(".flutua")).to_contain_text("Contato com <b>Krüger</b>")
    aba.click(".flutua .desfazer")
    expect(aba.locator(".flutua.error")).to_contain_text("não existe mais")
    # o tema trocado volta do servidor, sem piscar
    aba.reload()
    aba.click("[data-alternar-tema]")
    expect(aba.locator("html")).to_have_attribute("data-tema", "escuro")
    assert '<html lang="pt-BR" data-tema="escuro">' in aba.request.get(f"{live_server.url}/galeria/").text()


def test_teclas_buscam_andam_nas_linhas_e_mostram_a_ajuda(
    pagina: Abrir, live_server: Any, davi: Usuario
) -> None:
    aba = _galeria(pagina, live_server, davi)
    aba.keyboard.press("j")
    aba.keyboard.press("j")
    expect(aba.locator("[data-linha]:focus")).to_have_text("Casa das Tintas Rio do Sul")
    aba.keyboard.press("?")
    expect(aba.locator("#ajuda-teclas")).to_be_visible()
    aba.keyboard.press("Escape")
    expect(aba.locator("#ajuda-teclas")).to_be_hidden()
    aba.keyboard.press("/")
    expect(aba.locator("#busca-topo")).to_be_focused()
    aba.keyboard.press("?")  # dentro do campo é só uma letra
    expect(aba.locator("#busca-topo")).to_have_value("?")
    expect(aba.locator("#ajuda-teclas")).to_be_hidden()


def test_quem_desligou_os_atalhos_nao_os_tem(pagina: Abrir, live_server: Any, davi: Usuario) -> None:
    davi.atalhos = False
    davi.save()
    aba = _galeria(pagina, live_server, davi)
    aba.keyboard.press("?")
    aba.keyboard.press("/")
    expect(aba.locator("#ajuda-teclas")).to_be_hidden()
    expect(aba.locator("#busca-topo")).not_to_be_focused()


def test_menu_do_celular_abre_por_cima_e_fecha(pagina: Abrir, live_server: Any, davi: Usuario) -> None:
    aba = _galeria(pagina, live_server, davi, largura=390)
    aba.click(".barra-baixo button")
    expect(aba.locator("#menu-celular nav")).to_be_visible()
    aba.click("#menu-celular [data-fechar]")
    expect(aba.locator("#menu-celular")).to_be_hidden()
