"""O que fica no aparelho e o que não fica: sair, trocar de pessoa, versão nova, e o polegar em toda tela."""

import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import expect

from carteira.aparelhos import chave_da_pessoa
from clientes.models import Contato
from tests.navegador.conftest import fotografar, problemas, sem_rolagem_lateral, violacoes
from tests.navegador.no_telefone import (
    AURORA,
    ate,
    cair,
    entrar_como,
    faixa,
    guardado,
    pronto,
    registrar,
    voltar,
)
from tests.navegador.rede import Rede

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]


def test_sair_avisa_do_que_falta_enviar_e_nao_deixa_nada(
    telefone: Any,
    rede: Rede,
    ana: Any,
    carteira_da_ana: dict[str, Any],
) -> None:
    aba = telefone(ana)
    chave = chave_da_pessoa(ana)
    cair(aba, rede)
    registrar(aba, AURORA, "Fez pedido", "Vai antes de sair")
    aba.get_by_role("button", name="Mais").tap()
    aba.locator("#menu-celular").get_by_role("button", name="Sair").tap()
    pergunta = aba.get_by_role("dialog", name="Há contatos por enviar")
    expect(pergunta).to_contain_text("1 contato ainda não foi enviado")
    fotografar(aba, "celular-sair-390-claro")
    assert violacoes(aba) == []
    pergunta.get_by_role("button", name="Enviar e sair").tap()
    expect(pergunta.get_by_role("alert")).to_contain_text("Nada foi apagado")
    resta = guardado(aba)
    assert resta["bancos"] == [f"carteira-{chave}"]
    assert f"dia-{chave}" in resta["caches"]
    voltar(aba, rede)
    pergunta.get_by_role("button", name="Enviar e sair").tap()
    aba.wait_for_url("**/entrar/**")
    assert guardado(aba) == {"bancos": [], "caches": [], "registros": 0}
    assert [c.observacao for c in Contato.objects.all()] == ["Vai antes de sair"]


def test_o_dia_que_chega_depois_de_sair_nao_fica(
    telefone: Any, rede: Rede, ana: Any, carteira_da_ana: dict[str, Any]
) -> None:
    aba = telefone(ana)
    rede.demorar("/hoje/", 60)
    aba.evaluate("() => { window.tarde = fetch('/hoje/'); }")
    aba.get_by_role("button", name="Mais").tap()
    aba.locator("#menu-celular").get_by_role("button", name="Sair").tap()
    aba.wait_for_url("**/entrar/**")
    rede.demorar("/hoje/", 0)  # a resposta enfim chega
    aba.wait_for_timeout(800)
    assert guardado(aba, "dia-")["caches"] == []


def test_quem_prefere_apaga_e_sai(
    telefone: Any,
    rede: Rede,
    ana: Any,
    carteira_da_ana: dict[str, Any],
) -> None:
    aba = telefone(ana)
    cair(aba, rede)
    registrar(aba, AURORA, "Fez pedido", "Não era nada")
    aba.get_by_role("button", name="Mais").tap()
    aba.locator("#menu-celular").get_by_role("button", name="Sair").tap()
    aba.get_by_role("button", name="Ficar").tap()
    expect(faixa(aba)).to_be_visible()
    voltar(aba, rede)
    rede.perder_resposta("/contato/do-aparelho/")
    rede.no_ar = False
    aba.get_by_role("button", name="Mais").tap()
    aba.locator("#menu-celular").get_by_role("button", name="Sair").tap()
    rede.no_ar = True
    aba.get_by_role("button", name="Apagar e sair").tap()
    aba.wait_for_url("**/entrar/**")
    assert guardado(aba) == {"bancos": [], "caches": [], "registros": 0}


def test_carla_no_mesmo_aparelho_nao_ve_nada_da_ana(
    telefone: Any,
    rede: Rede,
    ana: Any,
    carla: Any,
    carteira_da_ana: dict[str, Any],
) -> None:
    """A sessão da Ana venceu com um contato por enviar; a Carla entra, e depois a Ana volta."""
    aba = telefone(ana)
    cair(aba, rede)
    registrar(aba, AURORA, "Fez pedido", "Segredo da Ana")
    aba.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    voltar(aba, rede)
    entrar_como(aba, rede, carla)
    pronto(aba)
    expect(aba.locator("body")).to_contain_text("Carla Dias")
    expect(faixa(aba)).to_be_hidden()
    assert guardado(aba, "dia-")["caches"] == [f"dia-{chave_da_pessoa(carla)}"]
    cair(aba, rede)
    aba.goto(f"{rede.url}/hoje/")
    expect(aba.get_by_role("region", name="Página guardada no aparelho")).to_be_visible()
    expect(aba.locator("#dia")).to_contain_text("Tudo em dia por hoje")
    assert "Aurora" not in aba.content()
    assert "Segredo da Ana" not in aba.content()
    assert not Contato.objects.exists()
    # o que é da Ana espera por ela
    voltar(aba, rede)
    aba.goto(f"{rede.url}/hoje/")
    aba.get_by_role("button", name="Mais").tap()
    aba.locator("#menu-celular").get_by_role("button", name="Sair").tap()
    aba.wait_for_url("**/entrar/**")
    assert not Contato.objects.exists()


