"""As listas de trabalho num navegador: do filtro à chamada, com o teclado, com o polegar e nos dois temas."""

import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from clientes.models import Campanha, Contato, ListaDeTrabalho
from contas.models import Empresa
from tests.navegador.conftest import fotografar, quieta, sem_rolagem_lateral, violacoes
from tests.navegador.olhar import nos_dois_temas
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]
NOMES = ("Açougue São José", "Bazar Krüger", "Casa das Tintas", "Depósito Bom Jesus", "Elétrica Três Barras")


@pytest.fixture
def carteira(ana: Any, empresa: Empresa, novo_cliente: Any) -> Empresa:
    """Cinco inativos da Ana, o último bloqueado; e uma campanha em curso."""
    hoje = timezone.localdate()
    Empresa.objects.update(referencia=hoje, pedidos_ate=hoje)
    for n, nome in enumerate(NOMES):
        cliente = novo_cliente(
            f"C{n}", vendedor=ana, razao_social=nome, cidade="Timbó", uf="SC", telefone=f"+554799922019{n}",
            bloqueado=n == 4,
        )  # fmt: skip
        indicar(cliente, hoje - timedelta(days=200 + n), status="inativo", valor_12m=Decimal(1000 - n))
    Campanha.objects.create(empresa=empresa, nome="Primavera", inicio=hoje, oferta="8% na volta")
    return empresa


@pytest.fixture
def lista(carteira: Empresa, bruno: Any) -> ListaDeTrabalho:
    hoje = timezone.localdate()
    feita = ListaDeTrabalho.objects.create(
        empresa=carteira, nome="Inativos do Vale", finalidade="recuperacao", de=hoje, semente=1, criada_por=bruno,
        consulta_por=bruno, equipe=bruno.equipes_geridas.get(), controle_pct=20, meta_clientes=3,
        oferta_tipo="desconto", oferta="8% na volta", campanha=Campanha.objects.get(),
    )  # fmt: skip
    for cliente in carteira.clientes.order_by("codigo"):
        controle = cliente.codigo == "C3"
        motivo = "bloqueado" if cliente.bloqueado else ""
        feita.membros.create(cliente=cliente, entrou_em=hoje, controle=controle, fora_ao_entrar=motivo)
    return feita


# Na ficha do telefone nada do cabeçalho da linha desce sobre a primeira célula.
COBERTOS = """() => [...document.querySelectorAll('.tab.listas tbody tr')].filter((linha) => {
  const textos = [...linha.querySelectorAll('th > *')].map((no) => no.getBoundingClientRect().bottom);
  return Math.max(...textos) > linha.querySelector('td').getBoundingClientRect().top;
}).map((linha) => linha.innerText)"""


def conferir(aba: Page, nome: str) -> None:
    fotografar(aba, nome)
    assert violacoes(aba) == [], nome
    assert sem_rolagem_lateral(aba), nome


def test_quem_gere_faz_a_lista_do_filtro_so_com_o_teclado(
    pagina: Any, live_server: Any, bruno: Any, carteira: Any
) -> None:
    aba = pagina(bruno)
    aba.goto(f"{live_server.url}/listas/")
    expect(aba.get_by_role("heading", name="Ainda não há listas de trabalho")).to_be_visible()
    aba.goto(f"{live_server.url}/listas/nova/?status=inativo&uf=SC")
    previa = aba.locator("#previa")
    expect(previa).to_contain_text("4 clientes para ligar")
    expect(previa).to_contain_text("1 ficou de fora: 1 bloqueado")
    aba.get_by_label("Nome").focus()
    aba.keyboard.type("Inativos do Vale")
    controle = aba.get_by_label("Grupo de controle (%)")
    controle.focus()
    aba.keyboard.press("Control+a")
    aba.keyboard.type("25")
    aba.keyboard.press("Tab")
    expect(previa).to_contain_text("1 sorteado para o grupo de controle")
    expect(previa).to_contain_text("3 clientes para ligar")
    quieta(aba)
    conferir(aba, "listas-nova-1440")
    controle.focus()
    aba.keyboard.press("Enter")
    aba.wait_for_url(re.compile(r"/listas/\d+/$"))
    lista = ListaDeTrabalho.objects.get()
    assert (lista.viva, lista.membros.count(), lista.membros.filter(controle=True).count()) == (True, 5, 1)
    expect(aba.locator("[data-linha]")).to_have_count(3)
    aba.keyboard.press("j")
    expect(aba.locator("[data-linha]").first).to_be_focused()
    conferir(aba, "listas-gestor-1440")


