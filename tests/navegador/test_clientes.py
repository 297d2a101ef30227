"""Lista, ficha e contato num navegador de verdade: mouse, teclado, telefone e leitor de tela."""

import contextlib
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Error, expect

from atividade.models import Indicadores, Status
from clientes.models import Agendamento, Cliente, Contato
from contas.models import Empresa
from tests.conftest import HOJE, SENHA
from tests.navegador.conftest import fotografar, larguras, problemas, sem_rolagem_lateral, violacoes
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]
NOMES = [
    "Açougue São José",
    "Bazar Krüger",
    "Casa das Tintas Rio do Sul",
    "Depósito Bom Jesus",
    "Elétrica Três Barras",
    "Ferragens Aurora",
]


@pytest.fixture
def carteira(ana: Any, novo_cliente: Any) -> dict[str, Any]:
    """Seis clientes: dois quase inativos, três ativos e um prospect, com pedidos e telefone."""
    Empresa.objects.update(referencia=HOJE, pedidos_ate=HOJE)
    clientes = {}
    for n, nome in enumerate(NOMES):
        compras = (
            [(HOJE - timedelta(days=20 * n + 30 * k + 8), str(900 + 100 * k)) for k in range(6)]
            if n < 5
            else []
        )
        cliente = novo_cliente(
            f"C{n}", vendedor=ana, razao_social=nome, cidade="Timbó", uf="SC", segmento="Tintas", compras=compras,
            telefone=f"+554799922019{n}", email=f"compras{n}@exemplo.test",
        )  # fmt: skip
        if compras:
            status = Status.QUASE_INATIVO if n > 2 else Status.ATIVO
            indicar(
                cliente,
                compras[0][0],
                status=status,
                valor_12m=Decimal(1000 * (n + 1)),
                curva_abc="ABC"[n % 3],
            )
        clientes[cliente.codigo] = cliente
    Agendamento.objects.create(cliente=clientes["C5"], responsavel=ana, criado_por=ana, em=HOJE)
    return clientes


def test_lista_e_ficha_acessiveis_nos_dois_temas_e_larguras(
    pagina: Any, live_server: Any, ana: Any, carteira: Any
) -> None:
    """A lista sem filtro e a ficha com todos os painéis, a agenda também, são de outras histórias."""
    aba, achados = pagina(ana), {}
    caminhos = {
        "lista-filtrada": "/clientes/?uf=SC&status=ativo&fora_do_ritmo=on",
        "lista-vazia": "/clientes/?q=inexistente",
        "ficha-prospect": f"/clientes/{carteira['C5'].pk}/",
        "contato": f"/clientes/{carteira['C4'].pk}/contato/",
        "editar": f"/clientes/{carteira['C4'].pk}/editar/",
    }
    for nome, caminho in caminhos.items():
        aba.goto(f"{live_server.url}{caminho}")
        achados |= problemas(aba, f"clientes-{nome}")
    assert achados == {}


def test_aba_e_filtro_trocam_so_a_lista_e_ficam_na_url(
    pagina: Any, live_server: Any, ana: Any, carteira: Any
) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/clientes/")
    aba.evaluate("window.marca = 1")
    aba.get_by_role("navigation", name="Situação").get_by_role("link", name="Quase inativos").click()
    aba.wait_for_url("**status=quase_inativo**")
    expect(aba.locator("[data-linha]")).to_have_count(2)
    aba.get_by_role("link", name="Cliente", exact=True).click()
    aba.wait_for_url("**ordem=-nome**")
    expect(aba.locator("[data-linha]").first).to_have_text("Elétrica Três Barras")
    assert aba.evaluate("window.marca") == 1
    expect(aba.locator("#anuncio")).to_have_text("2 clientes")
    aba.go_back()
    aba.wait_for_url("**status=quase_inativo")
    expect(aba.locator("[data-linha]")).to_have_count(2)


def test_so_pelo_teclado_registra_um_contato_e_desfaz(
    pagina: Any, live_server: Any, ana: Any, carteira: Any
) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/clientes/?ordem=nome")
    aba.keyboard.press("j")
    expect(aba.locator("[data-linha]").first).to_be_focused()
    expect(aba.locator("[data-linha]").first).to_have_text("Açougue São José")
    aba.keyboard.press("c")
    dialogo = aba.locator("#dialogo")
    dialogo.get_by_text("Contato com Açougue São José").wait_for()
    aba.keyboard.press("Control+Enter")
    dialogo.get_by_text("Diga como terminou o contato.").wait_for()
    expect(dialogo.locator("[aria-invalid=true]").first).to_be_focused()
    dialogo.locator("input[name=canal]").first.focus()
    aba.keyboard.press("3")
    dialogo.locator("textarea").fill("Confirma na segunda")
    aba.keyboard.press("Control+Enter")
    aba.get_by_text("Contato com Açougue São José registrado.").wait_for()
    expect(dialogo).to_be_hidden()
    contato = Contato.objects.get()
    assert (contato.cliente.codigo, contato.ocorrencia.nome, contato.observacao) == (
        "C0",
        "Vai pensar",
        "Confirma na segunda",
    )
    aba.get_by_text("1 de ").first.wait_for()
    aba.get_by_role("button", name="Desfazer").click()
    aba.get_by_text("Contato desfeito.").wait_for()
    contato.refresh_from_db()
    assert contato.desfeito_em is not None
    assert Indicadores.objects.get(pk=contato.cliente_id).ultimo_contato_em is None


