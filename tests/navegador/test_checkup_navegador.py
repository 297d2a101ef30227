"""O checkup e as irmãs num navegador: do achado ao nome pelo teclado, e a decisão de não visitar no telefone."""

from typing import Any

import pytest
from playwright.sync_api import expect

from atividade.models import NaoVisitar
from tests.navegador.carteira_pronta import povoar
from tests.navegador.conftest import problemas, quieta
from tests.navegador.olhar import nos_dois_temas

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def carteira(ana: Any, carla: Any, davi: Any, novo_cliente: Any, monkeypatch: Any) -> Any:
    monkeypatch.setattr("carteira.tasks.tocar", lambda tarefa, empresa: None)
    return povoar(novo_cliente, [ana, carla], davi)


def test_do_achado_ao_nome_pelo_teclado_e_a_decisao_no_telefone(
    pagina: Any, live_server: Any, davi: Any, bruno: Any, carteira: Any
) -> None:
    aba = pagina(davi)
    aba.goto(f"{live_server.url}/checkup/")
    expect(aba.get_by_role("heading", level=1)).to_have_text("Checkup da carteira")
    assert problemas(aba, "checkup") == {}
    # do giro aos intocados, só com Enter
    aba.get_by_role("link", name="Ver Giro de carteira").press("Enter")
    aba.wait_for_url("**/positivacao/**")
    assert problemas(aba, "positivacao") == {}
    intocados = aba.locator("tfoot a").last
    quantos = intocados.inner_text()
    intocados.press("Enter")
    aba.wait_for_url("**/positivacao/clientes/**")
    expect(aba.locator(".cabeca p")).to_contain_text(f"{quantos} cliente")
    aba.goto(f"{live_server.url}/declinio/?piso=0&queda=1&meses=3")
    assert problemas(aba, "declinio", volta=False) == {}
    # no telefone, o gestor: dos esquecidos à decisão
    fone = pagina(bruno, largura=390)
    fone.goto(f"{live_server.url}/declinio/?piso=0&queda=1&meses=3")
    fone.get_by_role("link", name="Esquecidos").tap()
    fone.wait_for_url("**/checkup/esquecidos/**")
    fone.locator("tfoot a").first.tap()
    fone.wait_for_url("**/clientes/?**")
    pk = fone.locator("[data-linha]").first.get_attribute("href").strip("/").split("/")[1]
    fone.goto(f"{live_server.url}/checkup/nao-visitados/{pk}/")
    fone.get_by_text("Exclusividade pedida por outro cliente").tap()
    fone.get_by_label("Nota").fill("pedida pela maior da cidade")
    nos_dois_temas(fone, "decidir", 390)
    fone.get_by_role("button", name="Salvar").tap()
    fone.wait_for_url("**/checkup/nao-visitados/")
    quieta(fone)
    nos_dois_temas(fone, "nao_visitados", 390)
    fone.get_by_role("button", name="Voltar a visitar").tap()
    expect(fone.get_by_text("Nenhuma decisão em vigor")).to_be_visible()
    assert NaoVisitar.objects.get().desfeita_por == bruno
