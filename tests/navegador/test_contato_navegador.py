"""Registrar um contato em menos de quinze segundos: só o teclado na mesa, só o polegar no telefone."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from atividade.models import Indicadores, Status
from clientes.models import Atendimento, Campanha, Cliente, Contato, Objecao, Ocorrencia, PessoaDeContato
from contas.models import Empresa
from tests.conftest import HOJE
from tests.navegador.conftest import fotografar, problemas, quieta, sem_rolagem_lateral, violacoes
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cliente(ana: Any, novo_cliente: Any) -> Cliente:
    Empresa.objects.update(referencia=HOJE, pedidos_ate=HOJE)
    cliente = novo_cliente(
        "C1", vendedor=ana, razao_social="Casa Azul", cidade="Timbó", uf="SC", telefone="+5547999220198",
        compras=[(HOJE - timedelta(days=30 * n), "900") for n in range(1, 5)],
    )  # fmt: skip
    indicar(cliente, HOJE - timedelta(days=30), status=Status.ATIVO)
    for nome, principal in (("Márcia Lambert", True), ("Rui Prado", False)):
        PessoaDeContato.objects.create(cliente=cliente, nome=nome, principal=principal)
    Campanha.objects.create(
        empresa=cliente.empresa, nome="Verão", inicio=HOJE - timedelta(days=400), oferta="Frete grátis"
    )
    return cliente


class Gestos:
    """Conta cada tecla ou toque de quem registra."""

    def __init__(self, aba: Page) -> None:
        self.aba, self.feitos = aba, 0

    def teclar(self, *teclas: str) -> None:
        for tecla in teclas:
            self.aba.keyboard.press(tecla)
            self.feitos += 1

    def tocar(self, alvo: Any) -> None:
        caixa = alvo.bounding_box()
        assert caixa["height"] >= 44, alvo
        alvo.tap()
        self.feitos += 1


def test_so_pelo_teclado_em_quatro_teclas(pagina: Any, live_server: Any, ana: Any, cliente: Cliente) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/clientes/")
    gestos = Gestos(aba)
    gestos.teclar("j", "c")
    expect(aba.locator("#dialogo input[name=canal]:checked")).to_be_focused()
    gestos.teclar("6", "Control+Enter")
    aba.get_by_text("Contato com Casa Azul registrado.").wait_for()
    quieta(aba)
    contato = Contato.objects.get()
    assert (contato.canal, contato.ocorrencia.nome, gestos.feitos) == ("ligacao", "Não atendeu", 4)


def test_so_pelo_teclado_com_objecao_e_o_que_responder(
    pagina: Any, live_server: Any, ana: Any, cliente: Cliente
) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/clientes/")
    gestos = Gestos(aba)
    gestos.teclar("j", "c")
    dialogo = aba.locator("#dialogo")
    expect(dialogo.locator("input[name=canal]:checked")).to_be_focused()
    expect(dialogo.locator(".objecoes")).to_be_hidden()
    gestos.teclar("w", "4")
    expect(dialogo.locator(".objecoes")).to_be_visible()
    expect(dialogo.get_by_text("Pergunte com que preço ele compara")).to_be_hidden()
    gestos.teclar("Tab", "Space")
    expect(dialogo.get_by_text("Pergunte com que preço ele compara")).to_be_visible()
    fotografar(aba, "contato-objecao-1440")
    assert violacoes(aba) == []
    gestos.teclar("d")
    expect(dialogo.locator("input[name=pessoa_de_contato]").first).to_be_focused()
    gestos.teclar("ArrowRight", "Control+Enter")
    aba.get_by_text("Contato com Casa Azul registrado.").wait_for()
    quieta(aba)
    contato = Contato.objects.get()
    assert (contato.canal, contato.ocorrencia.nome, contato.pessoa) == (
        "whatsapp", "Não quer", "Márcia Lambert",
    )  # fmt: skip
    assert [o.nome for o in contato.objecoes.all()] == ["Preço alto"]
    assert gestos.feitos == 9


def test_so_pelo_toque_em_tres_toques(pagina: Any, live_server: Any, ana: Any, cliente: Cliente) -> None:
    aba = pagina(ana, largura=390)
    aba.goto(f"{live_server.url}/clientes/")
    gestos, dialogo = Gestos(aba), aba.locator("#dialogo")
    gestos.tocar(aba.locator("tbody").get_by_role("link", name="Registrar contato"))
    gestos.tocar(dialogo.locator("label", has_text="Vai pensar"))
    gestos.tocar(dialogo.get_by_role("button", name="Salvar contato"))
    aba.get_by_text("Contato com Casa Azul registrado.").wait_for()
    quieta(aba)
    assert (Contato.objects.get().ocorrencia.nome, gestos.feitos) == ("Vai pensar", 3)


def test_so_pelo_toque_com_objecao_pessoa_e_atendimento(
    pagina: Any, live_server: Any, ana: Any, cliente: Cliente
) -> None:
    aba = pagina(ana, largura=390)
    aba.goto(f"{live_server.url}/clientes/")
    gestos, dialogo = Gestos(aba), aba.locator("#dialogo")
    gestos.tocar(aba.locator("tbody").get_by_role("link", name="Registrar contato"))
    gestos.tocar(dialogo.locator("label", has_text="Não quer"))
    gestos.tocar(dialogo.locator("label", has_text="Ficou insatisfeito"))
    expect(dialogo.get_by_text("Ouça até o fim, abra um atendimento")).to_be_visible()
    gestos.tocar(dialogo.locator("summary"))
    gestos.tocar(dialogo.locator("label", has_text="Rui Prado"))
    gestos.tocar(dialogo.locator("label", has_text="Abrir um atendimento"))
    gestos.tocar(dialogo.locator("label", has_text="Não conformidade"))
    dialogo.get_by_label("O que houve").fill("Três caixas abertas")
    fotografar(aba, "contato-detalhes-390")
    assert violacoes(aba) == []
    assert sem_rolagem_lateral(aba)
    gestos.tocar(dialogo.get_by_role("button", name="Salvar contato"))
    aba.get_by_text("registrado. Atendimento AT-").wait_for()
    quieta(aba)
    contato, aberto = Contato.objects.get(), Atendimento.objects.get()
    assert (contato.pessoa, aberto.contato, aberto.tipo) == ("Rui Prado", contato, "nao_conformidade")
    assert gestos.feitos == 8


def test_pessoa_da_lista_ou_nome_escrito_uma_desfaz_a_outra(
    pagina: Any, live_server: Any, ana: Any, cliente: Cliente
) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/clientes/{cliente.pk}/")
    registro = aba.locator("#registrar")
    registro.locator("summary").click()
    registro.locator("label", has_text="Márcia Lambert").click()
    expect(registro.get_by_label("Guardar entre as pessoas")).to_be_hidden()
    registro.locator("input[name=pessoa]").fill("Novo Sócio")
    expect(registro.get_by_label("Márcia Lambert")).not_to_be_checked()
    registro.get_by_label("Guardar entre as pessoas").check()
    fotografar(aba, "contato-ficha-1440")
    assert violacoes(aba) == []
    registro.locator("label", has_text="Rui Prado").click()
    expect(registro.locator("input[name=pessoa]")).to_have_value("")
    registro.locator("input[name=pessoa]").fill("Novo Sócio")
    registro.get_by_text("Fez pedido").click()
    registro.get_by_role("button", name="Salvar contato").click()
    aba.get_by_text("Contato com Casa Azul registrado.").wait_for()
    quieta(aba)
    assert Contato.objects.get().pessoa_de_contato.nome == "Novo Sócio"


def test_em_aberto_aparece_na_ficha_e_fecha_dali(
    pagina: Any, live_server: Any, ana: Any, cliente: Cliente
) -> None:
    aba, achados = pagina(ana, largura=390), {}
    aba.goto(f"{live_server.url}/clientes/{cliente.pk}/")
    registro = aba.locator("#registrar")
    registro.get_by_text("Pediu orçamento").click()
    registro.locator("textarea").fill("Quer a ficha técnica do verniz")
    registro.locator("summary").click()
    registro.locator("label", has_text="Deixar em aberto").click()
    registro.get_by_role("button", name="Salvar contato").click()
    registro.get_by_text("1 contato em aberto").wait_for()
    quieta(aba)
    achados |= problemas(aba, "contato-em-aberto-ficha", quais=(390, 1440))
    outra = aba.context.new_page()
    outra.goto(f"{live_server.url}/contatos/em-aberto/")
    achados |= problemas(outra, "contatos-em-aberto", quais=(390, 1440), volta=False)
    assert achados == {}
    registro.get_by_role("link", name="Fechar contato").click()
    aba.get_by_label("O que se respondeu").fill("Mandei por e-mail")
    fotografar(aba, "contato-fechar-390")
    aba.locator("#dialogo").get_by_role("button", name="Fechar", exact=True).last.click()
    aba.get_by_text("Contato com Casa Azul fechado.").wait_for()
    quieta(aba)
    expect(registro.get_by_text("1 contato em aberto")).to_be_hidden()
    assert Contato.objects.get().observacao.endswith(": Mandei por e-mail")


def test_catalogos_acessiveis_e_a_ordem_muda_pelo_teclado(
    pagina: Any, live_server: Any, davi: Any, cliente: Cliente
) -> None:
    Objecao.objects.filter(nome="Está com estoque").update(contra_argumento="")
    Objecao.objects.filter(nome="Não usa mais o produto").update(ativa=False)
    aba, achados = pagina(davi), {}
    for catalogo in ("objecoes", "ocorrencias"):  # os outros, iguais, são da passada
        aba.goto(f"{live_server.url}/catalogos/{catalogo}/")
        achados |= problemas(aba, f"catalogos-{catalogo}")
    assert achados == {}
    sobe = aba.get_by_role("button", name="Subir Não quer")
    sobe.focus()
    for lugar in (3, 2):
        aba.keyboard.press("Enter")
        expect(aba.locator(".itens-l").first.locator(f"li:nth-child({lugar})")).to_contain_text("Não quer")
        expect(sobe).to_be_focused()
    assert list(Ocorrencia.objects.values_list("nome", flat=True))[:3] == [
        "Fez pedido", "Não quer", "Pediu orçamento",
    ]  # fmt: skip


def test_mudar_o_que_e_conversa_avisa_e_so_confirmado_recalcula(
    pagina: Any, live_server: Any, ana: Any, davi: Any, cliente: Cliente
) -> None:
    pensar = Ocorrencia.objects.get(nome="Vai pensar")
    Contato.objects.create(cliente=cliente, canal="visita", ocorrencia=pensar, atendente=ana)
    aba = pagina(davi, largura=390)
    aba.goto(f"{live_server.url}/catalogos/ocorrencias/")
    aba.get_by_role("link", name="Vai pensar").click()
    aba.get_by_label("Houve conversa").uncheck()
    aba.get_by_role("button", name="Salvar").click()
    expect(aba.get_by_role("alert")).to_contain_text("usada em 1 contato de 1 cliente")
    assert problemas(aba, "catalogo-efetiva", quais=(390, 1440)) == {}
    assert Indicadores.objects.get(pk=cliente.pk).ultimo_contato_em is not None
    aba.get_by_label("Sim, recalcular o último contato").check()
    aba.get_by_role("button", name="Salvar").click()
    aba.get_by_text("“Vai pensar” salvo.").wait_for()
    assert Indicadores.objects.get(pk=cliente.pk).ultimo_contato_em is None
