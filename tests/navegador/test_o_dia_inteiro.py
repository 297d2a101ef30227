"""O dia inteiro de quem vende: abrir, ler por quê, ligar, registrar, combinar e ir ao próximo.

Uma vez na mesa, só com o teclado; outra no telefone, só com o polegar. Ao fim, o banco tem o que se fez e mais nada.
"""

from collections.abc import Callable
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from atividade.models import Status
from clientes.dias_uteis import somar_uteis, util_desde
from clientes.models import Agendamento, Atendimento, Cliente, Contato, PessoaDeContato, Pitch, ReservaDaFila
from contas.models import Empresa
from notificacoes.models import Mensagem
from tests.navegador.conftest import fotografar, sem_rolagem_lateral
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]
AURORA, BAZAR, CASA, DEPOSITO = "Aurora Ferragens", "Bazar Krüger", "Casa das Tintas", "Depósito Bom Jesus"
# O telefone do cadastro da Aurora e o da compradora do Bazar.
DISCADOS = ["tel:+5547999220190", "tel:+554733224410"]


@pytest.fixture
def carteira(ana: Any, novo_cliente: Any) -> dict[str, Cliente]:
    """Três esfriando, do que mais vale ao que menos vale, e um combinado que se atrasou."""
    hoje = timezone.localdate()
    Empresa.objects.update(referencia=hoje, pedidos_ate=hoje)
    clientes = {}
    for n, nome in enumerate((AURORA, BAZAR, CASA, DEPOSITO)):
        silencio = 80 if nome != DEPOSITO else 10
        clientes[nome] = novo_cliente(
            f"C{n}", vendedor=ana, razao_social=nome, cidade="Timbó", uf="SC", telefone=f"+554799922019{n}",
            email=f"compras{n}@exemplo.test",
            compras=[(hoje - timedelta(days=silencio + 30 * k), "900") for k in range(4)],
        )  # fmt: skip
        indicar(
            clientes[nome], hoje - timedelta(days=silencio), valor_12m=Decimal(9000 - 1000 * n),
            status=Status.ATIVO if nome == DEPOSITO else Status.QUASE_INATIVO, curva_abc="ABCC"[n],
        )  # fmt: skip
    PessoaDeContato.objects.create(
        cliente=clientes[BAZAR], nome="Márcia Lambert", papel="comprador", telefone="+554733224410",
        observacao="atende melhor das 9 às 11 h", principal=True,
    )  # fmt: skip
    Pitch.objects.create(
        cliente=clientes[AURORA], por=ana, por_que_parou="O concorrente deu mais prazo.",
        argumentos="Estoque em Blumenau, entrega no dia seguinte.", oferta="10% na primeira reposição",
    )  # fmt: skip
    Agendamento.objects.create(
        cliente=clientes[DEPOSITO], responsavel=ana, criado_por=ana, em=hoje - timedelta(days=4),
        nota="Confirmar o pedido da reforma",
    )  # fmt: skip
    return clientes


DISCAR = """addEventListener("click", (evento) => {
  const elo = evento.target.closest('a[href^="tel:"]');
  if (!elo) return;
  evento.preventDefault();
  discar(elo.href);
}, true)"""


def ao_discar(aba: Page) -> list[str]:
    """Os números que o telefone receberia: aqui não há quem os disque, e o Chromium pararia a perguntar."""
    discados: list[str] = []
    aba.expose_function("discar", lambda numero: discados.append(numero))
    aba.add_init_script(DISCAR)
    return discados


def combinado_com_a_aurora() -> date:
    return util_desde(timezone.localdate() + timedelta(days=3), "SC")


def _digitar_desde_o_comeco(aba: Page, texto: str) -> None:
    """O toque cai em qualquer parte do campo; a data e a hora se escrevem da primeira."""
    for _ in range(3):
        aba.keyboard.press("ArrowLeft")
    aba.keyboard.type(texto)


