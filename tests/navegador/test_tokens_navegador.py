"""Os tokens da API num navegador de verdade: criar e experimentar na mesa, revogar no telefone."""

from typing import Any

import pytest
from playwright.sync_api import expect

from contas.models import TokenDaApi
from contas.tokens import criar_token
from tests.navegador.conftest import fotografar, problemas
from tests.navegador.olhar import nos_dois_temas

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]


def test_ana_cria_um_token_e_experimenta_a_api_e_davi_o_revoga_no_telefone(
    pagina: Any, live_server: Any, ana: Any, davi: Any
) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/perfil/tokens/")
    assert problemas(aba, "tokens-vazio") == {}
    aba.get_by_label("Nome").fill("ERP da matriz")
    aba.keyboard.press("Enter")
    expect(aba.get_by_role("heading", name="Copie agora")).to_be_visible()
    segredo = aba.locator("#segredo").input_value()
    assert segredo.startswith("ctr_")
    nos_dois_temas(aba, "tokens-criado")
    aba.get_by_role("link", name="Referência da API").click()
    expect(aba.locator(".swagger-ui .info .title")).to_contain_text("Carteira")
    aba.locator("#operations-tag-empresas").click()
    aba.locator("#operations-empresas-empresas_listar .opblock-summary-control").click()
    aba.get_by_role("button", name="Try it out").click()
    aba.get_by_role("button", name="Execute").click()
    expect(aba.locator(".live-responses-table tbody .response-col_status").first).to_contain_text("200")
    fotografar(aba, "api-docs-1440")

    criar_token(pessoa=ana, nome="Planilha", escopos=["ler", "lote"], dias=30)
    telefone = pagina(davi, largura=390)
    telefone.goto(f"{live_server.url}/pessoas/tokens/")
    nos_dois_temas(telefone, "tokens-de-todos", 390)
    telefone.get_by_role("link", name="Revogar ERP da matriz").tap()
    telefone.get_by_role("button", name="Revogar").tap()
    expect(telefone.get_by_role("link", name="Revogar ERP da matriz")).to_have_count(0)
    assert [t.nome for t in TokenDaApi.objects.filter(revogado_em__isnull=True)] == ["Planilha"]
