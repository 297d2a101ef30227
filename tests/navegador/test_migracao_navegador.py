"""O movimento da carteira num navegador de verdade: da matriz aos nomes, dos relógios à lista, em mesa e telefone."""

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.navegador.carteira_pronta import povoar
from tests.navegador.conftest import problemas

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]
PAGINAS = {
    "migracao": "/migracao/",
    "saldo": "/migracao/saldo/",
    "aberturas": "/migracao/aberturas/",
    "dois_relogios": "/dois-relogios/",
    "cidades": "/cidades/",
}


@pytest.fixture
def carteira(ana: Any, carla: Any, davi: Any, novo_cliente: Any, monkeypatch: Any) -> Any:
    monkeypatch.setattr("carteira.tasks.tocar", lambda tarefa, empresa: None)
    return povoar(novo_cliente, [ana, carla], davi)


def test_do_numero_aos_nomes_na_mesa_e_no_telefone(
    pagina: Any, live_server: Any, davi: Any, carteira: Any
) -> None:
    mesa = pagina(davi, largura=1440)
    achados: dict[str, list[str]] = {}
    for nome, caminho in PAGINAS.items():
        mesa.goto(f"{live_server.url}{caminho}")
        achados |= problemas(mesa, nome)
    assert achados == {}
    # pelo teclado: da célula da matriz aos nomes dela, e de volta pelas abas
    mesa.goto(f"{live_server.url}/migracao/?de=2026-01-31")
    celula = mesa.locator(".matriz tbody td a").first
    quantos = celula.locator("b").inner_text()
    celula.focus()
    mesa.keyboard.press("Enter")
    mesa.wait_for_url("**/migracao/clientes/**")
    expect(mesa.locator(".cabeca p")).to_contain_text(re.compile(rf"^{quantos} cliente"))
    expect(mesa.locator("tbody [data-linha]")).to_have_count(min(int(quantos), 50))

    telefone = pagina(davi, largura=390)
    telefone.goto(f"{live_server.url}/dois-relogios/")
    celula = telefone.locator(".relogios-t tbody td a").first
    quantos = celula.locator("b").inner_text()
    celula.tap()
    telefone.wait_for_url("**/clientes/**")
    expect(telefone.locator("tbody [data-linha]")).to_have_count(min(int(quantos), 50))
