"""A grade na mão de quem trabalha: teclado na mesa, polegar no telefone, e sem JavaScript."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from clientes.models import Agendamento, Contato, Visao
from clientes.models.atendimento import Atendimento
from tests.conftest import HOJE
from tests.navegador.conftest import fotografar, quieta, sem_rolagem_lateral, violacoes
from tests.navegador.test_clientes import carteira  # noqa: F401
from tests.web.fatos_de_teste import titulo

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]
COLUNAS = "status,titulos,atendimento,agenda,valor,codigo,ritmo"


@pytest.fixture
def com_fatos(carteira: dict[str, Any]) -> dict[str, Any]:  # noqa: F811
    """Açougue deve desde 08/11 e tem uma reclamação aberta."""
    acougue = carteira["C0"]
    titulo(acougue, "T1", -12, "95.00")
    Atendimento.objects.create(
        empresa=acougue.empresa,
        cliente=acougue,
        numero="A1",
        tipo="reclamacao",
        assunto="Atraso",
        aberto_em=HOJE,
    )
    return carteira


def marcados(aba: Page) -> Any:
    return aba.locator("input[name=cliente]:checked")


def test_so_com_o_teclado_marca_agenda_desfaz_e_guarda_a_visao(
    pagina: Any, live_server: Any, ana: Any, com_fatos: dict[str, Any]
) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/clientes/?ordem=nome&colunas={COLUNAS}")
    # o farol abre o painel dele num diálogo, e Esc devolve o foco
    farol = aba.get_by_role("link", name="1 vencido")
    farol.focus()
    aba.keyboard.press("Enter")
    dialogo = aba.locator("#dialogo")
    expect(dialogo.get_by_text("Título T1 venceu sem pagamento")).to_be_visible()
    fotografar(aba, "grade-painel-1440")
    assert violacoes(aba) == []
    aba.keyboard.press("Escape")
    expect(farol).to_be_focused()
    # x marca, Shift+x marca até aqui
    aba.evaluate("document.activeElement.blur()")
    aba.keyboard.press("j")
    aba.keyboard.press("x")
    for _ in range(2):
        aba.keyboard.press("j")
    aba.keyboard.press("Shift+X")
    expect(marcados(aba)).to_have_count(3)
    expect(aba.locator("[data-conta]")).to_have_text("3 marcados")
    fotografar(aba, "grade-marcados-1440")
    assert violacoes(aba) == []
    assert sem_rolagem_lateral(aba)
    # Shift+A agenda os marcados: um já tem o que fazer só se combinado antes
    aba.keyboard.press("Shift+A")
    expect(dialogo.get_by_role("heading", name="Agendar 3 clientes")).to_be_visible()
    assert violacoes(aba) == []
    dialogo.get_by_label("Nota").fill("Tabela nova")
    dialogo.get_by_role("button", name="Agendar", exact=True).click()
    aba.get_by_text("com 3 clientes.").wait_for()
    expect(dialogo).to_be_hidden()
    quieta(aba)
    expect(marcados(aba)).to_have_count(0)
    expect(aba.locator("#acoes")).to_be_hidden()
    assert Agendamento.objects.filter(nota="Tabela nova", cancelado_em__isnull=True).count() == 3
    aba.get_by_role("button", name="Desfazer").click()
    aba.get_by_text("3 agendamentos desfeitos.").wait_for()
    assert not Agendamento.objects.filter(nota="Tabela nova", cancelado_em__isnull=True).exists()
    quieta(aba)
    # a lista como está vira visão, e a URL a diz
    aba.get_by_role("link", name="Salvar visão").click()
    dialogo.get_by_label("Nome").fill("Quem deve")
    aba.keyboard.press("Enter")
    aba.wait_for_url("**visao=**")
    expect(
        aba.get_by_role("navigation", name="Visões salvas").get_by_role("link", name="Quem deve")
    ).to_have_attribute("aria-current", "true")
    assert "titulos" in Visao.objects.get().consulta
    quieta(aba)
    # subir uma coluna com o botão, e a tabela obedece
    aba.locator("summary", has_text="Colunas").press("Enter")
    aba.get_by_role("button", name="Subir Títulos").press("Enter")
    assert violacoes(aba) == []
    aba.get_by_role("button", name="Aplicar").press("Enter")
    aba.wait_for_url("**colunas=titulos%2Cstatus**")
    expect(aba.locator("thead th").nth(2)).to_have_text("Títulos")
    expect(aba.get_by_text("mudada")).to_be_visible()
    fotografar(aba, "grade-visao-1440")


def test_muitas_colunas_rolam_na_caixa_com_o_nome_e_o_cabecalho_parados(
    pagina: Any, live_server: Any, ana: Any, com_fatos: dict[str, Any]
) -> None:
    aba = pagina(ana, tema="escuro")
    todas = (
        f"{COLUNAS},inatividade,recencia,frequencia,tendencia,rfv,pedidos,orcamentos,notas,credito,financeira"
    )
    aba.goto(f"{live_server.url}/clientes/?ordem=nome&colunas={todas}&densidade=compacta")
    grade = aba.locator("[data-grade]")
    nome = aba.locator("tbody td.c-nome").first
    antes = nome.bounding_box()["x"]
    grade.evaluate("e => { e.scrollLeft = 600 }")
    assert nome.bounding_box()["x"] == antes
    assert aba.locator("table.compacta").count() == 1
    assert sem_rolagem_lateral(aba)
    assert violacoes(aba) == []
    fotografar(aba, "grade-todas-1440-escuro")


def test_com_o_polegar_os_pares_a_selecao_e_o_email_em_lote(
    pagina: Any, live_server: Any, ana: Any, com_fatos: dict[str, Any]
) -> None:
    aba = pagina(ana, largura=390)
    aba.goto(f"{live_server.url}/clientes/?ordem=nome&colunas={COLUNAS}")
    cartao = aba.locator("tbody tr").first
    par = cartao.locator("td[data-rotulo=Títulos]")
    expect(par).to_contain_text("1 vencido")
    assert par.evaluate("e => getComputedStyle(e, '::before').content") == '"Títulos"'
    caixa = cartao.locator(".c-sel label").bounding_box()
    assert caixa["width"] >= 44
    assert caixa["height"] >= 44
    for n in range(2):
        aba.locator(".c-sel label").nth(n).tap()
    expect(aba.locator("[data-conta]")).to_have_text("2 marcados")
    fotografar(aba, "grade-marcados-390")
    assert violacoes(aba) == []
    assert sem_rolagem_lateral(aba)
    aba.locator("#acoes").get_by_role("button", name="E-mail").tap()
    dialogo = aba.locator("#dialogo")
    expect(dialogo.get_by_text("Como chega a")).to_be_visible()
    fotografar(aba, "grade-email-390")
    assert violacoes(aba) == []
    dialogo.get_by_role("button", name="Enviar 2 e-mails").tap()
    expect(dialogo).to_be_hidden()
    expect(aba.locator("#avisos")).to_contain_text("E-mail para 2 clientes")
    assert Contato.objects.filter(canal="email").count() == 2


def test_sem_javascript_marca_agenda_e_escolhe_colunas(
    pagina: Any, live_server: Any, ana: Any, com_fatos: dict[str, Any], navegador: Any
) -> None:
    com_js = pagina(ana)
    contexto = navegador.new_context(java_script_enabled=False, locale="pt-BR")
    contexto.add_cookies(com_js.context.cookies(live_server.url))
    aba = contexto.new_page()
    aba.goto(f"{live_server.url}/clientes/?ordem=nome&colunas=status,codigo")
    aba.locator("summary", has_text="Colunas").click()
    aba.get_by_role("button", name="Subir Código").click()
    aba.wait_for_url("**colunas=codigo%2Cstatus**")
    aba.locator("input[name=cliente]").first.check()
    aba.get_by_role("button", name="Agendar").click()
    aba.get_by_role("heading", name="Agendar 1 cliente").wait_for()
    aba.get_by_role("button", name="Agendar").click()
    aba.wait_for_url("**colunas=codigo%2Cstatus**")
    expect(aba.get_by_text("com 1 cliente.")).to_be_visible()
    assert Agendamento.objects.filter(cliente=com_fatos["C0"]).count() == 1
    contexto.close()