def digitar_dia(aba: Page, campo: Locator, dia: date) -> None:
    """Dia e mês na ordem que o navegador pede, que é a da língua da máquina."""
    expect(campo).to_be_focused()
    for ordem in ("%d%m%Y", "%m%d%Y"):
        _digitar_desde_o_comeco(aba, f"{dia:{ordem}}")
        if campo.input_value() == dia.isoformat():
            break
    expect(campo).to_have_value(dia.isoformat())


def digitar_hora(aba: Page, campo: Locator, hora: time) -> None:
    """Pela manhã: o A só vale no relógio de doze horas."""
    expect(campo).to_be_focused()
    _digitar_desde_o_comeco(aba, f"{hora:%H%M}A")
    expect(campo).to_have_value(f"{hora:%H:%M}")


def conferir_a_ficha(aba: Page) -> None:
    """Por que ela está na lista, o que dizer e o número certo, antes de ligar."""
    expect(aba.get_by_role("heading", name=AURORA)).to_be_visible()
    porque = aba.get_by_role("note").filter(has_text="Por que está na sua lista:")
    expect(porque).to_contain_text("compra a cada 30 dias e está há 80. Sem compra, fica inativo em 40 dias")
    expect(aba.locator("#antes")).to_contain_text("O concorrente deu mais prazo.")
    expect(aba.locator("#antes")).to_contain_text("10% na primeira reposição")


def conferir_o_dia(ana: Any, assunto: str) -> None:
    """Quatro contatos, dois combinados, um e-mail na caixa de saída; e mais nada."""
    contatos = Contato.objects.filter(atendente=ana, desfeito_em=None, fechado_em__isnull=False)
    ditos = [
        (c.cliente.nome, c.canal, c.ocorrencia.nome, c.observacao, c.origem) for c in contatos.order_by("em")
    ]
    assert ditos == [
        (AURORA, "ligacao", "Não quer", "Quer 10% para voltar", "tela"),
        (BAZAR, "ligacao", "Fez pedido", "", "fila"),
        (CASA, "email", "E-mail enviado", assunto, "fila"),
        (CASA, "ligacao", "Não atendeu", "", "fila"),
    ]
    objecoes = Contato.objects.exclude(objecoes=None).values_list("cliente__razao_social", "objecoes__nome")
    assert list(objecoes) == [(AURORA, "Preço alto")]
    hoje = timezone.localdate()
    combinados = Agendamento.objects.filter(
        responsavel=ana, tipo="ligacao", tentativas=0, recorrencia="", concluido_em=None, cancelado_em=None
    ).order_by("em")
    amanha, com_aurora = somar_uteis(hoje, 1, "SC"), combinado_com_a_aurora()
    ditos = [(a.cliente.nome, a.em, a.hora, a.nota, a.remarcacoes, a.em_original) for a in combinados]
    assert sorted(ditos) == [
        (AURORA, com_aurora, time(9, 30), "Levar a proposta", 0, None),
        (DEPOSITO, amanha, None, "Confirmar o pedido da reforma", 1, hoje - timedelta(days=4)),
    ]
    enviada = Mensagem.objects.get()
    assert (enviada.para, enviada.assunto, enviada.estado) == ("compras2@exemplo.test", assunto, "pendente")
    assert [m.objects.count() for m in (Contato, Agendamento, Atendimento, Pitch, ReservaDaFila)] == [
        4,
        2,
        0,
        1,
        0,
    ]


# ── Na mesa, só com o teclado ────────────────────────────────────────────────


def tabular_ate(aba: Page, alvo: Locator, passos: int = 15) -> None:
    """Só o Tab; e quem chega se vê."""
    for _ in range(passos):
        aba.keyboard.press("Tab")
        if alvo.evaluate("e => e === document.activeElement"):
            expect(alvo).to_be_in_viewport()
            return
    raise AssertionError(f"o Tab não chega a {alvo}")


def ir_pelo_menu(aba: Page, lugar: str, titulo: str = "") -> None:
    """G vai ao menu, Tab anda, Enter abre."""
    aba.keyboard.press("g")
    menu = aba.get_by_role("navigation", name="Principal", exact=True)
    alvo = menu.get_by_role("link", name=lugar)
    expect(menu.get_by_role("link").first).to_be_focused()
    if lugar != "Hoje":
        tabular_ate(aba, alvo, 4)
    aba.keyboard.press("Enter")
    expect(aba.get_by_role("heading", level=1, name=titulo or lugar)).to_be_visible()
    aba.wait_for_load_state()  # só então as teclas têm quem as ouça