def test_quem_vende_trabalha_a_lista_com_o_polegar(
    pagina: Any, live_server: Any, ana: Any, lista: Any
) -> None:
    aba = pagina(ana, largura=390)
    aba.goto(f"{live_server.url}/listas/")
    conferir(aba, "listas-indice-390")
    assert aba.evaluate(COBERTOS) == []
    aba.get_by_role("link", name="Inativos do Vale").tap()
    aba.wait_for_url("**/listas/*/")
    membros = aba.locator("#membros")
    expect(membros).to_contain_text("Açougue São José")
    expect(membros).not_to_contain_text("Depósito Bom Jesus")  # do controle
    expect(membros).not_to_contain_text("Elétrica Três Barras")  # bloqueado
    conferir(aba, "listas-vendedor-390")
    linha = membros.locator("tr").filter(has_text="Açougue São José")
    botao = linha.locator("[data-registrar]")
    caixa = botao.bounding_box()
    assert caixa
    assert min(caixa["width"], caixa["height"]) >= 44
    botao.tap()
    dialogo = aba.locator("#dialogo")
    expect(dialogo.locator("[name=campanha]")).to_have_value(str(lista.campanha_id))
    dialogo.locator(".opcoes label").filter(has_text="Não quer").first.tap()
    dialogo.get_by_role("button", name="Salvar").tap()
    expect(aba.locator("#avisos")).to_contain_text("Contato com Açougue São José registrado.")
    quieta(aba)
    expect(membros).not_to_contain_text("Açougue São José")
    expect(aba.locator(".kpis")).to_contain_text("33,33%")
    assert Contato.objects.get().campanha_id == lista.campanha_id


def test_as_telas_de_quem_gere_se_leem_nos_dois_temas(
    pagina: Any, live_server: Any, bruno: Any, lista: Any
) -> None:
    aba = pagina(bruno)
    c0 = lista.membros.order_by("pk")[0].cliente_id
    hoje = timezone.localdate()
    viva = ListaDeTrabalho.objects.create(
        empresa=lista.empresa, nome="Inativos da vez", finalidade="recuperacao", viva=True, consulta="uf=SC", de=hoje,
        semente=1, criada_por=bruno, consulta_por=bruno, refeita_em=timezone.now(),
    )  # fmt: skip
    viva.membros.create(cliente_id=c0, entrou_em=hoje)
    telas = {
        "indice": "/listas/",
        "lista": f"/listas/{lista.pk}/",
        "de-fora": f"/listas/{lista.pk}/?ver=de_fora",
        "controle": f"/listas/{lista.pk}/?ver=controle",
        "editar": f"/listas/{lista.pk}/editar/",
        "incluir": f"/listas/incluir/?cliente={c0}&lista={lista.pk}",
        "comparar": "/listas/comparar/",
        "filtro": f"/listas/{viva.pk}/filtro/?uf=PR&editando={viva.pk}",
        "filtro-na-carteira": f"/clientes/?uf=PR&editando={viva.pk}",
    }
    for nome, caminho in telas.items():
        aba.goto(f"{live_server.url}{caminho}")
        nos_dois_temas(aba, f"listas-{nome}")


def test_apagar_tem_volta_e_a_exclusao_se_desliga(
    pagina: Any, live_server: Any, bruno: Any, lista: Any
) -> None:
    aba = pagina(bruno, largura=390)
    aba.goto(f"{live_server.url}/listas/{lista.pk}/")
    conferir(aba, "listas-gestor-390")
    aba.locator(".exclusoes li").filter(has_text="Bloqueados").get_by_role("button").tap()
    expect(aba.locator("#avisos")).to_contain_text("Bloqueados passaram a ser chamados nesta lista.")
    expect(aba.locator("#membros")).to_contain_text("Elétrica Três Barras")
    aba.locator("summary").filter(has_text="Lista").tap()
    aba.get_by_role("button", name="Apagar").tap()
    expect(aba.get_by_role("heading", name="Lista “Inativos do Vale” apagada")).to_be_visible()
    conferir(aba, "listas-apagada-390")
    aba.get_by_role("button", name="Desfazer").tap()
    expect(aba.locator("#avisos")).to_contain_text("de volta")
    assert ListaDeTrabalho.objects.get().apagada_em is None