def test_na_ficha_o_contato_entra_no_historico_sem_recarregar(
    pagina: Any, live_server: Any, ana: Any, carteira: Any
) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/clientes/{carteira['C4'].pk}/")
    aba.evaluate("window.marca = 1")
    aba.keyboard.press("1")
    aba.locator("#registrar textarea").fill("Pedido por telefone")
    aba.get_by_text("Em 7 dias").click()
    aba.get_by_role("button", name="Salvar contato").click()
    aba.locator("#historico").get_by_text("Pedido por telefone").wait_for()
    aba.locator("#agenda-do-cliente").get_by_text("Ana Souza").wait_for()
    expect(aba.locator("#registrar textarea")).to_have_value("")
    assert aba.evaluate("window.marca") == 1
    assert Contato.objects.get().ocorrencia.nome == "Fez pedido"


def test_no_telefone_a_tabela_vira_cartoes_e_o_dialogo_sobe_de_baixo(
    pagina: Any, live_server: Any, ana: Any, carteira: Any
) -> None:
    aba = pagina(ana, largura=390)
    aba.goto(f"{live_server.url}/clientes/?ordem=nome")
    assert aba.locator("thead").is_hidden()
    cartao = aba.locator("tbody tr").first
    for nome in ("Ligar", "WhatsApp com Açougue São José", "Registrar contato com Açougue São José"):
        caixa = (
            cartao.get_by_role("link", name=nome).or_(cartao.get_by_role("button", name=nome)).bounding_box()
        )
        assert caixa["height"] >= 44, nome
    cartao.get_by_role("link", name="Registrar contato").click()
    dialogo = aba.locator("#dialogo")
    dialogo.get_by_text("Fez pedido").click()
    fotografar(aba, "clientes-contato-dialogo-390")
    assert violacoes(aba) == []
    dialogo.get_by_role("button", name="Salvar contato").click()
    aba.get_by_text("registrado.").wait_for()
    assert Contato.objects.count() == 1


def test_sem_javascript_tudo_funciona(
    pagina: Any, live_server: Any, ana: Any, carteira: Any, navegador: Any
) -> None:
    com_js = pagina(ana)
    contexto = navegador.new_context(java_script_enabled=False, locale="pt-BR")
    contexto.add_cookies(com_js.context.cookies(live_server.url))
    aba = contexto.new_page()
    aba.goto(f"{live_server.url}/clientes/?por=25&ordem=nome")
    aba.get_by_role("link", name="Quase inativos").click()
    expect(aba.locator("[data-linha]")).to_have_count(2)
    aba.locator("[data-linha]").first.click()
    aba.get_by_text("Não atendeu").click()
    aba.get_by_role("button", name="Salvar contato").click()
    aba.get_by_text("registrado.").wait_for()
    aba.locator("#historico").get_by_role("link", name="Ver histórico").click()
    expect(aba.get_by_text("(tentativa)")).to_be_visible()
    contexto.close()


def test_letras_agendam_e_chamam_so_o_escolhido_e_salvar_no_instante_nao_sai_da_lista(
    pagina: Any, live_server: Any, ana: Any, carteira: Any
) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/clientes/?ordem=nome")
    aba.keyboard.press("a")
    aba.keyboard.press("w")  # sem linha em foco não há de quem falar: nenhuma das duas faz nada
    aba.keyboard.press("j")
    expect(aba.locator("[data-linha]").first).to_be_focused()
    aba.keyboard.press("a")
    dialogo = aba.locator("#dialogo")
    expect(dialogo.get_by_role("heading", name="Agendar contato")).to_be_visible()
    expect(dialogo.get_by_text("Açougue São José")).to_be_visible()
    assert not Contato.objects.exists()
    aba.keyboard.press("Escape")
    expect(dialogo).to_be_hidden()
    expect(aba.locator("[data-linha]").first).to_be_focused()
    # quem salva no instante em que o diálogo chega: o formulário já vem ligado ao htmx, e a lista não recarrega
    aba.evaluate(
        """() => new MutationObserver((_, observador) => {
             const formulario = document.querySelector('#dialogo form');
             if (formulario) { observador.disconnect(); formulario.requestSubmit(); }
           }).observe(document.getElementById('dialogo'), {childList: true})"""
    )
    aba.keyboard.press("c")
    dialogo.get_by_text("Diga como terminou o contato.").wait_for()
    assert aba.url == f"{live_server.url}/clientes/?ordem=nome"


