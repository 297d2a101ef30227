"""A fila num navegador de verdade: um atendimento inteiro só com o teclado, e só com o polegar."""

import re
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from atividade.models import Status
from clientes.models import Agendamento, Cliente, Contato, PessoaDeContato, ReservaDaFila
from contas.models import Empresa
from notificacoes.models import Mensagem
from tests.conftest import HOJE
from tests.navegador.conftest import fotografar, percorrer, violacoes
from tests.navegador.no_telefone import pronto
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]
NOMES = ["Aurora Ferragens", "Bazar Krüger", "Casa das Tintas"]


@pytest.fixture
def fila(ana: Any, novo_cliente: Any) -> dict[str, Cliente]:
    Empresa.objects.update(referencia=HOJE, pedidos_ate=HOJE)
    clientes = {}
    for n, nome in enumerate(NOMES):
        cliente = novo_cliente(
            f"C{n}", vendedor=ana, razao_social=nome, cidade="Timbó", uf="SC", telefone=f"+554799922019{n}",
            email=f"compras{n}@exemplo.test", compras=[(HOJE - timedelta(days=80 + 30 * k), "900") for k in range(4)],
        )  # fmt: skip
        indicar(
            cliente, HOJE - timedelta(days=80), status=Status.QUASE_INATIVO, valor_12m=Decimal(9000 - 1000 * n),
            curva_abc="ABC"[n],
        )  # fmt: skip
        clientes[nome] = cliente
    PessoaDeContato.objects.create(
        cliente=clientes[NOMES[0]], nome="Márcia Lambert", papel="comprador", telefone="+554733224410",
        email="marcia@exemplo.test", observacao="atende melhor das 9 às 11 h", principal=True,
    )  # fmt: skip
    return clientes


def titulo(aba: Page) -> Any:
    return aba.locator("#t-cliente")


def tabular_ate(aba: Page, seletor: str, passos: int = 15, tecla: str = "Tab") -> None:
    alvo = aba.locator(seletor)
    for _ in range(passos):
        if alvo.evaluate("e => e === document.activeElement"):
            return
        aba.keyboard.press(tecla)
    raise AssertionError(f"o {tecla} não chega a {seletor}")


def esperar(condicao: Any, segundos: float = 15) -> None:
    fim = time.monotonic() + segundos
    while not condicao():
        assert time.monotonic() < fim
        time.sleep(0.1)


def test_acessivel_nos_dois_temas_e_larguras(
    pagina: Any, live_server: Any, ana: Any, bruno: Any, davi: Any, fila: Any
) -> None:
    primeiro = fila[NOMES[0]].pk
    caminhos = (
        (
            ana,
            {"fila": "/fila/", "fila-vazia": "/fila/?ver=atrasados", "email": f"/clientes/{primeiro}/email/"},
        ),
        (bruno, {"roteiros": "/roteiros/", "roteiro": "/roteiros/quase_inativo/"}),
        (davi, {"prontas": "/mensagens/prontas/", "pronta": "/mensagens/prontas/nova/"}),
    )
    for pessoa, dela in caminhos:
        telas = {f"fila-{nome}": f"{live_server.url}{caminho}" for nome, caminho in dela.items()}
        assert percorrer(pagina(pessoa), telas) == {}


