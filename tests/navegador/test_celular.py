"""O dia da Ana no telefone, só com o polegar: perde o sinal, lê, registra, e tudo chega uma vez só."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import Page, expect

from atividade.models import Status
from carteira.aparelhos import chave_da_pessoa
from clientes.models import Agendamento, Contato
from contas.models import Empresa
from tests.conftest import SENHA
from tests.navegador.conftest import fotografar, sem_rolagem_lateral, violacoes
from tests.navegador.rede import Rede
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]
AURORA, BAZAR = "Ferragens Aurora", "Bazar Krüger"
GUARDADO = """async (nome) => {
  const bancos = (await indexedDB.databases()).map((b) => b.name);
  return {bancos, caches: await caches.keys(), registros: (await navigator.serviceWorker.getRegistrations()).length};
}"""


@pytest.fixture
def carteira(ana: Any, novo_cliente: Any) -> dict[str, Any]:
    """Aurora combinada para hoje, Bazar na hora de comprar."""
    hoje = timezone.localdate()
    Empresa.objects.update(referencia=hoje, pedidos_ate=hoje)
    clientes = {}
    for n, nome in enumerate((AURORA, BAZAR)):
        cliente = novo_cliente(
            f"C{n}", vendedor=ana, razao_social=nome, cidade="Timbó", uf="SC", telefone=f"+554799922019{n}",
            compras=[(hoje - timedelta(days=40 + 30 * k), "1500.40") for k in range(4)],
        )  # fmt: skip
        indicar(cliente, hoje - timedelta(days=40), status=Status.ATIVO, valor_12m=Decimal(6000))
        clientes[nome] = cliente
    Agendamento.objects.create(cliente=clientes[AURORA], responsavel=ana, criado_por=ana, em=hoje)
    return clientes


@pytest.fixture
def telefone(pagina: Any, rede: Rede) -> Callable[..., Page]:
    """`telefone(pessoa)`: uma aba de 390 px atrás da rede, já em Hoje e com o dia guardado."""

    def _abrir(pessoa: Any, **opcoes: Any) -> Page:
        aba: Page = pagina(pessoa, largura=390, **opcoes)
        aba.goto(f"{rede.url}/hoje/")
        pronto(aba)
        return aba

    return _abrir


def pronto(aba: Page) -> None:
    """O service worker manda na página e o dia está guardado."""
    aba.evaluate("navigator.serviceWorker.ready.then(() => null)")
    aba.wait_for_function("() => !!navigator.serviceWorker.controller")
    aba.evaluate("async () => { await fetch('/hoje/'); }")
    aba.wait_for_function("async () => !!(await caches.match('/hoje/'))")


def registrar(aba: Page, nome: str, resultado: str, texto: str) -> None:
    """Só toques, da lista ao Salvar."""
    aba.locator(f"#dia [data-nome='{nome}'] [data-registrar]").tap()
    dialogo = aba.locator("#dialogo")
    dialogo.get_by_text(resultado, exact=True).tap()
    dialogo.get_by_label("O que ficou combinado").fill(texto)
    dialogo.get_by_role("button", name="Salvar contato").tap()
    expect(dialogo).to_be_hidden()


def cair(aba: Page, rede: Rede) -> None:
    rede.no_ar = False
    aba.context.set_offline(True)


def voltar(aba: Page, rede: Rede) -> None:
    rede.no_ar = True
    aba.context.set_offline(False)


def faixa(aba: Page) -> Any:
    return aba.get_by_role("region", name="Contatos guardados no aparelho")


def test_o_dia_sem_sinal_do_toque_ao_banco_exatamente_uma_vez(
    telefone: Any,
    rede: Rede,
    ana: Any,
    carteira: dict[str, Any],
) -> None:
    aba = telefone(ana)
    expect(aba.locator("[data-guardada]")).to_have_count(0)
    cair(aba, rede)
    aba.goto(f"{rede.url}/hoje/")
    expect(aba.get_by_role("region", name="Página guardada no aparelho")).to_contain_text(
        "A lista é como estava às"
    )
    for texto in (AURORA, BAZAR, "(47) 99922-0190", "R$ 1.500,40", "Compra a cada 30 dias, está há 40."):
        expect(aba.locator("#dia")).to_contain_text(texto)
    antes = timezone.now()
    registrar(aba, AURORA, "Fez pedido", "Duas caixas de rebite")
    expect(faixa(aba)).to_contain_text("1 contato espera sinal.")
    registrar(aba, BAZAR, "Vai pensar", "Volto na quinta")
    depois = timezone.now()
    expect(faixa(aba)).to_contain_text("2 contatos esperam sinal.")
    expect(aba.locator("#dia").get_by_text("Contato guardado, espera sinal")).to_have_count(2)
    fotografar(aba, "celular-hoje-sem-sinal-390-claro")
    assert violacoes(aba) == []
    assert sem_rolagem_lateral(aba)
    # a página inteira se refaz sem rede e nada se esquece
    aba.reload()
    expect(faixa(aba)).to_contain_text("2 contatos esperam sinal.")
    assert not Contato.objects.exists()
    voltar(aba, rede)
    expect(faixa(aba)).to_be_hidden()
    expect(aba.locator("[data-guardada]")).to_have_count(0)
    feitos = list(Contato.objects.order_by("em"))
    assert [(c.cliente.nome, c.ocorrencia.nome, c.observacao) for c in feitos] == [
        (AURORA, "Fez pedido", "Duas caixas de rebite"),
        (BAZAR, "Vai pensar", "Volto na quinta"),
    ]
    for contato in feitos:
        assert (contato.origem, contato.atendente) == ("sem_sinal", ana)
        assert antes - timedelta(milliseconds=1) <= contato.em <= depois
        assert contato.registrado_em > depois
    assert Agendamento.objects.get().concluido_em is not None


def test_resposta_perdida_depois_de_gravado_nao_faz_dois(
    telefone: Any,
    rede: Rede,
    ana: Any,
    carteira: dict[str, Any],
) -> None:
    aba = telefone(ana)
    rede.perder_resposta(f"POST /clientes/{carteira[AURORA].pk}/contato/")
    registrar(aba, AURORA, "Fez pedido", "Uma caixa")
    expect(aba.locator("#avisos")).to_contain_text("ficou guardado neste aparelho")
    assert len(rede.perdidas) == 1
    assert Contato.objects.count() == 1
    expect(faixa(aba)).to_be_hidden()  # o reenvio ouviu "já estava"
    assert [(c.observacao, c.origem) for c in Contato.objects.all()] == [("Uma caixa", "tela")]


def test_o_proprio_reenvio_tambem_pode_perder_a_resposta(
    telefone: Any,
    rede: Rede,
    ana: Any,
    carteira: dict[str, Any],
) -> None:
    aba = telefone(ana)
    cair(aba, rede)
    registrar(aba, AURORA, "Fez pedido", "Três caixas")
    expect(faixa(aba)).to_be_visible()
    rede.perder_resposta("/contato/do-aparelho/")
    voltar(aba, rede)
    expect(faixa(aba)).to_be_hidden()
    assert len(rede.perdidas) == 1
    assert [(c.observacao, c.origem) for c in Contato.objects.all()] == [("Três caixas", "sem_sinal")]


def test_duas_abas_levam_o_mesmo_contato_uma_vez_so(
    telefone: Any,
    rede: Rede,
    ana: Any,
    carteira: dict[str, Any],
) -> None:
    aba = telefone(ana)
    outra = aba.context.new_page()
    outra.goto(f"{rede.url}/hoje/")
    envios: list[str] = []
    aba.context.on("request", lambda r: envios.append(r.url) if "do-aparelho" in r.url else None)
    cair(aba, rede)
    registrar(aba, AURORA, "Fez pedido", "Duas abas")
    expect(faixa(outra)).to_contain_text("1 contato espera sinal.")  # a outra aba sabe
    envios.clear()
    voltar(aba, rede)
    expect(faixa(aba)).to_be_hidden()
    expect(faixa(outra)).to_be_hidden()
    assert Contato.objects.count() == 1


def test_sessao_vencida_guarda_pede_para_entrar_e_segue(
    telefone: Any,
    rede: Rede,
    ana: Any,
    carteira: dict[str, Any],
) -> None:
    aba = telefone(ana)
    aba.locator(f"#dia [data-nome='{AURORA}'] [data-registrar]").tap()
    dialogo = aba.locator("#dialogo")
    dialogo.get_by_text("Fez pedido", exact=True).tap()
    dialogo.get_by_label("O que ficou combinado").fill("Antes de vencer")
    aba.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    dialogo.get_by_role("button", name="Salvar contato").tap()
    expect(aba.locator("#avisos")).to_contain_text("A sua sessão venceu")
    expect(faixa(aba)).to_contain_text("entre de novo para enviar")
    assert not Contato.objects.exists()
    faixa(aba).get_by_role("link", name="Entrar de novo").tap()
    aba.fill("[name=username]", ana.email)
    aba.fill("[type=password]", SENHA)
    aba.get_by_role("button", name="Entrar").tap()
    aba.wait_for_url(f"{rede.url}/hoje/")
    expect(aba.locator("#avisos")).to_contain_text("1 contato que esperava sinal foi registrado.")
    expect(faixa(aba)).to_be_hidden()
    assert [(c.observacao, c.atendente) for c in Contato.objects.all()] == [("Antes de vencer", ana)]


def test_recusado_fica_a_vista_com_o_motivo_e_o_texto(
    telefone: Any,
    rede: Rede,
    ana: Any,
    carla: Any,
    carteira: dict[str, Any],
) -> None:
    aba = telefone(ana)
    cair(aba, rede)
    registrar(aba, AURORA, "Fez pedido", "Não pode sumir")
    aurora = carteira[AURORA]
    aurora.vendedor, aurora.equipe = carla, carla.participacoes.get().equipe
    aurora.save()
    voltar(aba, rede)
    expect(faixa(aba)).to_contain_text("1 contato não foi aceito.")
    faixa(aba).get_by_role("button", name="Ver").tap()
    lista = aba.get_by_role("dialog", name="Guardados neste aparelho")
    expect(lista).to_contain_text("Este cliente não está mais na sua carteira.")
    expect(lista).to_contain_text("Não pode sumir")
    fotografar(aba, "celular-recusado-390-claro")
    assert violacoes(aba) == []
    aba.reload()
    expect(faixa(aba)).to_contain_text("1 contato não foi aceito.")
    assert not Contato.objects.exists()
    faixa(aba).get_by_role("button", name="Ver").tap()
    lista.get_by_role("button", name="Descartar").tap()
    expect(faixa(aba)).to_be_visible()  # ainda não: pergunta antes
    lista.get_by_role("button", name="Descartar de vez").tap()
    expect(faixa(aba)).to_be_hidden()


def test_sair_avisa_do_que_falta_enviar_e_nao_deixa_nada(
    telefone: Any,
    rede: Rede,
    ana: Any,
    carteira: dict[str, Any],
) -> None:
    aba = telefone(ana)
    chave = chave_da_pessoa(ana)
    cair(aba, rede)
    registrar(aba, AURORA, "Fez pedido", "Vai antes de sair")
    aba.get_by_role("button", name="Mais").tap()
    aba.locator("#menu-celular").get_by_role("button", name="Sair").tap()
    pergunta = aba.get_by_role("dialog", name="Há contatos por enviar")
    expect(pergunta).to_contain_text("1 contato ainda não foi enviado")
    fotografar(aba, "celular-sair-390-claro")
    assert violacoes(aba) == []
    pergunta.get_by_role("button", name="Enviar e sair").tap()
    expect(pergunta.get_by_role("alert")).to_contain_text("Nada foi apagado")
    guardado = aba.evaluate(GUARDADO)
    assert guardado["bancos"] == [f"carteira-{chave}"]
    assert f"dia-{chave}" in guardado["caches"]
    voltar(aba, rede)
    pergunta.get_by_role("button", name="Enviar e sair").tap()
    aba.wait_for_url("**/entrar/**")
    assert aba.evaluate(GUARDADO) == {"bancos": [], "caches": [], "registros": 0}
    assert [c.observacao for c in Contato.objects.all()] == ["Vai antes de sair"]


def test_quem_prefere_apaga_e_sai(
    telefone: Any,
    rede: Rede,
    ana: Any,
    carteira: dict[str, Any],
) -> None:
    aba = telefone(ana)
    cair(aba, rede)
    registrar(aba, AURORA, "Fez pedido", "Não era nada")
    aba.get_by_role("button", name="Mais").tap()
    aba.locator("#menu-celular").get_by_role("button", name="Sair").tap()
    aba.get_by_role("button", name="Ficar").tap()
    expect(faixa(aba)).to_be_visible()
    voltar(aba, rede)
    rede.perder_resposta("/contato/do-aparelho/")
    rede.no_ar = False
    aba.get_by_role("button", name="Mais").tap()
    aba.locator("#menu-celular").get_by_role("button", name="Sair").tap()
    rede.no_ar = True
    aba.get_by_role("button", name="Apagar e sair").tap()
    aba.wait_for_url("**/entrar/**")
    assert aba.evaluate(GUARDADO) == {"bancos": [], "caches": [], "registros": 0}


def test_carla_no_mesmo_aparelho_nao_ve_nada_da_ana(
    telefone: Any,
    rede: Rede,
    ana: Any,
    carla: Any,
    carteira: dict[str, Any],
) -> None:
    """A sessão da Ana venceu com um contato por enviar; a Carla entra, e depois a Ana volta."""
    aba = telefone(ana)
    cair(aba, rede)
    registrar(aba, AURORA, "Fez pedido", "Segredo da Ana")
    aba.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    voltar(aba, rede)
    entrar_como(aba, rede, carla)
    pronto(aba)
    expect(aba.locator("body")).to_contain_text("Carla Dias")
    expect(faixa(aba)).to_be_hidden()
    assert [n for n in aba.evaluate(GUARDADO)["caches"] if n.startswith("dia-")] == [
        f"dia-{chave_da_pessoa(carla)}"
    ]
    cair(aba, rede)
    aba.goto(f"{rede.url}/hoje/")
    expect(aba.get_by_role("region", name="Página guardada no aparelho")).to_be_visible()
    expect(aba.locator("#dia")).to_contain_text("Tudo em dia por hoje")
    assert "Aurora" not in aba.content()
    assert "Segredo da Ana" not in aba.content()
    assert not Contato.objects.exists()
    # o que é da Ana espera por ela
    voltar(aba, rede)
    aba.goto(f"{rede.url}/hoje/")
    aba.get_by_role("button", name="Mais").tap()
    aba.locator("#menu-celular").get_by_role("button", name="Sair").tap()
    aba.wait_for_url("**/entrar/**")
    assert not Contato.objects.exists()


def entrar_como(aba: Page, rede: Rede, pessoa: Any) -> None:
    aba.goto(f"{rede.url}/entrar/?next=/hoje/")
    aba.fill("[name=username]", pessoa.email)
    aba.fill("[type=password]", SENHA)
    aba.get_by_role("button", name="Entrar").tap()
    aba.wait_for_url(f"{rede.url}/hoje/")


def test_outra_pagina_sem_sinal_leva_a_lista_de_hoje(
    telefone: Any,
    rede: Rede,
    ana: Any,
    carteira: dict[str, Any],
) -> None:
    aba = telefone(ana)
    cair(aba, rede)
    aba.goto(f"{rede.url}/clientes/")
    expect(aba.get_by_role("heading", name="Sem sinal")).to_be_visible()
    assert violacoes(aba) == []
    aba.get_by_role("link", name="Abrir a lista de hoje").tap()
    expect(aba.locator("#dia")).to_contain_text(AURORA)


def test_quem_nao_liga_nao_guarda_nada(pagina: Any, rede: Rede, davi: Any) -> None:
    aba = pagina(davi, largura=390)
    aba.goto(f"{rede.url}/clientes/")
    aba.wait_for_timeout(300)
    assert aba.evaluate(GUARDADO) == {"bancos": [], "caches": [], "registros": 0}
