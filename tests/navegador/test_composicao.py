"""A composição num navegador de verdade: os dois temas, a mesa e o telefone, o mouse e o teclado."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.navegador.carteira_pronta import povoar
from tests.navegador.conftest import problemas

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def carteira(ana: Any, carla: Any, davi: Any, novo_cliente: Any, monkeypatch: Any) -> Any:
    monkeypatch.setattr("carteira.tasks.tocar", lambda tarefa, empresa: None)
    return povoar(novo_cliente, [ana, carla], davi)


def test_composicao_se_le_e_tudo_nela_troca_no_lugar_e_guarda_a_url(
    pagina: Any, live_server: Any, davi: Any, carteira: Any
) -> None:
    aba = pagina(davi)
    aba.goto(f"{live_server.url}/composicao/mudancas/")
    assert problemas(aba, "composicao_mudancas") == {}
    aba.goto(f"{live_server.url}/composicao/")
    assert problemas(aba, "composicao") == {}
    # o período das mudanças
    expect(aba.locator("#t-mudancas")).to_contain_text("em 30 dias")
    aba.get_by_role("group", name="Desde").get_by_role("link", name="7 dias").click()
    expect(aba.locator("#t-mudancas")).to_contain_text("Ninguém mudou de situação em 7 dias")
    # a dimensão do detalhe
    aba.get_by_role("group", name="Agrupar por").get_by_role("link", name="UF").click()
    expect(aba.get_by_role("heading", name="Detalhe por UF")).to_be_visible()
    expect(aba).to_have_url(re.compile("agrupar=uf"))
    aba.reload()
    expect(aba.get_by_role("heading", name="Detalhe por UF")).to_be_visible()
    # só as situações que ficaram marcadas
    quase = (
        aba.locator("section[aria-labelledby=t-atividade] tbody tr").nth(1).locator("td").first.inner_text()
    )
    for situacao in ("Ativos", "Inativos", "Prospects"):
        aba.locator("form.exibir").get_by_label(situacao, exact=True).uncheck()
    aba.get_by_role("button", name="Exibir clientes").click()
    aba.wait_for_url("**/clientes/**")
    assert aba.url.count("status=") == 1
    assert "status=quase_inativo" in aba.url
    expect(aba.locator("tbody [data-linha]")).to_have_count(int(quase))
    # a UF, pelo teclado, muda todos os números
    aba.goto(f"{live_server.url}/composicao/")
    aba.locator("summary.chip", has_text="UF").focus()
    aba.keyboard.press("Enter")
    aba.get_by_role("link", name="PR", exact=True).first.focus()
    aba.keyboard.press("Enter")
    aba.wait_for_url("**uf=PR**")
    expect(aba.locator("summary.chip.lig")).to_contain_text("PR")
    expect(aba.locator(".cabeca")).to_contain_text("12 clientes")


def test_sem_javascript_tudo_continua_funcionando(
    pagina: Any, live_server: Any, davi: Any, carteira: Any, navegador: Any
) -> None:
    com_sessao = pagina(davi).context
    contexto = navegador.new_context(java_script_enabled=False, storage_state=com_sessao.storage_state())
    aba = contexto.new_page()
    aba.goto(f"{live_server.url}/composicao/")
    aba.get_by_role("group", name="Agrupar por").get_by_role("link", name="Segmento").click()
    expect(aba.get_by_role("heading", name="Detalhe por segmento")).to_be_visible()
    aba.locator("section[aria-labelledby=t-detalhe] tbody tr a").first.click()
    expect(aba).to_have_url(re.compile(r"/clientes/\?"))
    contexto.close()
