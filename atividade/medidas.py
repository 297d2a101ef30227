"""As medidas de cada cliente, dos pedidos: as do alvo de uma vez, as de todos por faixas de clientes.

As faixas são uma consulta só, que o PostgreSQL reparte entre os processos que tiver: uma transação, um retrato do
banco, e o mesmo resultado com um processo ou com vários.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from atividade import fragmentos

if TYPE_CHECKING:
    from atividade.recalculo import Rodada

# Ids por faixa: com poucos, chamar outro processo custa mais do que ele poupa.
POR_FAIXA = 12_500
_MUITAS = 64
# Os clientes contam-se só até se saber se passam de uma faixa: os ids de uma empresa pequena podem ir longe.
_DE_QUANTOS = """
SELECT min(cliente_id), max(cliente_id),
       (SELECT count(*) FROM (SELECT FROM atividade_indicadores WHERE empresa_id = %(empresa)s
                               LIMIT %(por_faixa)s + 1) i)
  FROM clientes_pedido WHERE empresa_id = %(empresa)s AND conta
"""


def medir(
    rodada: "Rodada", *, incremental: bool = False, de: int | None = None, ate: int | None = None
) -> None:
    """Agrega os pedidos por cliente em `c_medidas`; `de` e `ate` limitam a uma faixa de ids."""
    rodada.valores |= {"id_de": de, "id_ate": ate}
    if incremental:
        rodada.executar("ANALYZE c_alvo (cliente_id)")
        _de_uma_vez(rodada, "c_alvo JOIN clientes_pedido p ON p.cliente_id = c_alvo.cliente_id")
    elif de is not None:
        _de_uma_vez(rodada, "clientes_pedido p", "AND p.cliente_id BETWEEN %(id_de)s AND %(id_ate)s")
    else:
        _de_todos(rodada)
    # basta saber quantos voltaram: a amostra de sempre custa mais que a conta seguinte
    rodada.executar("SET LOCAL default_statistics_target = 10")
    rodada.executar("ANALYZE c_medidas (cliente_id, voltou)")
    rodada.executar("SET LOCAL default_statistics_target TO DEFAULT")
    rodada.passo("recuperados", **fragmentos.volta_ao_fim_do_silencio(rodada.por_ciclo, rodada.so_uma))
    rodada.executar("ANALYZE c_recuperados")  # sem isto, ordena-se a empresa toda para juntar estes poucos


def _de_uma_vez(rodada: "Rodada", origem: str, faixa: str = "") -> None:
    rodada.executar("INSERT INTO c_medidas " + _consulta(origem, faixa))


def _consulta(origem: str, faixa: str) -> str:
    return fragmentos.ler("medidas").replace("{origem}", origem).replace("{faixa}", faixa)


def _de_todos(rodada: "Rodada") -> None:
    faixas = list(_faixas(rodada))
    if len(faixas) < 2:
        return _de_uma_vez(rodada, "clientes_pedido p")
    rodada.passo("medir_faixa", medidas=_consulta("clientes_pedido p", "AND p.cliente_id BETWEEN $1 AND $2"))
    # uma inserção não se reparte; uma tabela feita da consulta, sim
    rodada.executar(f"CREATE TEMP TABLE c_de_todos ON COMMIT DROP AS {_uniao(faixas)}")
    rodada.executar("DROP FUNCTION pg_temp.c_medir(bigint, bigint)")
    rodada.executar("DROP TABLE pg_temp.c_medidas")
    rodada.executar("ALTER TABLE pg_temp.c_de_todos RENAME TO c_medidas")
    return None


def _uniao(faixas: list[tuple[int, int]]) -> str:
    return " UNION ALL ".join(f"SELECT * FROM pg_temp.c_medir({de:d}, {ate:d})" for de, ate in faixas)


def _faixas(rodada: "Rodada") -> Iterator[tuple[int, int]]:
    """Os ids de quem tem pedidos, partidos por igual: mais faixas que processos, para acabarem juntos."""
    rodada.valores["por_faixa"] = POR_FAIXA
    rodada.executar(_DE_QUANTOS)
    primeiro, ultimo, clientes = rodada.cursor.fetchone()
    if primeiro is not None and clientes > POR_FAIXA:
        passo = max(POR_FAIXA, -(-(ultimo - primeiro + 1) // _MUITAS))
        for de in range(primeiro, ultimo + 1, passo):
            yield de, min(de + passo - 1, ultimo)
