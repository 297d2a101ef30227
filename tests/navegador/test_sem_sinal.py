"""O dia da Ana no telefone, só com o polegar: perde o sinal, lê, registra, e tudo chega uma vez só."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from clientes.models import Agendamento, Contato
from tests.conftest import SENHA
from tests.navegador.conftest import fotografar, sem_rolagem_lateral, violacoes
from tests.navegador.no_telefone import (
    AURORA,
    BAZAR,
    PRAZOS_CURTOS,
    cair,
    faixa,
    registrar,
    voltar,
)
from tests.navegador.rede import Rede
from tests.processos import ate

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]


def test_o_dia_sem_sinal_do_toque_ao_banco_exatamente_uma_vez(
    telefone: Any,
    rede: Rede,
    ana: Any,
    carteira_da_ana: dict[str, Any],
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


def test_resposta_perdida_do_envio_ou_do_reenvio_nao_faz_dois(
    telefone: Any,
    rede: Rede,
    ana: Any,
    carteira_da_ana: dict[str, Any],
) -> None:
    aba = telefone(ana)
    rede.perder_resposta(f"POST /clientes/{carteira_da_ana[AURORA].pk}/contato/")
    with aba.expect_response("**/contato/do-aparelho/") as reenvio:
        registrar(aba, AURORA, "Fez pedido", "Uma caixa")
    expect(aba.locator("#avisos")).to_contain_text("ficou guardado neste aparelho")
    assert len(rede.perdidas) == 1
    assert Contato.objects.count() == 1
    assert reenvio.value.json() == {"estado": "ja_estava"}
    expect(faixa(aba)).to_be_hidden()
    assert [(c.observacao, c.origem) for c in Contato.objects.all()] == [("Uma caixa", "tela")]
    # e a do próprio reenvio
    cair(aba, rede)
    registrar(aba, BAZAR, "Fez pedido", "Três caixas")
    expect(faixa(aba)).to_be_visible()
    rede.perder_resposta("/contato/do-aparelho/")
    voltar(aba, rede)
    expect(faixa(aba)).to_be_hidden()
    assert len(rede.perdidas) == 2
    feitos = Contato.objects.order_by("em")
    assert [(c.observacao, c.origem) for c in feitos] == [("Uma caixa", "tela"), ("Três caixas", "sem_sinal")]


@pytest.mark.usefixtures("impaciente")
def test_rede_que_aceita_e_nao_responde_nao_prende_ninguem(
    telefone: Any, rede: Rede, ana: Any, carteira_da_ana: dict[str, Any]
) -> None:
    """O pior sinal é o que parece haver: passados uns segundos, vale o guardado."""
    aba = telefone(ana)
    aba.context.add_init_script(PRAZOS_CURTOS)
    rede.calada = True
    aba.goto(f"{rede.url}/hoje/")
    expect(aba.get_by_role("region", name="Página guardada no aparelho")).to_be_visible()
    registrar(aba, BAZAR, "Vai pensar", "Sinal de mentira")
    expect(faixa(aba)).to_contain_text("1 contato espera sinal.")
    rede.calada = False
    expect(faixa(aba)).to_be_hidden()
    assert [c.observacao for c in Contato.objects.all()] == ["Sinal de mentira"]


@pytest.mark.resistencia
@pytest.mark.usefixtures("impaciente")
def test_rede_lenta_mostra_o_guardado_e_depois_o_que_chegou(
    telefone: Any, rede: Rede, ana: Any, carteira_da_ana: dict[str, Any]
) -> None:
    """O guardado aparece logo; quando a resposta enfim chega, a página se refaz com ela, sem laço."""
    aba = telefone(ana)
    rede.demorar("GET /hoje/ ", 60)
    carteira_da_ana[BAZAR].agendamentos.create(
        responsavel=ana, criado_por=ana, em=timezone.localdate(), nota="Novo"
    )
    aba.goto(f"{rede.url}/hoje/")
    expect(aba.get_by_role("region", name="Página guardada no aparelho")).to_be_visible()
    expect(aba.locator("#dia")).not_to_contain_text("Novo")
    rede.demorar("GET /hoje/ ", 3)  # a resposta enfim chega; a da página que se refaz também demora
    expect(aba.locator("#dia")).to_contain_text("Novo")
    expect(aba.locator("[data-guardada]")).to_have_count(0)


def test_servidor_que_erra_guarda_e_tenta_de_novo_e_duas_abas_levam_uma_vez_so(
    telefone: Any, rede: Rede, ana: Any, carteira_da_ana: dict[str, Any], monkeypatch: Any
) -> None:
    aba = telefone(ana)

    def quebrar(**_: Any) -> None:
        raise RuntimeError("o banco caiu")

    with monkeypatch.context() as quebrado:
        quebrado.setattr("carteira.web.contatos.registrar_contato", quebrar)
        quebrado.setattr("carteira.web.aparelho.registrar_contato", quebrar)
        registrar(aba, AURORA, "Fez pedido", "Apesar do erro")
        expect(aba.locator("#avisos")).to_contain_text("O servidor não respondeu")
        assert not Contato.objects.exists()
    ate(Contato.objects.exists)
    expect(faixa(aba)).to_be_hidden()
    assert [(c.observacao, c.origem) for c in Contato.objects.all()] == [("Apesar do erro", "sem_sinal")]
    # o mesmo contato, à espera em duas abas, vai uma vez só
    outra = aba.context.new_page()
    outra.goto(f"{rede.url}/hoje/")
    cair(aba, rede)
    registrar(aba, BAZAR, "Fez pedido", "Duas abas")
    expect(faixa(outra)).to_contain_text("1 contato espera sinal.")  # a outra aba sabe
    voltar(aba, rede)
    expect(faixa(aba)).to_be_hidden()
    expect(faixa(outra)).to_be_hidden()
    assert [c.observacao for c in Contato.objects.order_by("em")] == ["Apesar do erro", "Duas abas"]


def test_sessao_vencida_guarda_pede_para_entrar_e_segue(
    telefone: Any,
    rede: Rede,
    ana: Any,
    carteira_da_ana: dict[str, Any],
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
    aba.get_by_role("button", name="Entrar", exact=True).tap()
    aba.wait_for_url(f"{rede.url}/hoje/")
    expect(aba.locator("#avisos")).to_contain_text("1 contato que esperava sinal foi registrado.")
    expect(faixa(aba)).to_be_hidden()
    assert [(c.observacao, c.atendente) for c in Contato.objects.all()] == [("Antes de vencer", ana)]


def test_recusado_fica_a_vista_com_o_motivo_e_o_texto(
    telefone: Any,
    rede: Rede,
    ana: Any,
    carla: Any,
    carteira_da_ana: dict[str, Any],
) -> None:
    aba = telefone(ana)
    cair(aba, rede)
    registrar(aba, AURORA, "Fez pedido", "Não pode sumir")
    aurora = carteira_da_ana[AURORA]
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


def test_sem_sinal_o_que_falta_se_diz_na_hora_e_o_whatsapp_abre_direto(
    telefone: Any, rede: Rede, ana: Any, carteira_da_ana: dict[str, Any]
) -> None:
    """Guardar o que o servidor vai recusar seria enganar: sem o resultado, não se guarda."""
    aba = telefone(ana)
    abertas: list[str] = []
    aba.context.on("request", lambda r: abertas.append(r.url) if "wa.me" in r.url else None)
    cair(aba, rede)
    aba.goto(f"{rede.url}/hoje/")
    aba.locator(f"#dia [data-nome='{AURORA}'] [data-registrar]").tap()
    dialogo = aba.locator("#dialogo")
    dialogo.get_by_label("O que ficou combinado").fill("Faltou dizer como terminou")
    dialogo.get_by_role("button", name="Salvar contato").tap()
    expect(dialogo.get_by_role("alert")).to_contain_text("falta: Resultado")
    expect(dialogo.get_by_label("O que ficou combinado")).to_have_value("Faltou dizer como terminou")
    expect(faixa(aba)).to_be_hidden()
    # a conversa abre sem sinal, e a tentativa chega depois
    aba.goto(f"{rede.url}/hoje/")
    with aba.context.expect_page() as conversa:
        aba.locator(f"#dia [data-nome='{AURORA}'] [data-whatsapp]").tap()
    conversa.value.close()
    assert abertas[0].startswith("https://wa.me/5547999220190")
    expect(faixa(aba)).to_contain_text("1 contato espera sinal.")
    voltar(aba, rede)
    expect(faixa(aba)).to_be_hidden()
    contato = Contato.objects.get()
    assert (contato.canal, contato.ocorrencia.efetiva, contato.origem) == ("whatsapp", False, "sem_sinal")


def test_a_pagina_de_registro_tambem_guarda_e_com_rede_nao_deixa_resto(
    telefone: Any, rede: Rede, ana: Any, carteira_da_ana: dict[str, Any]
) -> None:
    """A página sem htmx envia de verdade; o que ela guardou antes se tira quando o servidor diz que chegou."""
    aba = telefone(ana)
    for nome, texto, sinal in ((AURORA, "Com rede", True), (BAZAR, "Sem rede", False)):
        aba.goto(f"{rede.url}/clientes/{carteira_da_ana[nome].pk}/contato/")
        aba.get_by_text("Vai pensar", exact=True).tap()
        aba.get_by_label("O que ficou combinado").fill(texto)
        if not sinal:
            cair(aba, rede)
        aba.get_by_role("button", name="Salvar contato").tap()
        if sinal:
            expect(aba.get_by_text(f"Contato com {nome} registrado.")).to_be_visible()
    aba.wait_for_url(f"{rede.url}/hoje/")
    expect(faixa(aba)).to_contain_text("1 contato espera sinal.")
    voltar(aba, rede)
    expect(faixa(aba)).to_be_hidden()
    feitos = Contato.objects.order_by("em")
    assert [(c.observacao, c.origem) for c in feitos] == [("Com rede", "tela"), ("Sem rede", "sem_sinal")]
