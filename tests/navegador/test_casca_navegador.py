"""A casca num navegador de verdade: teclas, diálogos, tema, alças do gráfico e acessibilidade da galeria."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from contas.models import Usuario
from tests.navegador.conftest import sem_rolagem_lateral, violacoes

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]
Abrir = Callable[..., Page]


def _galeria(pagina: Abrir, live_server: Any, pessoa: Usuario, **opcoes: Any) -> Page:
    aba = pagina(pessoa, **opcoes)
    aba.goto(f"{live_server.url}/galeria/")
    return aba


@pytest.mark.parametrize("largura", [1440, 390])
@pytest.mark.parametrize("tema", ["claro", "escuro"])
def test_galeria_nao_tem_violacao_de_acesso_nem_rolagem_lateral(
    pagina: Abrir, live_server: Any, davi: Usuario, largura: int, tema: str
) -> None:
    aba = _galeria(pagina, live_server, davi, largura=largura, tema=tema)
    assert violacoes(aba) == []
    assert sem_rolagem_lateral(aba)


def test_teclas_buscam_andam_nas_linhas_e_mostram_a_ajuda(
    pagina: Abrir, live_server: Any, davi: Usuario
) -> None:
    aba = _galeria(pagina, live_server, davi)
    aba.keyboard.press("j")
    aba.keyboard.press("j")
    assert aba.evaluate("document.activeElement.textContent") == "Casa das Tintas Rio do Sul"
    aba.keyboard.press("?")
    assert aba.locator("#ajuda-teclas").is_visible()
    aba.keyboard.press("Escape")
    assert not aba.locator("#ajuda-teclas").is_visible()
    aba.keyboard.press("/")
    assert aba.evaluate("document.activeElement.id") == "busca-topo"
    aba.keyboard.press("?")  # dentro do campo é só uma letra
    assert aba.input_value("#busca-topo") == "?"


def test_quem_desligou_os_atalhos_nao_os_tem(pagina: Abrir, live_server: Any, davi: Usuario) -> None:
    davi.atalhos = False
    davi.save()
    aba = _galeria(pagina, live_server, davi)
    aba.keyboard.press("?")
    assert not aba.locator("#ajuda-teclas").is_visible()


def test_tema_trocado_volta_do_servidor_sem_piscar(pagina: Abrir, live_server: Any, davi: Usuario) -> None:
    aba = _galeria(pagina, live_server, davi)
    aba.click("[data-alternar-tema]")
    assert '<html lang="pt-BR" data-tema="escuro">' in aba.request.get(f"{live_server.url}/galeria/").text()


def test_alca_do_histograma_e_campo_de_numero_dizem_o_mesmo(
    pagina: Abrir, live_server: Any, davi: Usuario
) -> None:
    aba = _galeria(pagina, live_server, davi)
    aba.focus(".alca.quase")
    aba.keyboard.press("ArrowRight")
    aba.keyboard.press("PageUp")
    assert aba.input_value("#lq") == "68"
    aba.keyboard.press("End")  # quase inativo nunca alcança inativo
    assert aba.input_value("#lq") == "119"
    aba.fill("#lq", "30")
    assert aba.get_attribute(".alca.quase", "aria-valuetext") == "30 dias"


def test_aviso_com_nome_de_arquivo_e_texto_e_pode_ser_desfeito(
    pagina: Abrir, live_server: Any, davi: Usuario
) -> None:
    aba = _galeria(pagina, live_server, davi)
    aba.evaluate(
        """document.body.dispatchEvent(new CustomEvent('avisar', {bubbles: true,
        detail: {texto: 'Contato com <b>Krüger</b>', desfazer: '/nao-existe/'}}))"""
    )
    assert "Contato com <b>Krüger</b>" in aba.inner_text(".flutua")
    aba.click(".flutua .desfazer")
    aba.wait_for_selector(".flutua.error")
    assert "não existe mais" in aba.inner_text(".flutua.error")


def test_menu_do_celular_abre_por_cima_e_fecha(pagina: Abrir, live_server: Any, davi: Usuario) -> None:
    aba = _galeria(pagina, live_server, davi, largura=390)
    aba.click(".barra-baixo button")
    assert aba.locator("#menu-celular nav").is_visible()
    aba.click("#menu-celular [data-fechar]")
    assert not aba.locator("#menu-celular").is_visible()