def test_um_atendimento_inteiro_so_com_o_teclado(pagina: Any, live_server: Any, ana: Any, fila: Any) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/fila/")
    aba.evaluate("window.marca = 1")
    expect(titulo(aba)).to_have_text(NOMES[0])
    expect(aba.locator(".numero")).to_have_text("(47) 3322-4410")
    aba.keyboard.press("Control+Enter")  # fora do formulário não salva nada
    aba.keyboard.press("3")
    expect(aba.get_by_label("Vai pensar")).to_be_checked()
    aba.keyboard.press("Tab")
    aba.keyboard.press("Space")  # a primeira objeção, e o que responder a ela
    expect(aba.get_by_text("Pergunte com que preço ele compara")).to_be_visible()
    tabular_ate(aba, ".desfecho textarea")
    aba.keyboard.type("Gostou da saída no mesmo dia")
    aba.keyboard.press("Tab")
    aba.keyboard.press("ArrowRight")
    aba.keyboard.press("ArrowRight")
    expect(aba.get_by_label("Em 7 dias")).to_be_checked()
    aba.keyboard.press("Control+Enter")
    expect(titulo(aba)).to_have_text(NOMES[1])
    expect(titulo(aba)).to_be_focused()
    expect(aba.get_by_text("1 de 3 feitos")).to_be_visible()
    contato = Contato.objects.get()
    assert (contato.ocorrencia.nome, contato.observacao, contato.origem) == (
        "Vai pensar", "Gostou da saída no mesmo dia", "fila",
    )  # fmt: skip
    assert [o.nome for o in contato.objecoes.all()] == ["Preço alto"]
    assert Agendamento.objects.get().contato == contato
    aba.keyboard.press("Tab")
    aba.keyboard.press("Tab")
    expect(aba.locator(".numero")).to_be_focused()  # do nome ao número, um passo
    aba.keyboard.press("Control+Enter")
    aba.keyboard.press("6")
    aba.keyboard.press("Control+Enter")
    expect(titulo(aba)).to_have_text(NOMES[2])
    aba.keyboard.press("1")
    aba.keyboard.press("Control+Enter")
    fim = aba.get_by_role("heading", name="Fila feita: 3 clientes hoje")
    expect(fim).to_be_focused()
    fotografar(aba, "fila-feita-1440")
    assert violacoes(aba) == []
    assert aba.evaluate("window.marca") == 1  # nada recarregou
    assert aba.url == f"{live_server.url}/fila/?ver=hoje"
    assert not ReservaDaFila.objects.exists()


def test_um_atendimento_inteiro_so_com_o_polegar(pagina: Any, live_server: Any, ana: Any, fila: Any) -> None:
    aba = pagina(ana, largura=390)
    aba.goto(f"{live_server.url}/fila/")
    lugares = [
        aba.locator(nome).first.bounding_box()["y"] for nome in (".numero", "#desfecho", "#t-diga", "#t-fila")
    ]
    assert lugares == sorted(lugares)
    alvos = (
        ".numero",
        "#atendimento .acoes .bt",
        ".desfecho .opcoes label",
        ".desfecho button",
        ".pular-fila .bt",
    )
    for seletor in alvos:
        for alvo in aba.locator(seletor).all():
            if alvo.is_visible():
                assert alvo.bounding_box()["height"] >= 44, (seletor, alvo.inner_text())
    aba.locator(".desfecho").get_by_text("Pediu orçamento").tap()
    aba.locator(".desfecho").get_by_text("Em 7 dias").tap()
    aba.get_by_role("button", name="Salvar e ir ao próximo").tap()
    expect(titulo(aba)).to_have_text(NOMES[1])
    expect(titulo(aba)).to_be_in_viewport()
    assert Contato.objects.get().ocorrencia.nome == "Pediu orçamento"
    aba.locator("summary", has_text="Agora não").tap()
    aba.get_by_role("button", name="Ligo mais tarde").tap()
    expect(titulo(aba)).to_have_text(NOMES[2])
    aba.locator(".desfecho").get_by_text("Não atendeu").tap()
    aba.get_by_role("button", name="Salvar e ir ao próximo").tap()
    expect(titulo(aba)).to_have_text(NOMES[1])  # voltou do fim da fila
    aba.get_by_role("link", name="Adiar…").tap()
    dialogo = aba.locator("#dialogo")
    dialogo.get_by_label("Voltar à lista em").fill("2027-01-04")
    dialogo.get_by_label("Motivo").fill("Reforma até janeiro")
    dialogo.get_by_role("button", name="Adiar e ir ao próximo").tap()
    expect(aba.get_by_role("heading", name="Fila feita: 2 clientes hoje")).to_be_visible()
    assert Cliente.objects.get(codigo="C1").adiado_motivo == "Reforma até janeiro"


def test_sair_da_pagina_devolve_o_cliente_e_recarregar_nao(
    pagina: Any, live_server: Any, ana: Any, fila: Any
) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/fila/")
    aba.reload()
    time.sleep(1)
    assert ReservaDaFila.objects.get().cliente == fila[NOMES[0]]
    aba.goto(f"{live_server.url}/clientes/")
    esperar(lambda: not ReservaDaFila.objects.exists())


