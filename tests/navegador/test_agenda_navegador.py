"""A agenda num navegador de verdade: as vistas nas duas larguras, só com o teclado e só com o polegar."""

import re
from datetime import date, time, timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from clientes.dias_uteis import util_desde
from clientes.models import Agendamento, Pitch
from contas.models import Empresa
from tests.navegador.conftest import fotografar, problemas, quieta, violacoes
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]
NOMES = (
    "Açougue São José",
    "Bazar Krüger",
    "Casa das Tintas Rio do Sul",
    "Depósito Bom Jesus",
    "Elétrica Três Barras",
    "Ferragens Aurora",
    "Gráfica Vale Verde",
)


@pytest.fixture
def agenda(ana: Any, novo_cliente: Any) -> dict[str, Agendamento]:
    """Um à espera de decisão, um atrasado, três de hoje e dois adiante."""
    hoje = timezone.localdate()
    Empresa.objects.update(referencia=hoje, pedidos_ate=hoje)
    marcados = {}
    quando: tuple[dict[str, Any], ...] = (
        {"em": hoje - timedelta(days=1), "tentativas": 5},
        {"em": hoje - timedelta(days=4), "em_original": hoje - timedelta(days=11), "remarcacoes": 1},
        {"em": hoje, "hora": time(9, 30), "nota": "Confirmar o pedido de reposição com a Gisela"},
        {"em": hoje, "hora": time(14), "tipo": "visita", "recorrencia": "mensal", "serie_desde": hoje},
        {"em": hoje, "tentativas": 2},
        {"em": hoje + timedelta(days=1), "hora": time(8), "tipo": "whatsapp"},
        {"em": hoje + timedelta(days=20)},
    )
    for n, (nome, campos) in enumerate(zip(NOMES, quando, strict=True)):
        cliente = novo_cliente(
            f"C{n}", vendedor=ana, razao_social=nome, cidade="Timbó", uf="SC", telefone=f"+554799922019{n}"
        )
        indicar(cliente, hoje - timedelta(days=20 + 12 * n), status="quase_inativo" if n > 3 else "ativo")
        pitch = None
        if n == 2:
            pitch = Pitch.objects.create(
                cliente=cliente, por=ana, por_que_parou="O concorrente deu mais prazo.",
                argumentos="Estoque em Blumenau, entrega no dia seguinte.\nTroca sem frete.",
                oferta="10% na primeira reposição até o fim do mês",
            )  # fmt: skip
        marcados[cliente.codigo] = Agendamento.objects.create(
            cliente=cliente, responsavel=ana, criado_por=ana, pitch=pitch, **campos
        )
    return marcados


def avisado(aba: Page, texto: str) -> None:
    expect(aba.locator("#avisos")).to_contain_text(texto)
    quieta(aba)


def test_as_vistas_cabem_e_se_leem(pagina: Any, live_server: Any, ana: Any, agenda: Any) -> None:
    aba, achados = pagina(ana), {}
    c2 = agenda["C2"]
    telas = {
        "lista": "/agenda/",
        "dia": "/agenda/?ver=dia",
        "semana": "/agenda/?ver=semana",
        "abrir": f"/agenda/{c2.pk}/",
        "agendar": f"/clientes/{c2.cliente_id}/agendar/",
        "editar-serie": f"/agenda/{agenda['C3'].pk}/editar/",
    }
    for nome, caminho in telas.items():
        aba.goto(f"{live_server.url}{caminho}")
        achados |= problemas(aba, f"agenda-{nome}")
    assert achados == {}


def test_regras_da_agenda_do_administrador(pagina: Any, live_server: Any, davi: Any) -> None:
    aba = pagina(davi, largura=390)
    aba.goto(f"{live_server.url}/agenda/regras/")
    aba.get_by_label("Parar depois de (tentativas)").fill("3")
    aba.get_by_label("Motivo").fill("equipe nova")
    aba.get_by_role("button", name="Salvar regras").click()
    avisado(aba, "Regras da agenda salvas.")
    assert problemas(aba, "agenda-regras", quais=(390, 1440)) == {}
    assert Empresa.objects.get().tentativas_ate_parar == 3


