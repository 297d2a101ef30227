"""A importação por dentro: poucas consultas, estrutura reposta igual, memória que não cresce."""

import tracemalloc
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from clientes.models import Pedido
from tests.importacao.conftest import PEDIDOS


def test_o_numero_de_consultas_nao_cresce_com_o_arquivo(importar: Any, clientes_a_e_b: None) -> None:
    contagens = []
    for quantas, inicio in ((5, 0), (400, 1000)):
        corpo = "".join(
            f"{inicio + i};{'A' if i % 9 else 'B'};10/10/2026;{i},00;faturado\n" for i in range(quantas)
        )
        with CaptureQueriesContext(
            connection,
        ) as consultas:
            importar("pedidos", PEDIDOS + corpo)
        contagens.append(len(consultas))
    assert contagens[0] == contagens[1] <= 45


def _estrutura(tabela: str) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = %s ORDER BY 1", [tabela])
        indices = cursor.fetchall()
        cursor.execute(
            "SELECT conname, pg_get_constraintdef(oid), condeferrable, condeferred, convalidated FROM pg_constraint "
            "WHERE conrelid = %s::regclass ORDER BY 1",
            [tabela],
        )
        return [*indices, *cursor.fetchall()]


@pytest.mark.parametrize("tabela", ["clientes_cliente", "clientes_pedido"])
def test_a_carga_inicial_repoe_indices_e_chaves_iguais(
    tabela: str, importar: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    antes = _estrutura(tabela)
    modulo = "clientes" if tabela == "clientes_cliente" else "pedidos"
    monkeypatch.setattr(f"clientes.importacao.{modulo}.MINIMO_DE_LINHAS", 2)
    with CaptureQueriesContext(connection) as consultas:
        importar("clientes", "codigo;razao_social;vendedor\nA;Alfa;Ana\nB;Beta;Ana\n")
        importar("pedidos", PEDIDOS + "1;A;10/10/2026;5,00;faturado\n2;B;10/10/2026;5,00;faturado\n")
    assert any("DROP INDEX" in c["sql"] for c in consultas)
    assert _estrutura(tabela) == antes
    assert Pedido.objects.count() == 2


@pytest.mark.parametrize(
    ("tipo", "modulo", "tabela", "conteudo"),
    [
        (
            "titulos",
            "fato",
            "clientes_titulo",
            "numero;cliente_codigo;emissao;vencimento;valor\n1;A;01/10/2026;01/11/2026;5,00\n2;A;01/10/2026;01/11/2026;5,00\n",
        ),
        (
            "itens",
            "itens",
            "clientes_itemdepedido",
            "pedido_numero;produto_nome;quantidade;valor\n1;Prego;1;5,00\n1;Bucha;2;6,00\n",
        ),
        (
            "pessoas",
            "fato",
            "clientes_pessoadecontato",
            "cliente_codigo;nome;principal\nA;Ivan;sim\nA;Rosane;\n",
        ),
    ],
)
def test_a_carga_inicial_dos_fatos_repoe_indices_e_chaves_iguais(
    tipo: str, modulo: str, tabela: str, conteudo: str,
    importar: Any, clientes_a_e_b: None, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    importar("pedidos", PEDIDOS + "1;A;10/10/2026;5,00;faturado\n")
    antes = _estrutura(tabela)
    monkeypatch.setattr(f"clientes.importacao.{modulo}.MINIMO_DE_LINHAS", 2)
    with CaptureQueriesContext(connection) as consultas:
        assert importar(tipo, conteudo).novas == 2
    assert any("DROP INDEX" in c["sql"] for c in consultas)
    assert _estrutura(tabela) == antes


@pytest.mark.no_cover
def test_memoria_nao_cresce_com_o_arquivo(
    importar: Any, arquivo: Any, clientes_a_e_b: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clientes.importacao.staging._MEMORIA", 500)  # o que se lembra das células, já cheio

    def pico(linhas: int, inicio: int) -> int:
        caminho = arquivo(
            PEDIDOS
            + "".join(
                f"{inicio + i};{'A' if i % 9 else 'B'};10/10/2026;{i}.{i % 90 + 10};faturado\n"
                for i in range(linhas)
            )
        )
        tracemalloc.start()
        importar("pedidos", caminho)
        _, maximo = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return maximo

    pequeno, grande = pico(3_000, 0), pico(12_000, 10**7)
    assert grande < pequeno + 1_200_000  # guardar as linhas passaria disto


@pytest.fixture
def outra_sessao(db: None) -> Any:
    """Uma segunda conexão ao mesmo banco, numa transação aberta."""
    outra = connection.copy()
    outra.set_autocommit(False)
    yield outra
    outra.rollback()
    outra.close()


def test_a_carga_inicial_nao_disputa_tabelas_com_quem_ja_as_le(
    importar: Any, clientes_a_e_b: None, outra_sessao: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clientes.importacao.pedidos.MINIMO_DE_LINHAS", 2)
    monkeypatch.setattr("clientes.importacao.carga_inicial._PAUSA", 0)
    with outra_sessao.cursor() as cursor:
        # um recálculo em curso: já leu os clientes e ainda vai ler os pedidos
        cursor.execute("SELECT count(*) FROM clientes_cliente")
    with CaptureQueriesContext(connection) as consultas:
        resultado = importar(
            "pedidos", PEDIDOS + "1;A;10/10/2026;5,00;faturado\n2;B;10/10/2026;5,00;faturado\n"
        )
    assert resultado.novas == Pedido.objects.count() == 2
    assert not any("DROP INDEX" in c["sql"] for c in consultas)
    with outra_sessao.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
        cursor.execute("SELECT count(*) FROM clientes_pedido")
        assert cursor.fetchone() == (0,)
