"""A cruzada e os resultados num navegador de verdade: pelo teclado na mesa e pelo toque no telefone."""

from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clientes.models import Cliente
from notificacoes.models import ItemDeMensagem
from tests.navegador.carteira_pronta import povoar
from tests.navegador.conftest import problemas, quieta, sem_rolagem_lateral

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def carteira(ana: Any, carla: Any, davi: Any, novo_cliente: Any, monkeypatch: Any) -> Any:
    """Com três avisos de hoje, para que o funil tenha o que contar."""
    monkeypatch.setattr("carteira.tasks.tocar", lambda tarefa, empresa: None)
    empresa = povoar(novo_cliente, [ana, carla], davi)
    dia = timezone.localdate()
    ItemDeMensagem.objects.bulk_create(
        ItemDeMensagem(
            regra="resumo_diario", pessoa=ana, cliente=cliente, evento=str(dia), ordem=1, decidido_em=dia
        )
        for cliente in Cliente.objects.filter(vendedor=ana).order_by("codigo")[:3]
    )
    return empresa


def test_pelo_teclado_da_cruzada_a_lista_e_de_uma_aba_dos_resultados_a_outra(
    pagina: Any, live_server: Any, davi: Any, carteira: Any
) -> None:
    aba = pagina(davi)
    aba.goto(f"{live_server.url}/composicao/cruzada/?linhas=vendedor&colunas=uf")
    assert problemas(aba, "cruzada") == {}
    celula = aba.locator(".cruzada tbody td a").first
    quantos = celula.inner_text()
    celula.focus()
    aba.keyboard.press("Enter")
    aba.wait_for_url("**/clientes/**")
    expect(aba.locator("tbody [data-linha]")).to_have_count(int(quantos))

    aba.goto(f"{live_server.url}/resultados/")
    assert problemas(aba, "resultados") == {}
    for nome, caminho in (("Contatos e pedidos", "contatos"), ("Funil", "funil")):
        aba.get_by_role("link", name=nome, exact=True).focus()
        aba.keyboard.press("Enter")
        aba.wait_for_url(f"**/resultados/{caminho}/**")
    avisados = aba.locator(".resultados-funil a").first
    expect(avisados).to_have_text("3")
    avisados.focus()
    aba.keyboard.press("Enter")
    aba.wait_for_url("**/resultados/clientes/**")
    expect(aba.locator("tbody [data-linha]")).to_have_count(3)


def test_pelo_toque_no_telefone_a_cruzada_rola_dentro_de_si_e_o_menu_leva_aos_resultados(
    pagina: Any, live_server: Any, davi: Any, carteira: Any
) -> None:
    aba = pagina(davi, largura=390)
    aba.goto(f"{live_server.url}/composicao/cruzada/?linhas=vendedor&colunas=uf")
    assert sem_rolagem_lateral(aba)
    aba.get_by_role("link", name="Trocar os eixos").tap()
    aba.wait_for_url("**linhas=uf**")
    expect(aba.locator(".cruzada tbody tr")).to_have_count(3)
    aba.locator("[data-abrir=menu-celular]:visible").first.tap()
    aba.locator("#menu-celular").get_by_role("link", name="Resultados", exact=True).tap()
    aba.wait_for_url("**/resultados/")
    aba.get_by_role("link", name="Objeções e motivos", exact=True).tap()
    aba.wait_for_url("**/resultados/objecoes/**")
    quieta(aba)
    assert sem_rolagem_lateral(aba)
