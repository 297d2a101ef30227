"""As regras de aviso no navegador: quem administra cria uma com o teclado, e quem vende escolhe no telefone."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import expect

from atividade.recalculo import recalcular
from contas.models import Empresa
from notificacoes.models import PreferenciaDeAviso, RegraDeAviso
from notificacoes.regras.partida import garantir
from tests.conftest import HOJE
from tests.navegador.conftest import problemas
from tests.navegador.olhar import nos_dois_temas

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def parados(ana: Any, carla: Any, bruno: Any, empresa: Empresa, novo_cliente: Any, hoje: Any) -> None:
    for n, (nome, dona) in enumerate(
        [("Aurora Ferragens", ana), ("Bazar Krüger", ana), ("Casa das Tintas", carla)]
    ):
        compras = [(HOJE - timedelta(days=60 + n), f"{9000 - n}.00")]
        novo_cliente(f"C{n}", vendedor=dona, razao_social=nome, cidade="Timbó", uf="SC", compras=compras)
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)


def test_criar_com_o_teclado_e_ver_o_que_cada_um_receberia(
    pagina: Any, live_server: Any, davi: Any, parados: None
) -> None:
    aba = pagina(davi)
    aba.goto(f"{live_server.url}/avisos/regras/")
    assert problemas(aba, "avisos-lista") == {}
    aba.get_by_role("link", name="Nova regra").focus()
    aba.keyboard.press("Enter")
    aba.get_by_label("Nome").fill("Parados")
    aba.get_by_label("Assunto").select_option("sem_comprar")
    aba.get_by_label("Dias (N)").fill("30")
    expect(aba.get_by_label("Dia da semana")).to_be_hidden()
    aba.get_by_label("Todo dia").focus()
    aba.keyboard.press("ArrowRight")
    expect(aba.get_by_label("Dia da semana")).to_be_visible()
    aba.get_by_label("Dia da semana").select_option("4")
    aba.get_by_label("Título").fill("{total} parados")
    expect(aba.locator("#previa-assunto")).to_have_text("4 parados")
    aba.get_by_label("Texto").fill("Oi, {nome}")
    aba.get_by_role("button", name="Salvar e ver a prévia").press("Enter")
    expect(aba.get_by_text("Não existe a variável {nome}")).to_be_visible()
    nos_dois_temas(aba, "avisos-formulario")
    aba.get_by_label("Texto").fill("Oi, {pessoa}.")
    aba.keyboard.press("Tab")
    aba.get_by_role("button", name="Salvar e ver a prévia").press("Enter")
    expect(aba.get_by_role("heading", name="2 pessoas receberiam")).to_be_visible()
    aba.get_by_role("link", name="Ana Souza").press("Enter")
    expect(aba.get_by_role("heading", name="2 parados", level=1)).to_be_visible()
    nos_dois_temas(aba, "avisos-mensagem")
    aba.go_back()
    aba.get_by_role("link", name="Histórico").press("Enter")
    expect(aba.get_by_text("O que já mudou nesta regra")).to_be_visible()


def test_no_telefone_quem_vende_recebe_menos_e_quem_administra_pausa(
    pagina: Any, live_server: Any, ana: Any, davi: Any, empresa: Empresa, parados: None
) -> None:
    garantir([empresa])
    regra = RegraDeAviso.objects.get(sobre="em_risco")
    aba = pagina(ana, largura=390)
    aba.goto(f"{live_server.url}/perfil/")
    nos_dois_temas(aba, "avisos-preferencias", 390)
    aba.get_by_label("Com que frequência: Resumo do dia").select_option("0")
    aba.get_by_role("button", name="Salvar os avisos").tap()
    expect(aba.get_by_text("Preferências de aviso salvas.")).to_be_visible()
    assert PreferenciaDeAviso.objects.get(pessoa=ana).dia_da_semana == 0
    aba = pagina(davi, largura=390)
    aba.goto(f"{live_server.url}/avisos/regras/")
    aba.get_by_role("link", name="Resumo do dia", exact=True).tap()
    expect(aba.get_by_role("heading", name="Resumo do dia", level=1)).to_be_visible()
    aba.wait_for_url(f"**/avisos/regras/{regra.pk}/")
    aba.get_by_role("button", name="Pausar").tap()
    expect(aba.get_by_text("“Resumo do dia” em pausa.")).to_be_visible()
    regra.refresh_from_db()
    assert regra.pausada
