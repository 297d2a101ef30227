"""A história inteira do cliente, por tipo e por texto, e a edição que diz de onde veio cada campo."""

from datetime import timedelta
from decimal import Decimal

import pytest

from clientes import atendimentos
from clientes.models import Contato, ItemDePedido, Objecao, Ocorrencia, Orcamento
from contas.models import Empresa
from tests.conftest import HOJE, novo_pedido
from tests.web.fatos_de_teste import encher, titulo

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _referencia(empresa, hoje):
    Empresa.objects.update(referencia=HOJE)


@pytest.fixture
def cliente(ana, novo_cliente):
    compras = [(HOJE - timedelta(days=51 + 30 * n), "1000.00") for n in range(4)]
    return novo_cliente(
        "C1", vendedor=ana, compras=compras, razao_social="Ferragens Krüger Ltda", segmento="Ferragens",
        documento="95889060000143", documento_valido=True,
    )  # fmt: skip


# ── A história inteira ──


def test_historia_por_tipo_conta_cada_um_e_so_mostra_o_pedido(ana, cliente, entrar):
    encher(cliente, ana, 2)
    titulo(cliente, "PAGO", -40, "0.00")
    navegador = entrar(ana)
    tudo = navegador.get(f"/clientes/{cliente.pk}/historico/", headers=HTMX)
    assert {a["rotulo"]: a["quantidade"] for a in tudo.context["abas_do_historico"]} == {
        "Tudo": 17, "Pedidos": 6, "Contatos": 2, "Orçamentos": 2, "Notas": 2, "Títulos": 3, "Atendimentos": 2,
        "Situação": 0,
    }  # fmt: skip
    titulos = navegador.get(f"/clientes/{cliente.pk}/historico/?ver=titulos", headers=HTMX)
    assert [(f.dados["numero"], f.dia, f.situacao_do_titulo) for f in titulos.context["fatos"]] == [
        ("T1", HOJE - timedelta(days=9), "venceu sem pagamento"),
        ("T0", HOJE - timedelta(days=10), "venceu sem pagamento"),
        ("PAGO", HOJE - timedelta(days=38), "pago"),
    ]


@pytest.mark.parametrize(
    ("texto", "tipos"),
    [
        ("FECHADURA eletrica", ["pedido"]),
        ("acionador", ["contato"]),
        ("48.213", ["orcamento"]),
        ("preco alto", ["contato"]),
        ("nao conformidade", ["atendimento"]),
        ("100%", []),
        ("_", []),
    ],
)
def test_historia_se_procura_sem_acento_em_produtos_numeros_e_observacoes(ana, cliente, entrar, texto, tipos):
    ItemDePedido.objects.create(
        pedido=cliente.pedidos.first(), sequencia=1, produto_nome="Fechadura elétrica", quantidade=1, valor=10
    )
    feito = Contato.objects.create(
        cliente=cliente, canal="visita", ocorrencia=Ocorrencia.objects.get(nome="Vai pensar"), atendente=ana,
        observacao="Chave com defeito no acionador",
    )  # fmt: skip
    feito.objecoes.add(Objecao.objects.get(nome="Preço alto"))
    Orcamento.objects.create(
        empresa=cliente.empresa, numero="48.213", cliente=cliente, data=HOJE, valor=1, situacao="aberto"
    )
    atendimentos.abrir(cliente, "nao_conformidade", "Lote 88", "", ana)
    resposta = entrar(ana).get(f"/clientes/{cliente.pk}/historico/", {"busca": texto}, headers=HTMX)
    assert [f.tipo for f in resposta.context["fatos"]] == tipos
    if not tipos:
        assert "Nada com" in resposta.content.decode()


def test_a_busca_anda_com_as_abas_e_com_as_paginas(ana, cliente, entrar):
    for n in range(25):
        novo_pedido(cliente, f"Z{n:02}", HOJE - timedelta(days=n))
    navegador = entrar(ana)
    primeira = navegador.get(f"/clientes/{cliente.pk}/historico/", {"busca": "z"}, headers=HTMX)
    assert len(primeira.context["fatos"]) == 20
    assert "busca=z" in primeira.context["mais_fatos"]
    assert all("busca=z" in aba["url"] for aba in primeira.context["abas_do_historico"])
    segunda = navegador.get(primeira.context["mais_fatos"], headers=HTMX)
    assert len(segunda.context["fatos"]) == 5


# ── Editar e a folha ──


def test_editar_diz_o_que_veio_do_erp_e_o_que_foi_mudado_aqui(bruno, cliente, entrar):
    cliente.porte, cliente.perfil, cliente.nao_contatar = "Médio", "Atacado", ["email"]
    cliente.erp = {
        "porte": "Grande",
        "perfil": "Atacado",
        "nao_contatar": "",
        "categoria": "",
        "segmento": "0",
    }
    cliente.save()
    form = entrar(bruno).get(f"/clientes/{cliente.pk}/editar/").context["form"]
    assert {nome: campo.help_text for nome, campo in form.fields.items() if campo.help_text} == {
        "porte": "Mudado aqui. No ERP: Grande.",
        "perfil": "Veio do ERP.",
        "categoria": "Veio do ERP.",
        "nao_contatar": "Mudado aqui. No ERP: vazio.",
        "email": "Pediu para não ser procurado por aqui: o que está guardado não se mostra, "
        "e em branco fica como está.",
        "segmento": "Mudado aqui. No ERP: um segmento que já não existe.",
    }


def test_gestor_muda_categoria_e_perfil_na_edicao(bruno, cliente, entrar):
    dados = {
        "razao_social": cliente.razao_social, "documento": "95.889.060/0001-43", "segmento": cliente.segmento_id,
        "categoria": "ex_cliente", "fora_do_perfil": "on", "potencial_mensal": "1500",
    }  # fmt: skip
    entrar(bruno).post(f"/clientes/{cliente.pk}/editar/", dados)
    cliente.refresh_from_db()
    assert (cliente.categoria, cliente.fora_do_perfil, cliente.potencial_mensal) == (
        "ex_cliente",
        True,
        Decimal(1500),
    )
