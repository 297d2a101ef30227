"""A ficha num navegador de verdade: painéis que chegam sozinhos, gestos pelo diálogo, e sem JavaScript também."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import expect

from atividade.models import Status
from clientes import atendimentos, pessoas, pitch
from clientes.models import (
    Atendimento,
    CausaDaInatividade,
    Contato,
    ItemDePedido,
    Objecao,
    Ocorrencia,
    Orcamento,
    PessoaDeContato,
    Pitch,
    ProrrogacaoDeTitulo,
    Titulo,
)
from contas.models import Empresa
from tests.conftest import HOJE
from tests.navegador.conftest import problemas
from tests.web.carteira_de_teste import indicar

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]
PAINEIS = ("antes", "pendencias", "produtos", "historico", "pessoas", "atendimentos", "grupo")


@pytest.fixture
def cliente(ana: Any, novo_cliente: Any) -> Any:
    """Um cliente com de tudo: vencido, orçamento no fim, item que parou, filial, pitch e gente."""
    Empresa.objects.update(referencia=HOJE, pedidos_ate=HOJE)
    compras = [(HOJE - timedelta(days=51 + 30 * n), "1000.00") for n in range(6)]
    cliente = novo_cliente(
        "C1", vendedor=ana, compras=compras, razao_social="Ferragens Krüger & Filhos", segmento="Ferragens",
        documento="95889060000143", documento_valido=True, limite_credito=Decimal("9000.00"), cidade="Timbó",
        uf="SC", telefone="+5547999220198", email="compras@kruger.test",
    )  # fmt: skip
    for n, pedido in enumerate(cliente.pedidos.order_by("-data")):
        nomes = ['Dobradiça 3" zincada', "Parafuso chipboard 4x40"] + (["Fechadura externa"] if n > 1 else [])
        for ordem, nome in enumerate(nomes, 1):
            ItemDePedido.objects.create(
                pedido=pedido, sequencia=ordem, produto_nome=nome, quantidade=2, valor=Decimal(300)
            )
    _financeiro(cliente)
    _relacionamento(cliente, ana)
    filial = novo_cliente(
        "C2", vendedor=ana, razao_social="Krüger Indaial", documento="95889060000224", documento_valido=True
    )
    indicar(filial, HOJE - timedelta(days=10), status=Status.ATIVO, valor_12m=Decimal("27000.00"))
    return indicar(cliente, HOJE - timedelta(days=51), status=Status.ATIVO, valor_12m=Decimal("4000.00"))


def _financeiro(cliente: Any) -> None:
    for numero, dias in (("31.877/1", -49), ("33.010/1", 3)):
        vencimento = HOJE + timedelta(days=dias)
        feito = Titulo.objects.create(
            empresa=cliente.empresa, numero=numero, cliente=cliente, emissao=vencimento - timedelta(days=60),
            vencimento=vencimento, valor=Decimal("2170.00"), saldo=Decimal("2170.00"),
        )  # fmt: skip
        ProrrogacaoDeTitulo.objects.create(titulo=feito, de=vencimento - timedelta(days=15), para=vencimento)
    Orcamento.objects.create(
        empresa=cliente.empresa, numero="48.213", cliente=cliente, data=HOJE - timedelta(days=30),
        validade=HOJE + timedelta(days=1), valor=Decimal("1480.00"), situacao="aberto",
    )  # fmt: skip


def _relacionamento(cliente: Any, ana: Any) -> None:
    causa = CausaDaInatividade.objects.get(nome="Mau atendimento")
    pitch.salvar(cliente=cliente, por=ana, causa=causa, por_que_parou="Atraso de agosto")
    pitch.salvar(
        cliente=cliente, por=ana, causa=causa, por_que_parou="Atraso de agosto", oferta="Frete grátis"
    )
    pessoas.salvar(cliente=cliente, por=ana, nome="Gisela Marques", papel="comprador", telefone="47999220198",
                   email="gisela@kruger.test", principal=True)  # fmt: skip
    sai, _ = pessoas.salvar(cliente=cliente, por=ana, nome="Otto Krüger", nao_contatar=["email"])
    pessoas.inativar(pessoa=sai, por=ana)
    atendimentos.abrir(cliente, "nao_conformidade", "Chaves com defeito", "Lote 88", ana)
    feito = Contato.objects.create(
        cliente=cliente, canal="visita", ocorrencia=Ocorrencia.objects.get(nome="Vai pensar"), atendente=ana,
        observacao="Pediu troca das chaves",
    )  # fmt: skip
    feito.objecoes.add(Objecao.objects.get(nome="Preço alto"))


def abrir_tudo(aba: Any) -> None:
    """Desce até que cada painel chegue."""
    for painel in PAINEIS:
        aba.evaluate("id => document.getElementById(id).scrollIntoView()", painel)
        expect(aba.locator(f"#{painel}.painel-espera")).to_have_count(0)
    aba.evaluate("scrollTo(0, 0)")


def test_paineis_acessiveis_nos_dois_temas_e_larguras(
    pagina: Any, live_server: Any, ana: Any, cliente: Any
) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/clientes/{cliente.pk}/?lista=")
    assert problemas(aba, "ficha-inteira") == {}
    expect(aba.locator(".painel-espera")).to_have_count(0)  # o exame chega a cada painel


def test_pitch_pessoa_e_atendimento_pelo_dialogo_sem_sair_da_ficha(
    pagina: Any, live_server: Any, ana: Any, cliente: Any
) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/clientes/{cliente.pk}/")
    aba.evaluate("window.marca = 1")
    abrir_tudo(aba)
    dialogo = aba.locator("#dialogo")

    aba.locator("#antes").get_by_role("link", name="editar").click()
    dialogo.get_by_label("Oferta").fill("Frete e prazo de 28 dias")
    dialogo.get_by_role("button", name="Salvar versão").click()
    expect(dialogo).to_be_hidden()
    expect(aba.locator("#antes")).to_contain_text("Frete e prazo de 28 dias")
    expect(aba.locator("#antes")).to_contain_text("2 versões anteriores")

    aba.locator("#pessoas").get_by_role("link", name="acrescentar").click()
    dialogo.get_by_label("Nome").fill("gisela marques")
    dialogo.get_by_role("button", name="Acrescentar").click()
    expect(dialogo).to_contain_text("Já há uma pessoa com este nome neste cliente.")
    dialogo.get_by_label("Nome").fill("Paulo Reis")
    dialogo.get_by_role("button", name="Acrescentar").click()
    expect(aba.locator("#pessoas")).to_contain_text("Paulo Reis")

    aba.locator("#atendimentos").get_by_role("link", name="Fechar").click()
    dialogo.get_by_label("Como foi resolvido").fill("Trocadas")
    dialogo.get_by_role("button", name="Fechar atendimento").click()
    expect(aba.locator("#atendimentos")).to_contain_text("Nenhum atendimento aberto.")
    expect(aba.locator("#pendencias")).not_to_contain_text("Chaves com defeito")
    assert aba.evaluate("window.marca") == 1
    assert Pitch.objects.count() == 3
    assert set(PessoaDeContato.objects.values_list("nome", flat=True)) == {
        "Gisela Marques",
        "Otto Krüger",
        "Paulo Reis",
    }
    assert Atendimento.objects.get().solucao == "Trocadas"


def test_procurar_no_historico_nao_tira_o_foco_de_quem_digita(
    pagina: Any, live_server: Any, ana: Any, cliente: Any
) -> None:
    aba = pagina(ana)
    aba.goto(f"{live_server.url}/clientes/{cliente.pk}/")
    campo = aba.get_by_label("O que procurar")
    campo.press_sequentially("fechadura")
    expect(aba.locator("#historico .linha-tempo .ttl")).to_have_count(4)
    expect(campo).to_be_focused()
    aba.locator("#historico").get_by_role("link", name="Contatos").click()
    expect(aba.locator("#historico")).to_contain_text("Nada com “fechadura” aqui.")


def test_sem_javascript_cada_painel_abre_como_pagina(
    navegador: Any, live_server: Any, ana: Any, cliente: Any, client: Any, settings: Any
) -> None:
    client.force_login(ana, backend="django.contrib.auth.backends.ModelBackend")
    sessao = client.cookies[settings.SESSION_COOKIE_NAME].value
    contexto = navegador.new_context(java_script_enabled=False, locale="pt-BR")
    contexto.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": sessao, "url": live_server.url}])
    aba = contexto.new_page()
    aba.goto(f"{live_server.url}/clientes/{cliente.pk}/")
    aba.get_by_role("link", name="Ver pendências").click()
    expect(aba.locator("#pendencias")).to_contain_text("49 dias de atraso")
    aba.get_by_role("link", name="Ferragens Krüger & Filhos").click()
    aba.get_by_role("link", name="Ver histórico").click()
    aba.get_by_label("O que procurar").fill("parafuso")
    aba.get_by_role("button", name="Procurar").click()
    expect(aba.locator("#historico .linha-tempo .ttl")).to_have_count(6)
    contexto.close()
