"""A mesma conta do recálculo em memória, do banco para o pandas: `em_pandas.py CONEXÃO EMPRESA REFERÊNCIA`.

Corre à parte, sem o projeto, e nada grava: é o outro lado de uma medida. Leva o caminho mais barato que ele tem,
o COPY em CSV.
"""

import io
import sys
from typing import Any

import numpy as np
import pandas as pd
import psycopg

_PEDIDOS = (
    "COPY (SELECT cliente_id, data, valor FROM clientes_pedido WHERE empresa_id = {empresa} AND conta"
    " AND data <= '{dia}') TO STDOUT (FORMAT csv)"
)


def ler(conexao: str, empresa: int, dia: str) -> pd.DataFrame:
    texto = io.BytesIO()
    sql = _PEDIDOS.format(empresa=empresa, dia=dia)
    with psycopg.connect(conexao) as banco, banco.cursor() as cursor, cursor.copy(sql) as copia:
        for pedaco in copia:
            texto.write(pedaco)
    texto.seek(0)
    return pd.read_csv(texto, names=["cliente", "data", "valor"], parse_dates=["data"])


def indicadores(pedidos: pd.DataFrame, dia: str) -> pd.DataFrame:
    """Primeira, última, pedidos, dias, intervalos, somas por janela, ABC e RFV."""
    hoje = pd.Timestamp(dia)
    pedidos = pedidos.sort_values(["cliente", "data"], kind="stable")
    pedidos["salto"] = pedidos.groupby("cliente")["data"].diff().dt.days
    total = pedidos.groupby("cliente").agg(
        primeira=("data", "min"), ultima=("data", "max"), pedidos=("data", "size"), total=("valor", "sum")
    )
    pedidos["quadrado"] = pedidos["salto"] ** 2
    saltos = pedidos[pedidos["salto"] > 0].groupby("cliente")
    total["dias"] = saltos.size().reindex(total.index, fill_value=0) + 1
    total["mediano"], total["quadrados"] = saltos["salto"].median(), saltos["quadrado"].sum()
    for nome, de in _janelas(hoje).items():
        total[nome] = _soma(pedidos[pedidos["data"] > de], total.index)
    ultima = pedidos["cliente"].map(total["ultima"])
    total["vano"] = _soma(pedidos[pedidos["data"] > ultima - pd.DateOffset(months=12)], total.index)
    no_ano = pedidos[(pedidos["data"] > hoje - pd.DateOffset(months=12)) & (pedidos["salto"] != 0)]
    total["dias_12m"] = no_ano.groupby("cliente").size().reindex(total.index, fill_value=0)
    return _classes(total)


def _janelas(hoje: pd.Timestamp) -> dict[str, Any]:
    return {
        "v12": hoje - pd.DateOffset(months=12),
        "v90": hoje - pd.Timedelta(days=90),
        "v180": hoje - pd.Timedelta(days=180),
    }


def _soma(pedidos: pd.DataFrame, indice: Any) -> pd.Series:
    return pedidos.groupby("cliente")["valor"].sum().reindex(indice, fill_value=0)


def _classes(total: pd.DataFrame) -> pd.DataFrame:
    ordem = total["v12"].sort_values(ascending=False)
    antes = (ordem.cumsum() - ordem) / max(ordem.sum(), 1)
    letras = np.select([ordem <= 0, antes < 0.8, antes < 0.95], ["", "A", "B"], "C")
    total["abc"] = pd.Series(letras, ordem.index)
    for letra, coluna in (("r", "ultima"), ("f", "dias_12m"), ("v", "v12")):
        piores = total[coluna].rank(method="min") - 1
        total[letra] = 1 + (5 * piores // len(total)).astype(int)
    return total


if __name__ == "__main__":
    conexao, empresa, dia = sys.argv[1:]
    print(len(indicadores(ler(conexao, int(empresa), dia), dia)))
