"""O pedido de um titular, do começo ao fim: pelo teclado na mesa, e pelo toque no telefone."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from clientes.models import Cliente, Oposicao, PessoaDeContato
from contas.models import Empresa
from tests.conftest import HOJE
from tests.navegador.conftest import problemas
from tests.navegador.olhar import nos_dois_temas
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _calado(monkeypatch: Any) -> None:
    monkeypatch.setattr("carteira.tasks.tocar", lambda *a: None)


@pytest.fixture
def marta(ana: Any, novo_cliente: Any) -> Cliente:
    Empresa.objects.update(referencia=HOJE)
    cliente = novo_cliente(
        "M1", vendedor=ana, razao_social="Marta Helena Kunz", documento="52998224725", documento_valido=True,
        telefone="+5547995550123", email="marta@kunz.test", compras=[(HOJE - timedelta(days=40), "150.00")],
    )  # fmt: skip
    PessoaDeContato.objects.create(cliente=cliente, nome="Otto Beilke", email="otto@kunz.test")
    return indicar(cliente, HOJE - timedelta(days=40), status="ativo")


def test_da_oposicao_a_anonimizacao(
    pagina: Any, live_server: Any, ana: Any, davi: Any, marta: Cliente
) -> None:
    telefone = pagina(ana, largura=390)
    telefone.goto(f"{live_server.url}/clientes/{marta.pk}/privacidade/")
    nos_dois_temas(telefone, "privacidade", 390)
    telefone.get_by_text("Visita", exact=True).click()
    telefone.get_by_label("O que disse").fill("Pediu na feira")
    telefone.get_by_role("button", name="Fechar os canais").click()
    expect(telefone.get_by_text("Pediu na feira")).to_be_visible()
    assert list(Oposicao.objects.values_list("canal", "por__nome")) == [("visita", "Ana Souza")]

    mesa = pagina(davi, largura=1440)
    mesa.goto(f"{live_server.url}/clientes/{marta.pk}/privacidade/")
    nos_dois_temas(mesa, "privacidade")
    mesa.goto(f"{live_server.url}/clientes/{marta.pk}/privacidade/anonimizar/")
    nos_dois_temas(mesa, "anonimizar")
    mesa.get_by_label("Por que").fill("Pedido do titular")
    mesa.get_by_label("Escreva a frase acima").fill("anonimizar cliente M1")
    mesa.keyboard.press("Enter")
    expect(mesa.get_by_role("heading", level=1)).to_have_text("Privacidade de Titular anonimizado")
    achados: dict[str, list[str]] = {}
    for nome in ("lgpd/bloqueios", "lgpd/retencao"):
        mesa.goto(f"{live_server.url}/{nome}/")
        achados |= problemas(mesa, nome.replace("/", "-"))
    assert achados == {}
