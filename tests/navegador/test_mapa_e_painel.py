"""O mapa, o painel e o ver como num navegador de verdade: teclado na mesa, polegar no telefone, os dois temas."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from contas.models import RegistroDeAuditoria
from tests.navegador.carteira_pronta import povoar
from tests.navegador.conftest import fotografar, problemas, quieta, sem_rolagem_lateral, violacoes

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def carteira(ana: Any, carla: Any, davi: Any, novo_cliente: Any, monkeypatch: Any) -> Any:
    monkeypatch.setattr("carteira.tasks.tocar", lambda tarefa, empresa: None)
    novo_cliente("SEM", vendedor=ana, cidade="Vila Sem Nome", uf="SC")
    return povoar(novo_cliente, [ana, carla], davi)


def conferir(aba: Page, nome: str) -> None:
    fotografar(aba, nome)
    assert violacoes(aba) == []
    assert sem_rolagem_lateral(aba)


def test_o_mapa_pelo_teclado_da_lista_a_ficha_e_no_telefone_pelo_risco(
    pagina: Any, live_server: Any, ana: Any, bruno: Any, carteira: Any
) -> None:
    aba = pagina(bruno)
    aba.emulate_media(reduced_motion="reduce")  # o mapa respeita: aproxima sem animar
    aba.goto(f"{live_server.url}/clientes/?uf=SC")
    aba.get_by_role("link", name="Mapa").press("Enter")
    aba.wait_for_url("**/clientes/mapa/?uf=SC")
    mapa = aba.get_by_role("region", name="Mapa")
    bolhas = mapa.locator(".bolha")
    expect(bolhas).to_have_count(1)  # a equipe de Bruno só tem Joinville em SC
    expect(bolhas.first).to_have_attribute(
        "aria-label", re.compile(r"^\S.*: \d+ clientes \(.+\), R\$\s.+ em 12 meses$")
    )
    conferir(aba, "mapa_1440_claro")
    # as setas e o mais são do mapa; a bolha se abre com Enter e o foco vai ao título do município
    mapa.focus()
    aba.keyboard.press("+")
    bolhas.first.focus()
    aba.keyboard.press("Enter")
    quieta(aba)
    titulo = aba.locator("#t-lugar")
    expect(titulo).to_be_focused()
    expect(aba).to_have_url(re.compile(r"uf=SC&lugar=\d+"))
    aba.reload()
    expect(titulo).to_be_visible()
    rota = aba.get_by_role("link", name=re.compile("^Rota até")).first
    expect(rota).to_have_attribute(
        "href", re.compile(r"^https://www\.openstreetmap\.org/directions\?from=&to=-")
    )
    nome = aba.locator("#lugar li a.forte").first
    texto = nome.inner_text()
    nome.press("Enter")
    expect(aba.get_by_role("heading", level=1, name=texto)).to_be_visible()
    # no telefone escuro, pelo risco, e os sem lugar
    aba = pagina(ana, largura=390, tema="escuro")
    aba.goto(f"{live_server.url}/clientes/mapa/?forma=risco")
    expect(aba.locator(".mapa .bolha").first).to_be_visible()
    expect(aba.locator(".mapa .bolha text").first).to_have_text(re.compile(r"^\d+%$"))
    conferir(aba, "mapa_390_escuro")
    aba.get_by_role("link", name="1 cliente sem lugar").tap()
    expect(aba.locator("#t-lugar")).to_have_text("Clientes sem lugar no mapa")
    expect(aba.locator("#lugar li")).to_contain_text("Vila Sem Nome/SC")


def test_o_painel_da_equipe_a_meta_ver_como_ana_e_o_painel_dela(
    pagina: Any, live_server: Any, bruno: Any, ana: Any, carteira: Any
) -> None:
    aba = pagina(bruno)
    aba.goto(f"{live_server.url}/painel/")
    conferir(aba, "painel_equipe_1440_claro")
    aba.get_by_role("link", name="Definir metas").click()
    aba.get_by_label("Giro (%) de Ana Souza").fill("40,5")
    aba.get_by_role("button", name="Salvar").press("Enter")
    expect(aba.get_by_text("Metas de 1 vendedor salvas.")).to_be_visible()
    aba.get_by_role("link", name="Voltar").click()
    expect(aba.get_by_role("row", name=re.compile("Ana Souza"))).to_contain_text("meta 41%")
    # ver como Ana: a faixa fica à vista em toda página, e nada que grave aparece
    aba.get_by_role("button", name="Ver como Ana Souza").press("Enter")
    faixa = aba.get_by_role("region", name="Vendo como outra pessoa")
    expect(faixa).to_contain_text("Vendo como Ana Souza — só leitura")
    conferir(aba, "ver_como_lista_1440_claro")
    expect(aba.get_by_role("button", name=re.compile("WhatsApp|Registrar"))).to_have_count(0)
    aba.locator("tbody [data-linha]").first.press("Enter")
    expect(faixa).to_be_visible()
    aba.mouse.wheel(0, 900)
    expect(faixa).to_be_in_viewport()
    expect(aba.locator("form[method=post]:visible")).to_have_count(1)  # só o Sair da faixa
    aba.goto(f"{live_server.url}/fila/")
    expect(aba.get_by_role("heading", level=1)).to_have_text("Fila de hoje de Ana Souza")
    faixa.get_by_role("button", name="Sair").press("Enter")
    expect(aba.get_by_text("Você voltou a ver o Carteira como você.")).to_be_visible()
    expect(faixa).to_have_count(0)
    acoes = RegistroDeAuditoria.objects.filter(acao__contains="ver como").order_by("pk")
    assert [(r.acao, r.por_id) for r in acoes] == [("ver como", bruno.pk), ("deixar de ver como", bruno.pk)]
    # o da Ana, no telefone e na mesa
    dela = pagina(ana, largura=390)
    dela.goto(f"{live_server.url}/painel/")
    expect(dela.get_by_role("img", name=re.compile("^Giro de carteira:"))).to_be_visible()
    assert problemas(dela, "painel", quais=(390, 1440)) == {}
    dela.get_by_role("link", name=re.compile("sem compra")).tap()
    expect(dela.get_by_role("heading", level=1)).to_contain_text("Quem não comprou em")
