"""Do e-mail ao retorno: o um clique no telefone, pelo toque, e o retorno na mesa, pelo teclado."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clientes.models import Cliente, Contato
from notificacoes.models import Gesto
from notificacoes.um_clique import assinar
from tests.navegador.carteira_pronta import povoar
from tests.navegador.conftest import fotografar, problemas, sem_rolagem_lateral, violacoes
from tests.notificacoes.test_retorno import alertar, falar
from tests.notificacoes.test_um_clique import carta

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def carteira(ana: Any, carla: Any, davi: Any, novo_cliente: Any, monkeypatch: Any) -> list[Cliente]:
    monkeypatch.setattr("carteira.tasks.tocar", lambda tarefa, *a: None)
    povoar(novo_cliente, [ana, carla], davi, quantos=12)
    return list(Cliente.objects.filter(vendedor=ana).order_by("codigo"))


def test_um_toque_no_telefone_pergunta_grava_e_desfaz(
    pagina: Any, live_server: Any, ana: Any, carteira: list[Cliente]
) -> None:
    hoje = timezone.localdate()
    carta(ana, carteira[0], vaga=hoje)
    token = assinar(ana.pk, carteira[0].pk, hoje, Gesto.COMPROU)
    aba = pagina(largura=390)
    aba.goto(f"{live_server.url}/um-clique/{token}/")
    expect(aba.get_by_role("heading", level=1)).to_have_text("Comercial 0…")
    assert Contato.objects.count() == 0
    assert violacoes(aba) == []
    assert sem_rolagem_lateral(aba)
    fotografar(aba, "um_clique_390_claro")
    aba.get_by_label("O que ficou combinado").fill("Mandar a tabela nova")
    aba.get_by_role("button", name="Confirmar: falei, comprou").tap()
    expect(aba.get_by_text("Fez pedido · Ligação")).to_be_visible()
    assert violacoes(aba) == []
    assert Contato.objects.get().observacao == "Mandar a tabela nova"
    aba.get_by_role("button", name="Desfazer").tap()
    expect(aba.get_by_role("button", name="Confirmar: falei, comprou")).to_be_visible()
    assert Contato.objects.get().desfeito_em is not None
    escura = pagina(largura=390, tema="escuro")
    escura.goto(f"{live_server.url}/um-clique/{token}/")
    assert violacoes(escura) == []
    escura.goto(f"{live_server.url}/um-clique/{token[:-3]}/")
    expect(escura.get_by_role("heading", level=1)).to_have_text("Este endereço não é válido")
    assert violacoes(escura) == []


def test_o_gestor_le_o_retorno_pelo_teclado_ate_os_clientes(
    pagina: Any, live_server: Any, ana: Any, bruno: Any, carteira: list[Cliente]
) -> None:
    hoje = timezone.localdate()
    for n, cliente in enumerate(carteira):
        alertar(ana, cliente, hoje - timedelta(days=9 + n))
    falar(carteira[0], ana, hoje - timedelta(days=8))
    aba = pagina(bruno)
    aba.goto(f"{live_server.url}/avisos/retorno/")
    expect(aba.get_by_role("heading", name="Por pessoa")).to_be_visible()
    assert problemas(aba, "retorno") == {}
    aba.get_by_role("group", name="Agrupar por").get_by_role("link", name="Regra").focus()
    aba.keyboard.press("Enter")
    expect(aba.get_by_role("heading", name="Por regra")).to_be_visible()
    aba.locator(".retorno-tab tbody a").nth(2).focus()  # os contatados do resumo do dia
    aba.keyboard.press("Enter")
    expect(aba).to_have_url(re.compile("medida=contatados"))
    expect(aba.locator("tbody [data-linha]")).to_have_text([carteira[0].nome])