def test_so_pelo_teclado_troca_de_vista_anda_no_tempo_e_remarca(
    pagina: Any, live_server: Any, ana: Any, agenda: Any
) -> None:
    hoje = timezone.localdate()
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/agenda/")
    aba.keyboard.press("d")
    aba.wait_for_url("**/agenda/?ver=dia")
    aba.keyboard.press("ArrowRight")
    aba.wait_for_url(f"**/agenda/?ver=dia&dia={hoje + timedelta(days=1)}")
    expect(aba.locator(".agenda-dia")).to_contain_text("Ferragens Aurora")
    aba.keyboard.press("s")
    aba.wait_for_url(f"**ver=semana&dia={hoje + timedelta(days=1)}")
    aba.keyboard.press("h")
    aba.wait_for_url("**/agenda/?ver=semana")
    aba.keyboard.press("l")
    aba.wait_for_url("**/agenda/")
    aba.keyboard.press("j")
    aba.keyboard.press("j")
    expect(aba.locator("[data-linha]").nth(1)).to_be_focused()
    expect(aba.locator("[data-linha]").nth(1)).to_have_text("Bazar Krüger")
    menu = aba.locator("#agenda li").nth(1).locator("summary")
    menu.focus()
    aba.keyboard.press("Enter")
    aba.keyboard.press("Tab")
    aba.keyboard.press("Enter")
    avisado(aba, "Remarcado para")
    agenda["C1"].refresh_from_db()
    assert agenda["C1"].em == util_desde(hoje + timedelta(days=1), "SC")
    expect(aba.locator(".agenda-alto")).to_have_count(1)
    aba.get_by_role("button", name="Desfazer").focus()
    aba.keyboard.press("Enter")
    avisado(aba, "Voltou à data de antes.")
    agenda["C1"].refresh_from_db()
    assert (agenda["C1"].em, agenda["C1"].remarcacoes) == (hoje - timedelta(days=4), 1)


def test_so_com_o_polegar_decide_conclui_e_volta_atras(
    pagina: Any, live_server: Any, ana: Any, agenda: Any
) -> None:
    aba = pagina(ana, largura=390)
    aba.goto(f"{live_server.url}/agenda/")
    alto = aba.locator("li.parado")
    expect(alto).to_contain_text("5 tentativas sem resposta")
    alto.get_by_role("button", name="Insistir").tap()
    avisado(aba, "A conta recomeça.")
    expect(aba.locator("li.parado")).to_have_count(0)
    agenda["C0"].refresh_from_db()
    assert agenda["C0"].tentativas == 0
    linha = aba.locator("#agenda li").filter(has_text="Bazar Krüger")
    linha.locator("summary").tap()
    linha.get_by_role("button", name="Em 7 dias").tap()
    avisado(aba, "Remarcado para")
    linha = aba.locator("#agenda li").filter(has_text="Açougue São José")
    botao = linha.get_by_role("button", name="Concluir")
    caixa = botao.bounding_box()
    assert caixa
    assert min(caixa["width"], caixa["height"]) >= 44
    botao.tap()
    avisado(aba, "Feito: Ligação com Açougue São José.")
    agenda["C0"].refresh_from_db()
    assert agenda["C0"].concluido_em is not None


def test_feriado_avisa_na_hora_e_um_toque_marca_no_util(
    pagina: Any, live_server: Any, ana: Any, agenda: Any
) -> None:
    natal = date(timezone.localdate().year + 1, 12, 25)
    cliente = agenda["C6"].cliente
    aba = pagina(ana, largura=390)
    aba.goto(f"{live_server.url}/clientes/{cliente.pk}/")
    aba.locator("#agenda-do-cliente").get_by_role("link", name="agendar").tap()
    dialogo = aba.locator("#dialogo")
    dialogo.get_by_label("Dia", exact=True).fill(natal.isoformat())
    dialogo.get_by_label("Dia", exact=True).dispatch_event("change")
    expect(dialogo.locator("#aviso-do-dia")).to_contain_text("25/12 é feriado: Natal.")
    fotografar(aba, "agenda-feriado-390")
    dialogo.get_by_role("button", name=f"Marcar em {util_desde(natal):%d/%m}").tap()
    avisado(aba, "Ligação com Gráfica Vale Verde em")
    expect(dialogo).to_be_hidden()
    assert cliente.agendamentos.latest("pk").em == util_desde(natal)


def test_endereco_do_calendario_se_copia_uma_vez(pagina: Any, live_server: Any, ana: Any) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/agenda/calendario/")
    assert problemas(aba, "agenda-calendario") == {}
    aba.get_by_role("button", name="Gerar endereço").click()
    campo = aba.get_by_label("Endereço do seu calendário")
    expect(campo).to_have_value(re.compile(r"/calendario/[\w-]{43}\.ics$"))
    aba.get_by_role("button", name="Copiar").click()
    expect(aba.locator("#avisos")).not_to_be_empty()
    fotografar(aba, "agenda-endereco-1440")
    assert violacoes(aba) == []
