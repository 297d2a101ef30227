"""Evidências num navegador de verdade: chegam depois da página, se experimentam e se aplicam."""

import re
import time
from typing import Any

import pytest
from playwright.sync_api import expect

from atividade.models import Limiar
from tests.navegador.carteira_pronta import povoar
from tests.navegador.conftest import problemas

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def empresa_pronta(ana: Any, carla: Any, davi: Any, novo_cliente: Any, monkeypatch: Any) -> Any:
    monkeypatch.setattr("carteira.tasks.tocar", lambda tarefa, empresa: None)
    return povoar(novo_cliente, [ana, carla], davi)


def test_leem_se_uma_data_se_escolhe_e_o_ciclo_leva_aos_campos_dele_e_so_ao_motivo_da_regra(
    pagina: Any, live_server: Any, davi: Any, empresa_pronta: Any
) -> None:
    aba = pagina(davi)
    aba.goto(f"{live_server.url}/atividade/evidencias/")
    aba.evaluate("document.querySelectorAll('#evidencias details').forEach(d => { d.open = true })")
    assert problemas(aba, "evidencias") == {}
    # uma data passada, e a volta
    aba.goto(f"{live_server.url}/atividade/")
    aba.get_by_label("Numa data passada").fill("2020-01-01")
    aba.get_by_role("button", name="Testar").click()
    expect(aba.locator("#retroteste")).to_contain_text("Os pedidos começam em")
    aba.get_by_role("link", name="Doze fins de mês").click()
    expect(aba.locator("#retroteste")).not_to_contain_text("Os pedidos começam em")
    # experimentar pelo ciclo
    aba.goto(f"{live_server.url}/atividade/")
    teste = aba.locator("#retroteste")
    aba.get_by_text(re.compile("As outras .* regras testadas")).click()
    teste.get_by_role("link", name="Experimentar 1,5 e 3 vezes o ciclo de cada cliente").click()
    expect(aba.get_by_label("Pelo ciclo de cada cliente")).to_be_checked()
    expect(aba.locator("#id_ciclo_inativo")).to_be_focused()
    expect(aba.locator("#id_ciclo_quase")).to_have_value("1,5")
    motivos = aba.locator("[name=motivo]").evaluate_all("campos => campos.map(c => [c.form.id, c.value])")
    preenchidos = [(form, valor) for form, valor in motivos if valor]
    assert preenchidos == [("form-limites", "Sugestão dos dados: 1,5 e 3 vezes o ciclo de cada cliente")]
    aba.get_by_role("link", name="Varejo", exact=True).first.click()
    expect(aba.locator("#id_periodo_n")).to_have_value("180")
    expect(aba.locator("#id_motivo")).to_have_value("")


def test_experimentar_uma_regra_testada_e_aplicar(
    pagina: Any, live_server: Any, davi: Any, empresa_pronta: Any
) -> None:
    inicio = time.monotonic()
    aba = pagina(davi)
    aba.goto(f"{live_server.url}/atividade/")
    teste = aba.locator("#retroteste")
    expect(teste.get_by_role("rowheader", name=re.compile("Hoje"))).to_be_visible()
    aba.get_by_text(re.compile("As outras .* regras testadas")).click()
    teste.get_by_role("link", name="Experimentar Varejo").click()
    expect(aba.locator("#id_periodo_n")).to_have_value("180")
    expect(aba.locator("#id_periodo_n")).to_be_focused()
    expect(aba.locator("#id_motivo")).to_have_value(re.compile("Sugestão dos dados: Varejo"))
    expect(aba.locator("#retroteste .regra-rascunho")).to_contain_text("120 dias / 180 dias")
    assert not Limiar.objects.exists(), "experimentar não grava"
    aba.get_by_role("button", name="Aplicar limites").click()
    expect(aba.get_by_text("Recalculando a carteira")).to_be_visible()
    assert str(Limiar.objects.get()) == "180d/60d"
    assert time.monotonic() - inicio < 120