def test_o_dia_inteiro_so_com_o_teclado(
    pagina: Any, live_server: Any, ana: Any, carteira: dict[str, Cliente]
) -> None:
    aba: Page = pagina(ana)
    tecla: Callable[[str], None] = aba.keyboard.press
    escrever: Callable[[str], None] = aba.keyboard.type
    discados = ao_discar(aba)
    aba.goto(live_server.url)

    # quem ligar, e por quê
    ir_pelo_menu(aba, "Hoje")
    fichas = aba.locator("#dia .do-dia li")
    expect(fichas.locator(".nome")).to_have_text([DEPOSITO, AURORA, BAZAR, CASA])
    expect(fichas.nth(0)).to_contain_text("Ligação atrasada desde")
    fotografar(aba, "dia-hoje-1440")
    tecla("j")
    tecla("j")
    expect(fichas.nth(1).locator(".nome")).to_be_focused()
    tecla("Enter")

    # a ficha, a ligação e o registro
    conferir_a_ficha(aba)
    ligar = aba.get_by_role("link", name="Ligar", exact=True)
    tabular_ate(aba, ligar, 40)
    tecla("Enter")
    tecla("c")
    registro = aba.locator("#registrar")
    expect(registro.get_by_label("Ligação")).to_be_focused()
    expect(registro).to_be_in_viewport()
    tecla("4")
    expect(registro.get_by_label("Não quer")).to_be_checked()
    tecla("Tab")
    tecla("Space")
    expect(registro.get_by_label("Preço alto")).to_be_checked()
    expect(registro.get_by_text("Pergunte com que preço ele compara")).to_be_visible()
    fotografar(aba, "dia-registro-1440")
    tabular_ate(aba, registro.locator("textarea"), 25)
    escrever("Quer 10% para voltar")
    tecla("Control+Enter")
    expect(aba.locator("#avisos")).to_contain_text(f"Contato com {AURORA} registrado.")

    # o próximo, na agenda
    # o foco vai ao título, e não ao campo que se esvaziou
    expect(registro.get_by_role("heading", name="Registrar contato")).to_be_focused()
    tecla("a")
    dialogo = aba.locator("#dialogo")
    expect(dialogo).to_be_visible()
    tabular_ate(aba, dialogo.get_by_label("Dia", exact=True))
    digitar_dia(aba, dialogo.get_by_label("Dia", exact=True), combinado_com_a_aurora())
    tabular_ate(aba, dialogo.get_by_label("Hora"))
    digitar_hora(aba, dialogo.get_by_label("Hora"), time(9, 30))
    tabular_ate(aba, dialogo.get_by_label("Nota"))
    escrever("Levar a proposta")
    fotografar(aba, "dia-agendar-1440")
    tecla("Enter")
    expect(dialogo).to_be_hidden()
    expect(aba.locator("#agenda-do-cliente")).to_contain_text("Levar a proposta")
    # a fila: deixa o atrasado para depois, registra e vai ao próximo
    ir_pelo_menu(aba, "Fila de contatos")
    nome = aba.locator("#t-cliente")
    expect(nome).to_have_text(DEPOSITO)
    expect(aba.get_by_text("1 de 4 feitos")).to_be_visible()
    tecla("c")
    for alvo in ("summary:has-text('Agora não')", "button:has-text('Ligo mais tarde')"):
        tabular_ate(aba, aba.locator(alvo))
        tecla("Enter")
    expect(nome).to_have_text(BAZAR)
    expect(nome).to_be_focused()
    fotografar(aba, "dia-fila-1440")
    tabular_ate(aba, aba.locator(".numero"))
    tecla("Enter")
    tecla("1")
    tecla("Control+Enter")
    expect(nome).to_have_text(CASA)
    expect(aba.get_by_text("2 de 4 feitos")).to_be_visible()

    # um e-mail pronto a quem não atende
    tabular_ate(aba, aba.get_by_role("link", name="E-mail pronto"))
    tecla("Enter")
    expect(dialogo.get_by_label("Assunto")).to_be_visible()
    tabular_ate(aba, dialogo.get_by_label("Mensagem pronta"))
    escrever("Repos")
    expect(dialogo.get_by_label("Assunto")).to_have_value("Hora de repor?")
    fotografar(aba, "dia-email-1440")
    tabular_ate(aba, dialogo.get_by_role("button", name="Enviar"))
    tecla("Enter")
    expect(dialogo).to_be_hidden()
    expect(aba.get_by_text("3 de 4 feitos")).to_be_visible()
    tecla("6")
    tecla("Control+Enter")
    expect(nome).to_have_text(DEPOSITO)
    expect(aba.get_by_text("3 de 4 feitos")).to_be_visible()

    # o compromisso atrasado vai para o dia seguinte, e o dia acabou
    ir_pelo_menu(aba, "Agenda")
    tecla("j")
    linha = aba.locator("#agenda li").filter(has_text=DEPOSITO)
    expect(linha.locator("[data-linha]")).to_be_focused()
    tabular_ate(aba, linha.locator("summary"))
    tecla("Enter")
    tecla("Tab")
    fotografar(aba, "dia-agenda-1440")
    tecla("Enter")
    expect(aba.locator("#avisos")).to_contain_text("Remarcado para")
    expect(aba.locator(".agenda-alto")).to_have_count(0)
    ir_pelo_menu(aba, "Fila de contatos")
    expect(aba.get_by_role("heading", name="Fila feita: 3 clientes hoje")).to_be_visible()
    ir_pelo_menu(aba, "Hoje")
    expect(aba.get_by_text("3 de 3 feitos")).to_be_visible()
    assert discados == DISCADOS
    conferir_o_dia(ana, "Hora de repor?")


