"""A fila com as regras à vista: só com o teclado, só com o polegar, e o administrador que a ajusta vendo antes."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect

from atividade.avaliacao.medidas import Linha, Medida
from atividade.avaliacao.prova import Avaliacao, CorteFeito, NoAlto
from atividade.criterios_da_fila import criterios_da
from atividade.models import AvaliacaoDaPrioridade, Status
from clientes.models import Cliente, DecisaoDaFila, PessoaDeContato
from contas.models import Empresa
from tests.conftest import HOJE
from tests.navegador.conftest import fotografar, problemas, quieta
from tests.navegador.olhar import nos_dois_temas
from tests.navegador.test_fila_navegador import tabular_ate, titulo
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]
NOMES = ["Aurora Ferragens", "Bazar Krüger", "Casa das Tintas"]


@pytest.fixture
def fila(ana: Any, novo_cliente: Any) -> dict[str, Cliente]:
    Empresa.objects.update(referencia=HOJE, pedidos_ate=HOJE)
    clientes = {}
    for n, nome in enumerate([*NOMES, "Depósito Zero", "Empório Sul"]):
        cliente = novo_cliente(
            f"C{n}", vendedor=ana, razao_social=nome, cidade="Timbó", uf="SC", telefone=f"+554799922019{n}",
            email=f"compras{n}@exemplo.test", bloqueado=n == 3,
            **({"adiado_ate": HOJE + timedelta(days=9), "adiado_motivo": "Balanço"} if n == 4 else {}),
        )  # fmt: skip
        indicar(
            cliente, HOJE - timedelta(days=80), status=Status.QUASE_INATIVO, valor_12m=Decimal(9000 - 1000 * n),
            dias_de_compra=6 - n,
        )  # fmt: skip
        clientes[nome] = cliente
    PessoaDeContato.objects.create(
        cliente=clientes[NOMES[0]], nome="Márcia Lambert", telefone="+554733224410", principal=True,
        email="marcia@exemplo.test",
    )  # fmt: skip
    return clientes


def prova(empresa: Empresa) -> None:
    def medida(valor: float) -> Medida:
        return Medida(valor, valor - 0.03, valor + 0.03)

    linhas = [
        Linha("perda", "Perda esperada (a da fila)", medida(0.81), medida(0.283), Medida(0, 0, 0)),
        Linha(
            "recencia_valor",
            "Dias sem comprar × valor",
            medida(0.78),
            medida(0.271),
            Medida(-0.012, -0.03, 0.004),
        ),
        Linha("recencia", "Dias sem comprar", medida(0.78), medida(0.2), Medida(-0.08, -0.1, -0.05)),
        Linha("oraculo", "Quem já soubesse", medida(0.97), medida(0.472), Medida(0.19, 0.17, 0.21)),
        Linha("sorteio", "Sorteio", medida(0.4), medida(0.1), Medida(-0.18, -0.2, -0.16)),
    ]
    altos = [
        NoAlto("decimo", "10% de cada corte", linhas),
        NoAlto("capacidade", "24 por corte, o que cabe num dia", linhas),
    ]
    feito = CorteFeito(HOJE - timedelta(days=90), 1200, 310, "MBG/CNBD-2", False)
    resultado = Avaliacao(HOJE, [feito], altos).como_json()
    AvaliacaoDaPrioridade.objects.create(empresa=empresa, referencia=HOJE, resultado=resultado)


def test_so_com_o_teclado_a_ordem_o_de_fora_o_email_e_o_proximo(
    pagina: Any, live_server: Any, ana: Any, fila: Any
) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/fila/")
    expect(titulo(aba)).to_have_text(NOMES[0])
    # a ordem
    tabular_ate(aba, ".segm button[value=risco]", 60)
    aba.keyboard.press("Enter")
    expect(aba.locator(".segm button[value=risco]")).to_have_attribute("aria-pressed", "true")
    expect(aba.locator(".fila-l [data-linha] .corta").first).to_contain_text(NOMES[2])
    quieta(aba)
    assert "ordem=risco" in aba.url
    # quem ficou de fora
    tabular_ate(
        aba, ".de-fora summary", 5, "Shift+Tab"
    )  # a fila refeita põe o foco no nome, logo depois dela
    aba.keyboard.press("Enter")
    expect(aba.locator(".de-fora").get_by_role("link", name="Adiados")).to_be_visible()
    nos_dois_temas(aba, "regras-de-fora")
    # um e-mail, e dali ao próximo
    tabular_ate(aba, "[data-email]", 30)
    aba.keyboard.press("Enter")
    dialogo = aba.locator("#dialogo")
    expect(dialogo.get_by_label("Assunto")).to_be_visible()
    tabular_ate(aba, "#dialogo .pe-d button[type=submit]", 20)
    aba.keyboard.press("Enter")
    expect(dialogo).to_be_hidden()
    proximo = aba.get_by_role("link", name="Ir ao próximo")
    expect(proximo).to_be_focused()
    quieta(aba)
    nos_dois_temas(aba, "regras-ja-feito")
    proximo.focus()
    aba.keyboard.press("Enter")
    expect(titulo(aba)).to_have_text(NOMES[2])
    expect(titulo(aba)).to_be_focused()
    assert "ordem=risco" in aba.url


def test_so_com_o_polegar_agora_nao_e_adiar_com_volta_e_os_nomes_de_fora(
    pagina: Any, live_server: Any, ana: Any, fila: Any
) -> None:
    aba = pagina(ana, largura=390)
    aba.goto(f"{live_server.url}/clientes/{fila[NOMES[0]].pk}/")
    quieta(aba)
    assert aba.locator("#antes").bounding_box()["y"] < aba.locator("#registrar").bounding_box()["y"]
    fotografar(aba, "regras-ficha-390-claro")
    aba.goto(f"{live_server.url}/fila/")
    aba.locator("summary", has_text="Agora não").tap()
    for alvo in aba.locator(".agora-nao button, .agora-nao input").all():
        if alvo.is_visible():
            assert alvo.bounding_box()["height"] >= 44, alvo
    nos_dois_temas(aba, "regras-agora-nao", 390)
    aba.get_by_role("button", name="Preciso me preparar").tap()
    expect(titulo(aba)).to_have_text(NOMES[1])
    assert DecisaoDaFila.objects.get().motivo == "Preciso me preparar"
    aba.get_by_role("button", name="Desfazer").tap()
    quieta(aba)
    expect(aba.locator(".fila-l [data-linha] .corta").first).to_contain_text(NOMES[0])
    aba.get_by_role("link", name="Adiar…").tap()
    dialogo = aba.locator("#dialogo")
    dialogo.get_by_label("Voltar à lista em").fill("2027-01-04")
    dialogo.get_by_label("Motivo").fill("Reforma até janeiro")
    dialogo.get_by_role("button", name="Adiar e ir ao próximo").tap()
    expect(dialogo).to_be_hidden()
    expect(titulo(aba)).to_have_text(NOMES[0])
    assert Cliente.objects.get(codigo="C1").adiado_motivo == "Reforma até janeiro"
    quieta(aba)
    # Os avisos flutuam sobre o que se toca a seguir; sozinhos, levam oito segundos a sair.
    aba.evaluate("document.querySelectorAll('[data-fechar-aviso]').forEach((botao) => botao.click())")
    aba.locator(".de-fora summary").tap()
    aba.locator(".de-fora").get_by_role("link", name="Adiados").tap()
    expect(aba.get_by_text("até 04/01/2027: Reforma até janeiro")).to_be_visible()
    nos_dois_temas(aba, "regras-nomes-de-fora", 390)
    aba.goto(f"{live_server.url}/fila/regras/")
    nos_dois_temas(aba, "regras-regras", 390)


def test_o_admin_ve_antes_ajusta_e_desfaz_e_o_gestor_le_a_prova(
    pagina: Any, live_server: Any, davi: Any, bruno: Any, ana: Any, fila: Any, empresa: Empresa
) -> None:
    aba = pagina(davi)
    aba.goto(f"{live_server.url}/fila/criterios/")
    aba.get_by_label("Bloqueados entram na fila").check()
    expect(aba.get_by_text("1 cliente entra e 0 saem")).to_be_visible()
    quieta(aba)
    nos_dois_temas(aba, "regras-criterios")
    assert not criterios_da(empresa).incluir_bloqueados
    aba.get_by_label("Motivo").fill("Liguem também para eles")
    quieta(aba)
    aba.get_by_role("button", name="Salvar critérios").click()
    expect(aba.get_by_text("Liguem também para eles")).to_be_visible()
    assert criterios_da(empresa).incluir_bloqueados
    fotografar(aba, "regras-criterios-salvos-1440-claro")
    aba.get_by_role("button", name="Desfazer").click()
    expect(aba.get_by_text("Mudança desfeita")).to_be_visible()
    assert not criterios_da(empresa).incluir_bloqueados
    prova(empresa)
    do_gestor = pagina(bruno)
    do_gestor.goto(f"{live_server.url}/atividade/prioridade/")
    expect(do_gestor.get_by_text("Empata, dentro do acaso").first).to_be_visible()
    assert problemas(do_gestor, "regras-prova") == {}
    polegar = pagina(davi, largura=390)
    polegar.goto(f"{live_server.url}/fila/criterios/")
    nos_dois_temas(polegar, "regras-criterios", 390)
