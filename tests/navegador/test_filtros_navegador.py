"""Combinar condições num navegador de verdade: pelo teclado na mesa, pelo toque no telefone."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from atividade.models import Status
from contas.models import Empresa
from tests.conftest import HOJE
from tests.navegador.conftest import fotografar, quieta, sem_rolagem_lateral, violacoes
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def carteira(ana: Any, novo_cliente: Any) -> None:
    """Três que compraram há 10, 100 e 400 dias, e um que nunca comprou."""
    Empresa.objects.update(referencia=HOJE, pedidos_ate=HOJE)
    for codigo, dias, status, curva in (
        ("Aurora", 10, Status.ATIVO, "A"), ("Boa Vista", 100, Status.QUASE_INATIVO, "B"),
        ("Central", 400, Status.INATIVO, ""),
    ):  # fmt: skip
        cliente = novo_cliente(codigo, razao_social=codigo, vendedor=ana, segmento="Tintas", uf="SC")
        indicar(cliente, HOJE - timedelta(days=dias), status=status, curva_abc=curva)
    novo_cliente("Dias", razao_social="Dias", vendedor=ana)


def nomes(aba: Any) -> list[str]:
    return sorted(aba.locator("#lista a.nome").all_inner_texts())


def test_pelo_teclado_monta_se_aplica_se_e_tira_se_uma_condicao(
    pagina: Any, live_server: Any, ana: Any, carteira: None
) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/clientes/")
    aba.get_by_text("Filtro", exact=True).click()
    aba.get_by_role("link", name="Combinar condições (E, OU, NÃO)").press("Enter")
    aba.get_by_label("Campo da condição 1", exact=True).select_option("sem_compra")
    quieta(aba)
    expect(aba.locator("#dica-0")).to_contain_text("Quem nunca comprou")
    aba.get_by_label("Dias", exact=True).fill("90")
    expect(aba.locator("#previa-do-filtro")).to_contain_text("3 clientes")
    aba.get_by_role("button", name="Grupo", exact=False).last.press("Enter")
    expect(aba.get_by_label("Campo da condição 2.1")).to_be_focused()
    aba.keyboard.press("ArrowDown")  # troca o campo sem sair do teclado
    quieta(aba)
    aba.get_by_label("Campo da condição 2.1").select_option("abc")
    quieta(aba)
    aba.get_by_role("checkbox", name="B", exact=True).check()
    expect(aba.locator("#previa-do-filtro")).to_contain_text("1 cliente")
    aba.get_by_role("button", name="Condição no grupo 2").press("Enter")
    expect(aba.get_by_label("Campo da condição 2.2")).to_be_focused()
    aba.get_by_label("Campo da condição 2.2").select_option("ultimo_pedido")
    quieta(aba)
    aba.locator("#mo-1-1").select_option("nunca")
    quieta(aba)
    expect(aba.locator("#previa-do-filtro")).to_contain_text("2 clientes")
    assert violacoes(aba) == []
    assert sem_rolagem_lateral(aba)
    fotografar(aba, "montador_1440_claro")
    aba.get_by_label("Dias", exact=True).press("Enter")
    expect(aba.locator("#lista")).to_be_visible()
    assert nomes(aba) == ["Boa Vista", "Dias"]
    assert aba.url.endswith("e=sem_compra.min.90~ou~abc.em.B~ultimo_pedido.nunca")
    assert violacoes(aba) == []
    fotografar(aba, "lista_com_condicoes_1440_claro")
    aba.get_by_role("link", name="Dias sem comprar (recência): ≥ 90 dias").press("Enter")
    quieta(aba)
    assert aba.url.endswith("e=ou~abc.em.B~ultimo_pedido.nunca")
    aba.get_by_role("link", name="Editar", exact=True).click()
    expect(aba.get_by_label("Campo da condição 2")).to_have_value("ultimo_pedido")


def test_no_telefone_o_erro_se_diz_e_nada_passa_da_largura(
    pagina: Any, live_server: Any, ana: Any, carteira: None
) -> None:
    aba = pagina(ana, largura=390, tema="escuro")
    aba.goto(f"{live_server.url}/clientes/?e=sem_comprar.min.90")
    expect(aba.get_by_role("alert")).to_contain_text("quis dizer “sem_compra”?")
    assert nomes(aba) == []
    fotografar(aba, "condicoes_erradas_390_escuro")
    aba.goto(f"{live_server.url}/clientes/filtro/?e=sem_compra.min.90~ou~abc.em.A~segmento.vazio")
    aba.get_by_label("Dias", exact=True).fill("99999")
    aba.get_by_role("button", name="Mostrar na lista").last.tap()
    expect(aba.locator(".erro-do-filtro")).to_contain_text("“99999” não é um número de dias")
    assert sem_rolagem_lateral(aba)
    assert violacoes(aba) == []
    fotografar(aba, "montador_390_escuro")
    aba.get_by_role("button", name="Tirar a condição 1, Dias sem comprar (recência)").tap()
    quieta(aba)
    expect(aba.locator("#previa-do-filtro")).to_contain_text("2 clientes")
    aba.get_by_role("button", name="Mostrar na lista").last.tap()
    expect(aba.locator("#lista")).to_be_visible()
    assert nomes(aba) == ["Aurora", "Dias"]
    assert sem_rolagem_lateral(aba)
    fotografar(aba, "lista_com_condicoes_390_escuro")


def test_sem_script_cada_gesto_e_uma_pagina(ana: Any, client: Any, carteira: None) -> None:
    """O mesmo formulário, pedido por inteiro: acrescentar, agrupar, tirar e aplicar."""
    client.force_login(ana, backend="django.contrib.auth.backends.ModelBackend")
    campos = {"mg": "e", "mc-0": "abc", "mo-0": "em", "ma-0": "abc", "mb-0": "em", "mv-0-0": "A", "uf": "SC"}
    pagina = client.get("/clientes/filtro/", {**campos, "acao": "grupo:"})
    assert [f.no.qualquer for f in pagina.context["raiz"].filhos if f.e_grupo] == [True]
    assert 'name="uf" value="SC"' in pagina.content.decode()
    pagina = client.get("/clientes/filtro/", {**campos, "mc-0": "status"})
    assert pagina.context["raiz"].filhos[0].no.valores == (), "campo trocado recomeça"
    pagina = client.get("/clientes/filtro/", {**campos, "acao": "tirar:0"})
    assert pagina.context["raiz"].filhos == []
    pagina = client.get("/clientes/filtro/", {**campos, "mv-0-0": "", "acao": "aplicar"})
    assert "falta ao menos uma opção" in pagina.content.decode()
    volta = client.get("/clientes/filtro/", {**campos, "acao": "aplicar"})
    assert volta["Location"] == "/clientes/?uf=SC&e=abc.em.A"
