"""Configurar atividade num navegador de verdade: arrastar, teclar, experimentar, aplicar."""

import threading
from typing import Any

import pytest
from django.db import connection
from playwright.sync_api import expect

from atividade.models import Limiar
from carteira.recalculos import recalcular_empresa
from tests.navegador.carteira_pronta import povoar
from tests.navegador.conftest import fotografar, problemas, violacoes

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def empresa_pronta(ana: Any, carla: Any, davi: Any, novo_cliente: Any, monkeypatch: Any) -> Any:
    monkeypatch.setattr("carteira.tasks.tocar", lambda tarefa, empresa: None)
    return povoar(novo_cliente, [ana, carla], davi)


def test_configurar_se_le_nos_dois_temas_e_larguras_e_o_porque_abre_pelo_teclado(
    pagina: Any, live_server: Any, davi: Any, empresa_pronta: Any
) -> None:
    aba, achados = pagina(davi), {}
    segmento = empresa_pronta.segmentos.first().pk
    caminhos = {
        "configurar": "/atividade/",
        "configurar_segmento": f"/atividade/segmentos/{segmento}/",
        "regra_em_vigor": "/atividade/regra/",
        "grupos_rfv": "/atividade/rfv/",
    }
    for nome, caminho in caminhos.items():
        aba.goto(f"{live_server.url}{caminho}")
        achados |= problemas(aba, nome)
    assert achados == {}
    # o porquê de cada situação, na lista
    aba.goto(f"{live_server.url}/clientes/")
    aba.locator(".porque").first.press("Enter")
    expect(aba.locator(".porque-cx").first).to_contain_text("Regra")
    assert violacoes(aba) == []
    aba.keyboard.press("Escape")
    expect(aba.locator(".porque-cx").first).to_be_hidden()


def abrir(pagina: Any, live_server: Any, davi: Any) -> Any:
    aba = pagina(davi)
    aba.goto(f"{live_server.url}/atividade/")
    return aba


def test_a_regra_se_experimenta_pronta_pela_alca_digitada_e_pelo_ciclo_sem_gravar_nada(
    pagina: Any, live_server: Any, davi: Any, empresa_pronta: Any
) -> None:
    aba = abrir(pagina, live_server, davi)
    # a regra pronta preenche, e a prévia conta quem muda
    expect(aba.locator("#previa")).to_contain_text("Nenhum cliente muda de situação")
    aba.get_by_role("link", name="Varejo").click()
    expect(aba.locator("#id_periodo_n")).to_have_value("180")
    expect(aba.locator("#id_periodo_unidade")).to_have_value("d")
    aba.get_by_role("link", name="Pós-compra curta").click()
    expect(aba.locator("#previa")).to_contain_text("Esta mudança move")
    expect(aba.locator("#previa .fluxo li").first).to_be_visible()
    fotografar(aba, "configurar_com_previa")
    assert violacoes(aba) == []
    # a alça, pelo teclado, anda um mês e diz o que significa
    aba.goto(f"{live_server.url}/atividade/")
    aba.locator('.alca[data-lim="inativo"]').focus()
    aba.keyboard.press("ArrowLeft")
    expect(aba.locator("#id_periodo_n")).to_have_value("5")
    expect(aba.locator("#quase-frase")).to_have_text("Quase inativo a partir de 3 meses sem comprar.")
    aba.locator('.alca[data-lim="quase"]').focus()
    aba.keyboard.press("ArrowRight")
    expect(aba.locator("#id_antecedencia_n")).to_have_value("1")
    expect(aba.locator("#quase-frase")).to_have_text("Quase inativo a partir de 4 meses sem comprar.")
    expect(aba.locator('.alca[data-lim="quase"]')).to_have_attribute("aria-valuetext", "122 dias")
    # arrastada, muda o campo em dias
    aba.get_by_role("link", name="120 dias").click()
    expect(aba.locator("#id_periodo_n")).to_have_value("120")
    alca = aba.locator('.alca[data-lim="inativo"] .pega')
    caixa = alca.bounding_box()
    aba.mouse.move(caixa["x"] + caixa["width"] / 2, caixa["y"] + caixa["height"] / 2)
    aba.mouse.down()
    aba.mouse.move(caixa["x"] + 60, caixa["y"] + 10, steps=6)
    aba.mouse.up()
    expect(aba.locator("#id_periodo_n")).not_to_have_value("120")
    periodo = int(aba.locator("#id_periodo_n").input_value())
    assert periodo > 120
    expect(aba.locator('.alca[data-lim="inativo"]')).to_have_attribute("aria-valuenow", str(periodo))
    expect(aba.locator("#id_antecedencia_n")).to_have_value("30")
    expect(aba.locator("#quase-frase")).to_contain_text(f"a partir de {periodo - 30} dias")
    # pelo ciclo, abrem-se os múltiplos, e a prévia acompanha
    expect(aba.locator("#id_ciclo_inativo")).to_be_hidden()
    aba.get_by_text("Pelo ciclo de cada cliente").click()
    aba.locator("#id_ciclo_inativo").fill("1")
    expect(aba.locator("#previa .erro")).to_have_text(
        "O múltiplo de quase inativo deve ser menor que o de inativo."
    )
    aba.locator("#id_ciclo_inativo").fill("2,5")
    expect(aba.locator("#previa .previa-titulo")).to_be_visible()
    assert violacoes(aba) == []
    aba.get_by_role("link", name="120 dias").click()
    expect(aba.locator("#id_tipo_fixo")).to_be_checked()
    expect(aba.locator("#id_ciclo_inativo")).to_be_hidden()
    # a regra sem sentido: a recusa no lugar da prévia
    aba.locator("#id_antecedencia_n").fill("130")
    expect(aba.locator("#previa .erro")).to_have_text("A antecedência deve ser menor que o período.")
    assert violacoes(aba) == []
    assert not Limiar.objects.exists()


def test_aplicar_mostra_o_andamento_ate_acabar_e_desfazer_volta(
    pagina: Any, live_server: Any, davi: Any, empresa_pronta: Any
) -> None:
    aba = abrir(pagina, live_server, davi)
    aba.get_by_role("link", name="120 dias").click()
    aba.get_by_role("button", name="Aplicar limites").click()
    expect(aba.get_by_text("Diga por que a regra muda")).to_be_visible()
    aba.locator("#id_motivo").fill("Ciclo encurtou")
    aba.get_by_role("button", name="Aplicar limites").click()
    expect(aba.locator("#andamento")).to_contain_text("Recalculando a carteira")
    em_outra_linha(lambda: recalcular_empresa(empresa_pronta.pk))
    expect(aba.locator("#andamento")).to_contain_text("Carteira recalculada")
    aba.get_by_role("link", name="Atualizar esta página").click()
    expect(aba.locator("section[aria-labelledby=t-historico]")).to_contain_text("Ciclo encurtou")
    aba.get_by_role("button", name="Desfazer").click()
    expect(aba.locator("section[aria-labelledby=t-historico]")).to_contain_text("Desfeita a mudança de")
    assert Limiar.objects.count() == 2


def em_outra_linha(acao: Any) -> None:
    """Como um worker faria: outra linha de execução, outra conexão."""

    def _rodar() -> None:
        try:
            acao()
        finally:
            connection.close()

    linha = threading.Thread(target=_rodar)
    linha.start()
    linha.join()