# ── No telefone, só com o polegar ────────────────────────────────────────────


class Polegar:
    """Só toques, em alvos que um polegar acerta; o teclado, só no campo já tocado."""

    def __init__(self, aba: Page) -> None:
        self.aba = aba

    def tocar(self, alvo: Locator) -> None:
        alvo.scroll_into_view_if_needed()
        caixa = alvo.bounding_box()
        assert caixa
        assert caixa["height"] >= 44, (alvo, caixa)
        alvo.tap()

    def escrever(self, campo: Locator, texto: str) -> None:
        self.tocar(campo)
        expect(campo).to_be_focused()
        self.aba.keyboard.type(texto)

    def ir(self, lugar: str, titulo: str = "") -> None:
        self.tocar(self.aba.locator(".barra-baixo").get_by_role("link", name=lugar, exact=True))
        expect(self.aba.get_by_role("heading", level=1, name=titulo or lugar)).to_be_visible()
        assert sem_rolagem_lateral(self.aba), lugar


def test_o_dia_inteiro_so_com_o_polegar(
    pagina: Any, live_server: Any, ana: Any, carteira: dict[str, Cliente]
) -> None:
    aba: Page = pagina(ana, largura=390)
    polegar = Polegar(aba)
    discados = ao_discar(aba)
    aba.goto(live_server.url)

    # quem ligar, e por quê
    polegar.ir("Hoje")
    fichas = aba.locator("#dia .do-dia li")
    expect(fichas.locator(".nome")).to_have_text([DEPOSITO, AURORA, BAZAR, CASA])
    expect(fichas.nth(0)).to_contain_text("Ligação atrasada desde")
    fotografar(aba, "dia-hoje-390")
    polegar.tocar(fichas.nth(1).locator(".nome"))

    # a ficha, a ligação e o registro
    conferir_a_ficha(aba)
    assert sem_rolagem_lateral(aba)
    ligar = aba.get_by_role("link", name="Ligar", exact=True)
    polegar.tocar(ligar)
    polegar.tocar(aba.get_by_role("link", name="Registrar", exact=True))
    registro = aba.locator("#registrar")
    expect(registro.get_by_text("Como foi")).to_be_in_viewport()
    polegar.tocar(registro.locator("label", has_text="Não quer"))
    polegar.tocar(registro.locator("label", has_text="Preço alto"))
    expect(registro.get_by_text("Pergunte com que preço ele compara")).to_be_visible()
    fotografar(aba, "dia-registro-390")
    polegar.escrever(registro.locator("textarea"), "Quer 10% para voltar")
    polegar.tocar(registro.get_by_role("button", name="Salvar contato"))
    expect(aba.locator("#avisos")).to_contain_text(f"Contato com {AURORA} registrado.")

    # o próximo, na agenda
    dialogo = aba.locator("#dialogo")
    aba.locator("#agenda-do-cliente").get_by_role("link", name="agendar").tap()
    polegar.tocar(dialogo.get_by_label("Dia", exact=True))
    digitar_dia(aba, dialogo.get_by_label("Dia", exact=True), combinado_com_a_aurora())
    polegar.tocar(dialogo.get_by_label("Hora"))
    digitar_hora(aba, dialogo.get_by_label("Hora"), time(9, 30))
    polegar.escrever(dialogo.get_by_label("Nota"), "Levar a proposta")
    fotografar(aba, "dia-agendar-390")
    polegar.tocar(dialogo.locator(".pe-d button[type=submit]"))
    expect(dialogo).to_be_hidden()
    expect(aba.locator("#agenda-do-cliente")).to_contain_text("Levar a proposta")

    # a fila: deixa o atrasado para depois, registra e vai ao próximo
    polegar.ir("Fila", "Fila de contatos")
    nome = aba.locator("#t-cliente")
    expect(nome).to_have_text(DEPOSITO)
    expect(aba.get_by_text("1 de 4 feitos")).to_be_attached()
    polegar.tocar(aba.locator("summary", has_text="Agora não"))
    polegar.tocar(aba.get_by_role("button", name="Ligo mais tarde"))
    expect(nome).to_have_text(BAZAR)
    expect(nome).to_be_in_viewport()
    fotografar(aba, "dia-fila-390")
    polegar.tocar(aba.locator(".numero"))
    polegar.tocar(aba.locator(".desfecho label", has_text="Fez pedido"))
    polegar.tocar(aba.get_by_role("button", name="Salvar e ir ao próximo"))
    expect(nome).to_have_text(CASA)
    expect(aba.get_by_text("2 de 4 feitos")).to_be_attached()

    # um e-mail pronto a quem não atende
    polegar.tocar(aba.get_by_role("link", name="E-mail pronto"))
    expect(dialogo.get_by_label("Assunto")).to_be_visible()
    fotografar(aba, "dia-email-390")
    polegar.tocar(dialogo.get_by_role("button", name="Enviar"))
    expect(dialogo).to_be_hidden()
    expect(aba.get_by_text("3 de 4 feitos")).to_be_attached()
    polegar.tocar(aba.locator(".desfecho label", has_text="Não atendeu"))
    polegar.tocar(aba.get_by_role("button", name="Salvar e ir ao próximo"))
    expect(nome).to_have_text(DEPOSITO)

    # o compromisso atrasado vai para o dia seguinte, e o dia acabou
    polegar.ir("Agenda")
    linha = aba.locator("#agenda li").filter(has_text=DEPOSITO)
    polegar.tocar(linha.locator("summary"))
    fotografar(aba, "dia-agenda-390")
    polegar.tocar(linha.get_by_role("button", name="Amanhã"))
    expect(aba.locator("#avisos")).to_contain_text("Remarcado para")
    expect(aba.locator(".agenda-alto")).to_have_count(0)
    polegar.ir("Fila", "Fila de contatos")
    expect(aba.get_by_role("heading", name="Fila feita: 3 clientes hoje")).to_be_visible()
    polegar.ir("Hoje")
    expect(aba.get_by_text("3 de 3 feitos")).to_be_visible()
    assert discados == DISCADOS
    conferir_o_dia(ana, f"{CASA}, podemos ajudar?")
