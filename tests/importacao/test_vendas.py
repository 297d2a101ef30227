"""Um arquivo só, com cliente, pedido e item em cada linha: um pedido entra inteiro ou não entra."""

from decimal import Decimal
from typing import Any

from clientes.models import Cliente, Importacao, ItemDePedido, Pedido
from tests.importacao.test_historias import contas, versoes

VENDAS = "pedido_numero;data;situacao;cliente_codigo;razao_social;uf;vendedor;sequencia;produto_nome;quantidade;item_valor\n"
TRES = (
    VENDAS + "1;10/10/2026;faturado;A;Alfa;SC;Ana;1;Disco;4;344,00\n"
    "1;10/10/2026;faturado;A;Alfa;SC;Ana;2;Lixa;10;34,50\n"
    "2;11/10/2026;aberto;B;Beta;SP;Ana;1;Disco;1;86,00\n"
)


def test_uma_linha_por_item_alimenta_os_tres(importar: Any) -> None:
    resultado = importar("vendas", TRES)
    assert contas(resultado) == (3, 0, 0, 0)
    assert list(
        Pedido.objects.order_by("numero").values_list("numero", "cliente__codigo", "valor", "vendedor__nome")
    ) == [
        ("1", "A", Decimal("378.50"), "Ana"),
        ("2", "B", Decimal("86.00"), "Ana"),
    ]
    assert list(Cliente.objects.order_by("codigo").values_list("codigo", "razao_social", "uf")) == [
        ("A", "Alfa", "SC"), ("B", "Beta", "SP"),
    ]  # fmt: skip
    importacao = Importacao.objects.get()
    assert set(ItemDePedido.objects.values_list("importacao_id", flat=True)) == {importacao.pk}
    assert set(Pedido.objects.values_list("importacao_id", flat=True)) == {importacao.pk}
    assert (resultado.somas.valor, resultado.somas.linhas) == (Decimal("464.50"), 3)


def test_o_mesmo_arquivo_duas_vezes_nao_escreve_nada(importar: Any) -> None:
    importar("vendas", TRES)
    tabelas = ("clientes_cliente", "clientes_pedido", "clientes_itemdepedido")
    antes = [versoes(t) for t in tabelas]
    assert contas(importar("vendas", TRES)) == (0, 0, 3, 0)
    assert [versoes(t) for t in tabelas] == antes


def test_a_linha_que_contradiz_o_pedido_ou_o_cliente_e_recusada_com_o_pedido(importar: Any) -> None:
    contraditorio = (
        TRES + "1;11/10/2026;faturado;A;Alfa;SC;Ana;3;Cola;1;5,00\n"  # outra data
        "3;12/10/2026;faturado;B;Beta Comércio;SP;Ana;1;Cola;1;5,00\n"  # outro nome
    )
    resultado = importar("vendas", contraditorio)
    assert contas(resultado) == (1, 0, 0, 4)
    rejeicoes = {r.linha: (r.coluna, r.motivo) for r in resultado.rejeicoes}
    assert rejeicoes[5] == ("data", "o mesmo pedido está na linha 2 com “2026-10-10”: escreva igual nas duas")
    assert rejeicoes[6] == (
        "razao_social",
        "o mesmo cliente está na linha 4 com “Beta”: escreva igual nas duas",
    )
    assert "outro item deste pedido foi recusado (linha 5)" in rejeicoes[2][1]
    assert list(Pedido.objects.values_list("numero", flat=True)) == ["2"]
    assert list(Cliente.objects.values_list("codigo", flat=True)) == ["B"]


def test_tudo_ou_nada_nao_deixa_rastro(importar: Any) -> None:
    ruim = TRES + "4;31/02/2026;faturado;A;Alfa;SC;Ana;1;Cola;1;5,00\n"
    resultado = importar("vendas", ruim, parcial=False)
    assert (resultado.gravado, resultado.rejeitadas) == (False, 1)
    assert not (Cliente.objects.exists() or Pedido.objects.exists() or Importacao.objects.exists())


def test_sem_dados_do_cliente_ele_tem_de_existir(importar: Any, clientes_a_e_b: None) -> None:
    cabecalho = "pedido;emissao;status;cod cliente;produto;qtd;valor do item;total do pedido\n"
    linhas = "1;10/10/2026;faturado;A;Disco;2;10,00;25,00\n1;10/10/2026;faturado;A;Lixa;1;10,00;25,00\n2;10/10/2026;faturado;X;Lixa;1;1,00;1,00\n2;10/10/2026;faturado;X;Cola;1;1,00;1,00\n"
    resultado = importar("vendas", cabecalho + linhas)
    assert contas(resultado) == (2, 0, 0, 2)
    assert "cliente desconhecido" in resultado.rejeicoes[0].motivo
    assert resultado.rejeicoes[1].motivo.startswith("o pedido foi recusado na linha 4: cliente desconhecido")
    assert Pedido.objects.get().valor == Decimal("25.00")  # o total do pedido, não a soma dos itens


def test_o_item_que_muda_muda_o_pedido_e_conta_uma_linha(importar: Any) -> None:
    importar("vendas", TRES)
    assert contas(importar("vendas", TRES.replace("34,50", "44,50"))) == (0, 2, 1, 0)
    assert Pedido.objects.get(numero="1").valor == Decimal("388.50")


def test_a_linha_de_data_ruim_nao_esconde_a_contradicao_das_outras(importar: Any) -> None:
    resultado = importar(
        "vendas",
        VENDAS + "1;31/02/2026;aberto;B;Outra;SP;Ana;1;Disco;1;86,00\n"
        "2;11/10/2026;aberto;B;Beta;SP;Ana;1;Disco;1;86,00\n"
        "3;12/10/2026;aberto;B;Gama;SP;Ana;1;Disco;1;86,00\n",
    )
    assert contas(resultado) == (1, 0, 0, 2)
    assert "está na linha 3 com “Beta”" in resultado.rejeicoes[1].motivo
    assert Cliente.objects.get().razao_social == "Beta"


def test_pedido_do_arquivo_separado_e_o_de_vendas_sao_o_mesmo(importar: Any, clientes_a_e_b: None) -> None:
    importar("pedidos", "numero;cliente_codigo;data;valor;situacao\n1;A;10/10/2026;378,50;faturado\n")
    resultado = importar(
        "vendas", TRES.replace(";Alfa;SC", ";Alfa Ltda;SC").replace(";Beta;SP", ";Beta Ltda;SP")
    )
    assert contas(resultado) == (3, 0, 0, 0)
    assert Pedido.objects.count() == 2
    assert Pedido.objects.get(numero="1").vendedor.nome == "Ana"