def test_quem_administra_no_mesmo_aparelho_apaga_o_dia_e_nao_guarda_o_seu(
    telefone: Any, rede: Rede, ana: Any, davi: Any, carteira_da_ana: dict[str, Any]
) -> None:
    aba = telefone(ana)
    aba.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    entrar_como(aba, rede, davi)
    aba.goto(f"{rede.url}/hoje/")
    assert guardado(aba, "dia-")["caches"] == []


def test_quem_nao_liga_nao_guarda_nada(pagina: Any, rede: Rede, davi: Any) -> None:
    aba = pagina(davi, largura=390, aparelho=True)
    aba.goto(f"{rede.url}/clientes/")
    aba.wait_for_timeout(300)
    assert guardado(aba) == {"bancos": [], "caches": [], "registros": 0}


def test_outra_pagina_sem_sinal_leva_a_lista_de_hoje_e_o_papel_que_muda_a_tira(
    telefone: Any,
    rede: Rede,
    ana: Any,
    carteira_da_ana: dict[str, Any],
) -> None:
    aba = telefone(ana)
    cair(aba, rede)
    aba.goto(f"{rede.url}/clientes/")
    expect(aba.get_by_role("heading", name="Sem sinal")).to_be_visible()
    assert violacoes(aba) == []
    aba.get_by_role("link", name="Abrir a lista de hoje").tap()
    expect(aba.locator("#dia")).to_contain_text(AURORA)
    # a recusa (403) nunca se guarda, e leva embora o que estava guardado
    voltar(aba, rede)
    assert guardado(aba, "dia-")["caches"] == [f"dia-{chave_da_pessoa(ana)}"]
    ana.papel = "leitura"
    ana.save()
    assert aba.goto(f"{rede.url}/hoje/").status == 403
    assert guardado(aba, "dia-")["caches"] == []


@pytest.mark.resistencia
def test_versao_nova_do_aplicativo_assume_sem_prender_na_velha(
    telefone: Any, rede: Rede, ana: Any, carteira_da_ana: dict[str, Any], monkeypatch: Any, tmp_path: Path
) -> None:
    aba = telefone(ana)
    (velha,) = guardado(aba, "casca-")["caches"]
    copia = tmp_path / "static"
    shutil.copytree(Path(settings.BASE_DIR) / "static", copia)
    folha = copia / "css" / "aparelho.css"
    folha.write_text(folha.read_text() + "\n.nova {}\n")
    monkeypatch.setattr("carteira.aparelhos._ESTATICOS", copia)
    aba.goto(f"{rede.url}/clientes/")
    ate(aba, "async (velha) => !(await caches.keys()).includes(velha)", velha)
    (nova,) = guardado(aba, "casca-")["caches"]
    assert nova != velha
    # a aba aberta passou para a versão nova, e o dia guardado continua servindo
    cair(aba, rede)
    aba.goto(f"{rede.url}/hoje/")
    expect(aba.locator("#dia")).to_contain_text(AURORA)


ALVOS = """() => [...document.querySelectorAll(
    'a[href]:not(.pular), button, input:not([type=hidden]), select, textarea, summary')]
  .filter((e) => e.checkVisibility() && e.getBoundingClientRect().width > 1 && !e.closest('label'))
  .map((e) => {
    const depois = getComputedStyle(e, '::after');
    const em_volta = depois.content !== 'none' && depois.position === 'absolute' ? parseFloat(depois.height) || 0 : 0;
    return [e.outerHTML.slice(0, 90), Math.max(e.getBoundingClientRect().height, em_volta)];
  }).filter(([, altura]) => altura < 44)"""


def test_o_dia_se_le_e_todo_alvo_do_dia_do_vendedor_cabe_no_polegar(
    pagina: Any, live_server: Any, ana: Any, carteira_da_ana: dict[str, Any]
) -> None:
    aba = pagina(ana, largura=390)
    cliente = f"/clientes/{carteira_da_ana[AURORA].pk}/"
    aba.goto(f"{live_server.url}/hoje/")
    assert problemas(aba, "celular-hoje", quais=(390, 1440)) == {}
    pequenos = {}
    for caminho in (
        "/hoje/",
        "/clientes/",
        cliente,
        f"{cliente}contato/",
        f"{cliente}agendar/",
        "/agenda/",
        "/fila/",
    ):
        aba.goto(f"{live_server.url}{caminho}")
        pequenos[caminho] = aba.evaluate(ALVOS)
        assert sem_rolagem_lateral(aba), caminho
    assert {caminho: achados for caminho, achados in pequenos.items() if achados} == {}
