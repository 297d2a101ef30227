"""Higiene pelo teclado, na mesa; crédito pelo toque, no telefone: cada número leva à lista, e cada gesto se desfaz."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from clientes import duplicados
from clientes.models import Cliente, Fusao, PlanoDeAcao, ScoreDeCredito, Titulo
from contas.models import Empresa
from tests.navegador.conftest import problemas, quieta
from tests.navegador.olhar import nos_dois_temas
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _calado(monkeypatch: Any) -> None:
    monkeypatch.setattr("carteira.tasks.tocar", lambda *a: None)


def test_da_pendencia_ao_par_e_de_volta_pelo_teclado(
    pagina: Any, live_server: Any, davi: Any, ana: Any, empresa: Empresa, novo_cliente: Any
) -> None:
    for n in (1, 2):
        novo_cliente(f"T{n}", vendedor=ana, razao_social=f"Casa {n}", telefone="falar com o Zé")
    um = novo_cliente("1", vendedor=ana, razao_social="Ferragens São João", cidade="Blumenau", uf="SC")
    novo_cliente("2", vendedor=ana, razao_social="FERRAGENS SAO JOAO LTDA", cidade="Blumenau", uf="SC")
    duplicados.procurar(empresa)
    mesa = pagina(davi, largura=1440)

    mesa.goto(f"{live_server.url}/higienizacao/?tipo=telefone_invalido")
    assert problemas(mesa, "higiene") == {}
    mesa.get_by_role("link", name="Consertar Casa 1").press("Enter")
    dialogo = mesa.get_by_role("dialog")
    campo = dialogo.get_by_label("Telefone com DDD")
    expect(dialogo).to_contain_text("Casa 1")
    expect(campo).to_be_focused()
    nos_dois_temas(mesa, "higiene_conserto")
    campo.fill("47 99922-0198")
    dialogo.get_by_role("button", name="Salvar e ir à próxima").press("Enter")
    expect(dialogo).to_contain_text("Casa 2")
    expect(campo).to_be_focused()  # o teclado continua de onde se escreve
    quieta(mesa)
    campo.fill("47 99922-0199")
    mesa.keyboard.press("Enter")
    expect(dialogo).to_have_count(0)
    telefones = Cliente.objects.filter(codigo__startswith="T").order_by("codigo")
    assert list(telefones.values_list("telefone", flat=True)) == ["+5547999220198", "+5547999220199"]
    quieta(mesa)
    expect(mesa.locator("#fila-hig")).to_contain_text("2 consertadas")

    mesa.goto(f"{live_server.url}/higienizacao/duplicados/")
    nos_dois_temas(mesa, "higiene_pares")
    mesa.get_by_role("link", name="Comparar e unir").press("Enter")
    mesa.wait_for_url("**/higienizacao/unir/**")
    mesa.get_by_role("button", name="Unir os dois").press("Enter")
    mesa.wait_for_url("**/higienizacao/unioes/*/")
    assert not Cliente.objects.filter(codigo="2").exists()
    mesa.get_by_role("button", name="Desfazer a união").press("Enter")
    expect(mesa.get_by_role("button", name="Desfazer a união")).to_have_count(0)
    assert Fusao.objects.get().desfeita_em is not None
    assert Cliente.objects.get(codigo="2").razao_social == "FERRAGENS SAO JOAO LTDA"
    um.refresh_from_db()
    assert um.razao_social == "Ferragens São João"


def test_do_painel_de_credito_ao_plano_pelo_toque(
    pagina: Any, live_server: Any, bruno: Any, ana: Any, empresa: Empresa, novo_cliente: Any
) -> None:
    hoje = timezone.localdate()
    Empresa.objects.update(referencia=hoje)
    for n, valor in enumerate((480, 490, 910)):
        cliente = indicar(novo_cliente(f"C{n}", vendedor=ana), hoje - timedelta(days=10), status="ativo")
        ScoreDeCredito.objects.create(empresa=empresa, cliente=cliente, fonte="Serasa", em=hoje, valor=valor)
    vencido = hoje - timedelta(days=31)
    devedor = Cliente.objects.get(codigo="C0")
    Titulo.objects.create(
        empresa=empresa, numero="T1", cliente=devedor, emissao=vencido, vencimento=vencido, valor=90, saldo=90
    )
    telefone = pagina(bruno, largura=390)

    telefone.goto(f"{live_server.url}/credito/")
    nos_dois_temas(telefone, "credito", 390)
    telefone.get_by_role("region", name="Faixas de score").get_by_role(
        "link", name=re.compile("^Baixo")
    ).tap()
    telefone.wait_for_url("**/clientes/**")
    expect(telefone.locator("tbody [data-linha]")).to_have_count(2)
    telefone.goto(f"{live_server.url}/credito/")
    telefone.get_by_role("link", name="Plano para os inadimplentes").tap()
    telefone.wait_for_url("**/credito/planos/novo/**")
    telefone.get_by_label("O que fazer").fill("Renegociar em três vezes")
    telefone.get_by_role("button", name="Abrir plano").tap()
    telefone.wait_for_url("**/credito/planos/*/")
    expect(telefone.get_by_role("heading", level=1)).to_have_text("Renegociar em três vezes")
    plano = PlanoDeAcao.objects.get()
    assert [item.cliente for item in plano.itens.select_related("cliente")] == [devedor]