def test_mais_filtros_cabe_na_tela_e_filtra(pagina: Any, live_server: Any, ana: Any, carteira: Any) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/clientes/")
    filtro = aba.locator("summary", has_text="Filtro")
    valor = aba.get_by_label("Valor em 12 meses, de")
    for largura in larguras(aba, (1440, 1000, 390), volta=False):
        if valor.is_visible():
            filtro.click()
        filtro.click()  # o menu toma o lugar dele ao abrir-se
        expect(valor).to_be_visible()
        campo = valor.bounding_box()
        caixa = aba.locator(".formulario-filtros").bounding_box()
        assert campo["width"] > 100, largura
        assert campo["height"] >= 30, largura
        assert caixa["x"] >= 0, largura
        assert caixa["x"] + caixa["width"] <= largura
        assert sem_rolagem_lateral(aba), largura
        assert violacoes(aba) == [], largura
    valor.fill("4000")
    aba.get_by_role("button", name="Filtrar").click()
    expect(aba.locator("tbody [data-linha]")).to_have_count(2)
    assert "valor_min=4000" in aba.url


def test_sessao_vencida_no_meio_do_registro_nao_perde_o_que_foi_digitado(
    pagina: Any, live_server: Any, davi: Any, carteira: Any
) -> None:
    """Davi não guarda no aparelho: o formulário segura o texto. (O de quem liga vai para o aparelho.)"""
    aba = pagina(davi)
    aba.goto(f"{live_server.url}/clientes/{carteira['C4'].pk}/")
    registro = aba.locator("#registrar")
    registro.locator("textarea").fill("Fecha na segunda com o sócio")
    registro.get_by_text("Fez pedido").click()
    aba.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    registro.get_by_role("button", name="Salvar contato").click()
    expect(registro.get_by_role("alert")).to_contain_text("A sua sessão venceu")
    with aba.context.expect_page() as aberta:
        registro.get_by_role("link", name="Entrar em outra aba").click()
    outra = aberta.value
    outra.fill("[name=username]", davi.email)
    outra.fill("[type=password]", SENHA)
    outra.get_by_role("button", name="Entrar", exact=True).click()
    outra.wait_for_url("**/clientes/**")
    # a entrada trocou a chave: a primeira vez só a renova
    registro.get_by_role("button", name="Salvar contato").click()
    expect(registro.get_by_role("alert")).to_contain_text("renovada em outra aba")
    expect(registro.locator("textarea")).to_have_value("Fecha na segunda com o sócio")
    assert not Contato.objects.exists()
    registro.get_by_role("button", name="Salvar contato").click()
    aba.locator("#historico").get_by_text("Fecha na segunda com o sócio").wait_for()
    assert Contato.objects.get().ocorrencia.nome == "Fez pedido"


def test_no_telefone_a_ficha_vem_na_ordem_do_uso(
    pagina: Any, live_server: Any, ana: Any, carteira: Any
) -> None:
    Cliente.objects.filter(codigo="C4").update(contato_verificado_em=date(2020, 1, 2))
    aba = pagina(ana, largura=390)
    aba.goto(f"{live_server.url}/clientes/{carteira['C4'].pk}/")
    expect(aba.locator("#dados")).to_contain_text("conferidos em 02/01/2020: confira de novo")
    assert sem_rolagem_lateral(aba)
    lugares = [
        aba.locator(f"#{nome}").bounding_box()["y"]
        for nome in ("registrar", "agenda-do-cliente", "ritmo", "historico", "dados")
    ]
    assert lugares == sorted(lugares)


def test_da_empresa_grande_as_linhas_aparecem_e_os_numeros_chegam_so_os_do_filtro_na_tela(
    pagina: Any, live_server: Any, davi: Any, carteira: Any, settings: Any
) -> None:
    settings.LISTA_CONTA_DEPOIS = 0
    aba, retidos = pagina(davi), []

    def _reter(rota: Any) -> None:
        """As primeiras contagens ficam no caminho; o resto passa."""
        so_contagens = rota.request.headers.get("hx-target") == "contagens"
        rota.fallback() if retidos or not so_contagens else retidos.append(rota)

    aba.route("**/clientes/**", _reter)
    aba.goto(f"{live_server.url}/clientes/")
    situacoes = aba.get_by_role("navigation", name="Situação")
    expect(aba.locator("[data-linha]")).to_have_count(6)
    expect(situacoes.get_by_role("link", name="Todos")).to_have_text("Todos …")
    fotografar(aba, "clientes-contando")
    aba.wait_for_function("document.querySelector('#contagens.htmx-request')")
    situacoes.get_by_role("link", name="Quase inativos").click()
    expect(aba.locator("[data-linha]")).to_have_count(2)
    expect(situacoes.get_by_role("link", name="Todos")).to_have_text("Todos 6")
    expect(aba.locator("#de-quantos")).to_have_text("de 2")
    expect(aba.locator("#anuncio")).to_have_text("2 clientes")
    with contextlib.suppress(Error):  # o navegador já desistiu delas
        retidos[0].fulfill(body='<span id="de-quantos" hx-swap-oob="true"> de 999</span>')
    aba.keyboard.press("j")
    expect(aba.locator("#de-quantos")).to_have_text("de 2")
    expect(aba.locator("#contagens")).to_have_count(0)