def test_quem_ja_passou_por_hoje_tambem_devolve_ao_sair(
    pagina: Any, live_server: Any, ana: Any, fila: Any
) -> None:
    """Com o service worker na página, o aviso de quem sai não pode morrer com ela."""
    aba = pagina(ana, aparelho=True)
    aba.goto(f"{live_server.url}/hoje/")
    pronto(aba)
    aba.goto(f"{live_server.url}/fila/")
    aba.keyboard.press("1")
    aba.keyboard.press("Control+Enter")
    expect(titulo(aba)).to_have_text(NOMES[1])
    aba.get_by_role("navigation", name="Principal", exact=True).get_by_role("link", name="Agenda").click()
    esperar(lambda: not ReservaDaFila.objects.exists())


def test_o_erro_guarda_o_escrito_e_desfazer_e_procurar_refazem_so_a_lista(
    pagina: Any, live_server: Any, ana: Any, fila: Any
) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/fila/")
    aba.locator(".desfecho textarea").fill("Vai ver com o sócio")
    aba.keyboard.press("Control+Enter")
    expect(aba.get_by_text("Diga como terminou o contato.")).to_be_visible()
    expect(aba.locator(".desfecho textarea")).to_have_value("Vai ver com o sócio")
    expect(titulo(aba)).to_have_text(NOMES[0])
    assert not Contato.objects.exists()
    # com resultado, salva; e desfeito ou procurado, só a lista se refaz
    aba.locator(".desfecho").get_by_text("Fez pedido").click()
    aba.keyboard.press("Control+Enter")
    expect(titulo(aba)).to_have_text(NOMES[1])
    aba.locator(".desfecho textarea").fill("meio escrito")
    aba.get_by_role("button", name="Desfazer").click()
    expect(aba.get_by_text("0 de 3 feitos")).to_be_visible()
    expect(aba.locator(".desfecho textarea")).to_have_value("meio escrito")
    aba.get_by_label("Código ou nome").fill("c2")
    expect(aba.locator(".fila-l [data-linha]")).to_have_count(1)
    expect(aba.locator(".fila-l [data-linha]")).to_contain_text(NOMES[2])
    expect(aba.get_by_label("Código ou nome")).to_be_focused()
    expect(aba.locator(".desfecho textarea")).to_have_value("meio escrito")


def test_email_pronto_pela_fila_se_edita_envia_e_desfaz(
    pagina: Any, live_server: Any, ana: Any, fila: Any
) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/fila/")
    aba.get_by_role("link", name="E-mail pronto").click()
    dialogo = aba.locator("#dialogo")
    expect(dialogo.get_by_label("Texto")).to_have_value(
        "Olá, Márcia.\n\nFaz 80 dias desde o seu último pedido, e queremos saber se está tudo bem. "
        "Há algo que possamos melhorar?\n\nFico à disposição.\n\nAna Souza\n" + Empresa.objects.get().nome
    )
    fotografar(aba, "fila-email-dialogo-1440")
    assert violacoes(aba) == []
    dialogo.get_by_text("compras0@exemplo.test").click()
    expect(dialogo.get_by_label("Texto")).to_have_value(re.compile(r"^Olá, Aurora Ferragens\."))
    dialogo.get_by_label("Mensagem pronta").select_option(label="Reposição")
    expect(dialogo.get_by_label("Assunto")).to_have_value("Hora de repor?")
    dialogo.get_by_label("Texto").fill("Separo os itens de sempre?")
    dialogo.get_by_role("button", name="Enviar").click()
    expect(dialogo).to_be_hidden()
    expect(aba.get_by_text("1 de 3 feitos")).to_be_visible()
    mensagem = Mensagem.objects.get()
    assert (mensagem.para, mensagem.texto.strip()) == ("compras0@exemplo.test", "Separo os itens de sempre?")
    aba.get_by_role("button", name="Desfazer").click()
    expect(aba.get_by_text("0 de 3 feitos")).to_be_visible()
    mensagem.refresh_from_db()
    assert mensagem.estado == "cancelada"
