"""Itens de pedidos: o pedido entra inteiro, os itens que somem saem e os iguais não são reescritos."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from atividade.models import Indicadores
from clientes.importacao.recusa import ArquivoRecusado
from clientes.importacao.servico import Opcoes, simular
from clientes.models import ItemDePedido, Pedido
from contas.models import Empresa
from tests.conftest import HOJE
from tests.importacao.conftest import PEDIDOS
from tests.importacao.test_historias import contas, versoes

ITENS = "pedido_numero;sequencia;produto_codigo;produto_nome;quantidade;valor\n"
TRES = "50;1;FE-1;Parafuso;10;38,90\n50;2;FE-2;Bucha;1,5;21,40\n51;1;FE-1;Parafuso;2;7,78\n"
TABELA = "clientes_itemdepedido"


@pytest.fixture(autouse=True)
def _pedidos(importar: Any, clientes_a_e_b: None) -> None:
    """Dois pedidos faturados (50 e 51) e uma devolução (60)."""
    corpo = "50;A;10/10/2026;60,30;faturado\n51;B;11/10/2026;7,78;faturado\n60;A;12/10/2026;21,40;devolvido\n"
    importar("pedidos", PEDIDOS + corpo)


def itens(numero: str) -> list[tuple[Any, ...]]:
    return list(
        ItemDePedido.objects.filter(pedido__numero=numero).values_list(
            "sequencia", "produto_nome", "quantidade", "valor"
        )
    )


def test_itens_entram_com_quantidades_de_tres_casas_e_a_mesma_carga_nao_escreve_nada(importar: Any) -> None:
    resultado = importar("itens", ITENS + TRES)
    assert (contas(resultado), resultado.somas.valor) == ((3, 0, 0, 0), Decimal("68.08"))
    assert itens("50") == [
        (1, "Parafuso", Decimal("10.000"), Decimal("38.90")),
        (2, "Bucha", Decimal("1.500"), Decimal("21.40")),
    ]
    antes = versoes(TABELA)
    assert contas(importar("itens", ITENS + TRES)) == (0, 0, 3, 0)
    assert versoes(TABELA) == antes


def test_o_que_some_do_pedido_sai_e_o_que_ficou_igual_nao_e_reescrito(importar: Any) -> None:
    importar("itens", ITENS + TRES)
    antes = {linha[0]: linha for linha in versoes(TABELA)}
    resultado = importar("itens", ITENS + "50;1;FE-1;Parafuso;10;38,90\n")
    assert contas(resultado) == (0, 1, 0, 0)
    assert resultado.avisos == ("itens que não vieram mais saem: 1, de 1 pedido(s)",)
    depois = versoes(TABELA)
    assert len(depois) == 2
    assert all(antes[linha[0]] == linha for linha in depois)
    assert [i[:2] for i in itens("51")] == [(1, "Parafuso")]


def test_um_item_trocado_e_um_novo(importar: Any) -> None:
    importar("itens", ITENS + TRES)
    resultado = importar("itens", ITENS + "51;1;FE-1;Parafuso;3;11,67\n51;2;FE-9;Cadeado;1;42,60\n")
    assert contas(resultado) == (1, 1, 0, 0)
    assert itens("51") == [
        (1, "Parafuso", Decimal("3.000"), Decimal("11.67")),
        (2, "Cadeado", Decimal("1.000"), Decimal("42.60")),
    ]


def test_sem_sequencia_vale_a_ordem_do_arquivo_dentro_do_pedido(importar: Any) -> None:
    cabecalho = "Pedido;Produto;Qtde;Total\n"
    corpo = "50;Parafuso;10;38,90\n51;Parafuso;2;7,78\n50;Bucha;1;21,40\n50;Bucha;1;21,40\n"
    assert contas(importar("itens", cabecalho + corpo)) == (4, 0, 0, 0)
    assert [i[:2] for i in itens("50")] == [(1, "Parafuso"), (2, "Bucha"), (3, "Bucha")]
    assert contas(importar("itens", cabecalho + corpo)) == (0, 0, 4, 0)


def test_um_item_recusado_leva_o_pedido_inteiro_e_nao_apaga_a_outra_metade(importar: Any) -> None:
    importar("itens", ITENS + TRES)
    antes = versoes(TABELA)
    ruim = TRES.replace("50;2;FE-2;Bucha;1,5;21,40", "50;2;FE-2;;1,5;21,40")
    resultado = importar("itens", ITENS + ruim)
    assert contas(resultado) == (0, 0, 1, 2)
    assert [(r.linha, r.coluna, r.motivo) for r in resultado.rejeicoes] == [
        (
            2,
            "pedido_numero",
            "outro item deste pedido foi recusado (linha 3): o pedido entra inteiro ou não entra",
        ),
        (3, "produto_nome", "produto em branco: preencha"),
    ]
    assert versoes(TABELA) == antes


def test_linha_torta_que_nao_diz_o_pedido_leva_os_pedidos_vizinhos(importar: Any) -> None:
    importar("itens", ITENS + TRES)
    antes = versoes(TABELA)
    resultado = importar(
        "itens", ITENS + "50;1;FE-1;Parafuso;10;38,90\n50;2;FE-2\n50;3;a\n51;1;FE-1;Parafuso;9;9,00\n"
    )
    assert (contas(resultado), versoes(TABELA)) == ((0, 0, 0, 4), antes)


def test_itens_ruins_dizem_a_coluna_e_o_remedio(importar: Any) -> None:
    corpo = "99;1;;Prego;1;1,00\n50;1;;Prego;-1;1,00\n51;x;;Prego;1;1,00\n60;1;;Bucha;-1;-21,40\n"
    resultado = importar("itens", ITENS + corpo)
    assert [(r.linha, r.coluna, r.valor, r.motivo) for r in resultado.rejeicoes] == [
        (2, "pedido_numero", "99", "pedido desconhecido nesta empresa: importe os pedidos antes"),
        (3, "quantidade", "-1.000", "quantidade negativa: a devolução é outro pedido"),
        (
            4, "sequencia", "x",
            "sequência não é um número inteiro: corrija, ou tire a coluna e vale a ordem das linhas",
        ),
    ]  # fmt: skip
    assert itens("60") == [(1, "Bucha", Decimal("1.000"), Decimal("21.40"))]


def test_a_mesma_sequencia_com_outros_dados_e_recusada(importar: Any) -> None:
    resultado = importar(
        "itens", ITENS + "50;1;;Prego;1;1,00\n50;1;;Bucha;1;1,00\n51;1;;Prego;1;1,00\n51;1;;Prego;1;1,00\n"
    )
    assert contas(resultado) == (1, 0, 1, 2)
    assert resultado.rejeicoes[1].motivo == (
        "item repetido no pedido: já está na linha 2 com outros dados; deixe um só"
    )


def test_quantidade_com_mais_de_tres_casas_e_recusada(importar: Any) -> None:
    resultado = importar("itens", ITENS + "50;1;;Prego;1,1234;1,00\n")
    assert resultado.rejeicoes[0].motivo == "mais de três casas decimais: arredonde"


def test_simular_mostra_o_que_sai_e_nao_tira_nada(importar: Any, empresa: Empresa, arquivo: Any) -> None:
    importar("itens", ITENS + TRES)
    antes = versoes(TABELA)
    simulado = simular(arquivo(ITENS + "50;1;FE-1;Parafuso;10;38,90\n"), Opcoes("itens", empresa), hoje=HOJE)
    assert simulado.avisos == ("itens que não vieram mais saem: 1, de 1 pedido(s)",)
    assert versoes(TABELA) == antes


def test_itens_nao_mexem_em_pedidos_nem_em_indicadores(importar: Any) -> None:
    def retrato() -> tuple[Any, ...]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM atividade_sujo")
            sujos = cursor.fetchone()
        return versoes("clientes_pedido"), list(Indicadores.objects.order_by("pk").values()), sujos

    antes = retrato()
    importar("itens", ITENS + TRES)
    assert retrato() == antes


def test_as_consultas_nao_crescem_com_as_linhas(importar: Any) -> None:
    def contar(quantos: int, numero: str) -> int:
        corpo = "".join(f"{numero};{n};;Prego;1;1,00\n" for n in range(quantos))
        with CaptureQueriesContext(connection) as consultas:
            assert importar("itens", ITENS + corpo).novas == quantos
        return len(consultas)

    contar(1, "60")
    assert contar(5, "50") == contar(300, "51")


def test_falta_a_coluna_do_pedido(importar: Any) -> None:
    with pytest.raises(ArquivoRecusado, match="Falta a coluna pedido_numero"):
        importar("itens", "produto_nome;quantidade;valor\nPrego;1;1,00\n")
    assert Pedido.objects.count() == 3
