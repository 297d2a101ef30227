"""O completo em pandas: `em_pandas.py CONEXÃO PARÂMETROS`, com os parâmetros da rodada em JSON (`recalculo.py`).

Corre à parte, sem o projeto: é o outro lado de uma medida. Pelo caminho mais barato que tem (COPY em CSV, centavos e
dias inteiros), lê os mesmos pedidos e faz as mesmas colunas. Com `gravar`, compara-as com o gravado, escreve só as
linhas que mudaram e a história delas, e no fim desfaz: a maneira seguinte acha o mesmo dia por fazer. Sabe uma regra
só, a dos dados da medição, e conta uma mudança por cliente.
"""

import io
import json
import sys
from typing import Any

import numpy as np
import pandas as pd
import psycopg

Parametros = dict[str, Any]
_PEDIDOS = (
    "SELECT cliente_id, data, valor FROM clientes_pedido "
    "WHERE empresa_id = {empresa} AND conta AND data <= '{dia}'"
)
_CLIENTES = (
    "SELECT i.cliente_id, i.segmento_id, c.codigo, (c.encerrado_em IS NOT NULL OR c.fora_do_perfil)"
    " AND (c.encerrado_em <= '{dia}' OR c.fora_do_perfil) FROM atividade_indicadores i"
    " JOIN clientes_cliente c ON c.id = i.cliente_id WHERE i.empresa_id = {empresa}"
)
_DEVOLVIDOS = (
    "SELECT cliente_id, sum(valor) FROM clientes_pedido WHERE empresa_id = {empresa} AND situacao = 'devolvido'"
    " AND data > '{h12}' AND data <= '{dia}' GROUP BY 1"
)
DATAS = (
    "primeira_compra", "ultima_compra", "proxima_compra_esperada", "quase_inativo_em", "inativo_em", "antigo_em",
    "novo_ate", "recuperado_ate", "ultima_compra_historica",
)  # fmt: skip
CENTAVOS = (
    "valor_total", "valor_12m", "valor_janela", "valor_ano_ativo", "valor_90d", "valor_90d_anterior", "devolvido_12m",
)  # fmt: skip
DECIMOS = ("intervalo_medio_dias", "intervalo_mediano_dias", "coeficiente_variacao", "ciclo_historico")
INTEIROS = ("pedidos", "dias_de_compra", "dias_de_compra_12m", "limiar_id", "rfv_r", "rfv_f", "rfv_v")
TEXTOS = ("ritmo", "status", "curva_abc", "status_historico")
COLUNAS = (*DATAS, *CENTAVOS, *DECIMOS, *INTEIROS, *TEXTOS)
_ESCALAS = dict.fromkeys(CENTAVOS, 100) | dict.fromkeys(DECIMOS, 10_000)


def ler(banco: Any, sql: str, nomes: list[str], **como: Any) -> pd.DataFrame:
    texto = io.BytesIO()
    with banco.cursor() as cursor, cursor.copy(f"COPY ({sql}) TO STDOUT (FORMAT csv)") as copia:
        for pedaco in copia:
            texto.write(pedaco)
    texto.seek(0)
    return pd.read_csv(texto, names=nomes, **como)


def _ler_pedidos(banco: Any, p: Parametros) -> pd.DataFrame:
    pedidos = ler(banco, _PEDIDOS.format(**p), ["cliente", "data", "valor"], parse_dates=["data"])
    pedidos["valor"] = (pedidos["valor"] * 100).round().astype("int64")
    pedidos = pedidos.sort_values(["cliente", "data"], kind="stable", ignore_index=True)
    salto = pedidos["data"].diff().dt.days
    pedidos["salto"] = salto.where(pedidos["cliente"].eq(pedidos["cliente"].shift()))
    return pedidos


def indicadores(banco: Any, p: Parametros) -> pd.DataFrame:
    """A linha de cada cliente da empresa, com classes e status."""
    pedidos = _ler_pedidos(banco, p)
    nomes = ["cliente", "segmento", "codigo", "fora"]
    clientes = ler(banco, _CLIENTES.format(**p), nomes, index_col="cliente", dtype={"segmento": "Int64"})
    clientes["fora"] = clientes["fora"].eq("t")
    linhas = clientes.join(_medidas(pedidos, p))
    devolvidos = ler(banco, _DEVOLVIDOS.format(**p), ["cliente", "soma"], index_col="cliente")["soma"]
    linhas["devolvido_12m"] = (devolvidos * 100).round()
    zeradas = ["pedidos", "dias_de_compra", "dias_de_compra_12m", *CENTAVOS]
    linhas[zeradas] = linhas[zeradas].fillna(0).astype("int64")
    _ritmos(linhas, p)
    _datas(linhas, p)
    _curva(linhas, p)
    _notas(linhas)
    linhas["status_historico"], linhas["ultima_compra_historica"] = linhas["status"], linhas["ultima_compra"]
    linhas["ciclo_historico"] = linhas["intervalo_mediano_dias"].where(
        linhas["dias_de_compra"] >= p["proprio"]
    )
    return linhas


def _medidas(pedidos: pd.DataFrame, p: Parametros) -> pd.DataFrame:
    """Datas, contagens, intervalos e somas por janela, de quem tem pedidos."""
    total = pedidos.groupby("cliente").agg(
        primeira_compra=("data", "min"), ultima_compra=("data", "max"), pedidos=("data", "size"),
        valor_total=("valor", "sum"),
    )  # fmt: skip
    saltos = pedidos.loc[pedidos["salto"] > 0, ["cliente", "salto"]]
    por_salto = saltos.groupby("cliente")["salto"]
    total["dias_de_compra"] = por_salto.size().reindex(total.index, fill_value=0) + 1
    total["mediano"] = por_salto.median()
    total["quadrados"] = (saltos["salto"] ** 2).groupby(saltos["cliente"]).sum()
    dia = {nome: pd.Timestamp(p[nome]) for nome in ("h12", "janela", "d90", "d180", "novidade")}
    data = pedidos["data"]
    ano = np.repeat((total["ultima_compra"] - pd.DateOffset(months=12)).to_numpy(), total["pedidos"])
    for nome, quais in {
        "valor_12m": data > dia["h12"],
        "valor_janela": data > dia["janela"],
        "valor_ano_ativo": data > ano,
        "valor_90d": data > dia["d90"],
        "valor_90d_anterior": (data > dia["d180"]) & (data <= dia["d90"]),
    }.items():
        total[nome] = pedidos[quais].groupby("cliente")["valor"].sum()
    total["dias_de_compra_12m"] = (
        pedidos[(data > dia["h12"]) & (pedidos["salto"] != 0)].groupby("cliente").size()
    )
    volta = pedidos[(data > dia["novidade"]) & (pedidos["salto"] >= p["menor_periodo"])]
    volta = volta[volta["data"] - pd.to_timedelta(volta["salto"], "D") + _mais(p["inativo"]) <= volta["data"]]
    total["voltou"] = volta.groupby("cliente")["data"].max()
    return total


def _mais(meses_e_dias: tuple[int, int]) -> pd.DateOffset:
    return pd.DateOffset(months=meses_e_dias[0], days=meses_e_dias[1])


def _arredondar(valores: pd.Series) -> pd.Series:
    """Metade para longe do zero, como o banco; nada aqui é negativo."""
    return np.floor(valores + 0.5)


def _ritmos(linhas: pd.DataFrame, p: Parametros) -> None:
    dias, mediano = linhas["dias_de_compra"], linhas["mediano"]
    soma = (linhas["ultima_compra"] - linhas["primeira_compra"]).dt.days
    repete = dias >= p["proprio"]
    linhas["intervalo_medio_dias"] = _arredondar(soma * 10_000 / (dias - 1).where(dias > 1))
    linhas["intervalo_mediano_dias"] = mediano * 10_000
    variancia = (dias - 1) * linhas["quadrados"] - soma**2
    linhas["coeficiente_variacao"] = _arredondar(np.sqrt(variancia) * 10_000 / soma).where(repete)
    parte, todo = p["irregular"]
    faixas = {nome: (mediano >= de - 0.5) & (mediano < ate + 0.5) for nome, de, ate in p["ritmos"]}
    linhas["ritmo"] = np.select(
        [dias == 1, ~repete, todo * variancia > parte * soma**2, *faixas.values()],
        [p["unica"], "", p["nome_irregular"], *faixas],
        p["a_cada"],
    )


def _datas(linhas: pd.DataFrame, p: Parametros) -> None:
    """As datas da regra e o status, que sai delas."""
    primeira, ultima, hoje = linhas["primeira_compra"], linhas["ultima_compra"], pd.Timestamp(p["dia"])
    ciclo = linhas["mediano"].where(linhas["dias_de_compra"] >= p["proprio"])
    ciclos = pd.Series(p["ciclos"], dtype=float)
    ciclo = ciclo.fillna(linhas["segmento"].map(ciclos.set_axis(ciclos.index.astype("int64"))))
    ciclo = ciclo.fillna(np.nan if p["ciclo_da_empresa"] is None else p["ciclo_da_empresa"])
    linhas["proxima_compra_esperada"] = ultima + pd.to_timedelta(_arredondar(ciclo), "D")
    linhas["quase_inativo_em"] = ultima + _mais(p["quase"]) - pd.Timedelta(days=p["quase_menos"])
    linhas["inativo_em"] = ultima + _mais(p["inativo"])
    linhas["antigo_em"] = ultima + _mais(p["antigo"]) if p["antigo"] else pd.NaT
    novidade = pd.Timedelta(days=p["dias_novidade"] - 1)
    linhas["novo_ate"], linhas["recuperado_ate"] = primeira + novidade, linhas["voltou"] + novidade
    linhas["limiar_id"] = np.nan if p["limiar"] is None else p["limiar"]
    quando = [ultima.isna(), linhas["inativo_em"] <= hoje, linhas["quase_inativo_em"] <= hoje]
    linhas["status"] = np.select(quando, ["prospect", "inativo", "quase_inativo"], "ativo")


def _curva(linhas: pd.DataFrame, p: Parametros) -> None:
    """Do maior valor para o menor, empates pelo código: A e B enquanto o acumulado antes não chega ao corte."""
    positivos = linhas.loc[linhas["valor_12m"] > 0, ["valor_12m", "codigo"]]
    ordem = positivos.sort_values(["valor_12m", "codigo"], ascending=[False, True])["valor_12m"]
    antes, total = (ordem.cumsum() - ordem) * 10_000, int(ordem.sum())
    letras = np.select([antes < total * p["abc_a"], antes < total * p["abc_b"]], ["A", "B"], "C")
    linhas["curva_abc"] = pd.Series(letras, ordem.index).reindex(linhas.index, fill_value="")


def _notas(linhas: pd.DataFrame) -> None:
    """De 1 a 5, pelo número dos que são piores."""
    dentro = linhas[linhas["ultima_compra"].notna() & ((linhas["valor_12m"] > 0) | ~linhas["fora"])]
    for letra, coluna in {"r": "ultima_compra", "f": "dias_de_compra_12m", "v": "valor_12m"}.items():
        piores = dentro[coluna].rank(method="min") - 1
        linhas[f"rfv_{letra}"] = 1 + 5 * piores // max(len(dentro), 1)


# ── Comparar e gravar ────────────────────────────────────────────────────────


def _gravados(banco: Any, p: Parametros) -> pd.DataFrame:
    sql = f"SELECT cliente_id, {', '.join(COLUNAS)} FROM atividade_indicadores WHERE empresa_id = {p['empresa']}"
    textos = dict.fromkeys(TEXTOS, "str")
    antes = ler(banco, sql, ["cliente", *COLUNAS], index_col="cliente", parse_dates=list(DATAS), dtype=textos)
    antes[list(TEXTOS)] = antes[list(TEXTOS)].fillna("")
    for nome, escala in _ESCALAS.items():
        antes[nome] = (antes[nome] * escala).round()
    return antes


def _mudaram(linhas: pd.DataFrame, antes: pd.DataFrame) -> Any:
    mudou = np.zeros(len(linhas), bool)
    for nome in COLUNAS:
        nova, velha = linhas[nome], antes[nome]
        mudou |= ((nova != velha) & ~(nova.isna() & velha.isna())).to_numpy()
    return mudou


def gravar(banco: Any, linhas: pd.DataFrame, p: Parametros) -> int:
    """Escreve o que mudou e a história; devolve quantas linhas."""
    antes = _gravados(banco, p).reindex(linhas.index)
    mudou = _mudaram(linhas, antes)
    novas = linhas.loc[mudou, list(COLUNAS)].copy()
    for nome, escala in _ESCALAS.items():
        novas[nome] /= escala
    novas[list(INTEIROS)] = novas[list(INTEIROS)].astype("Int64")
    with banco.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE novas ON COMMIT DROP AS SELECT cliente_id, {', '.join(COLUNAS)} "
            "FROM atividade_indicadores LIMIT 0"
        )
        _copiar(cursor, "novas", novas)
        cursor.execute("ANALYZE novas")
        atribuir = ", ".join(f"{nome} = n.{nome}" for nome in COLUNAS)
        cursor.execute(
            f"UPDATE atividade_indicadores i SET {atribuir} FROM novas n WHERE n.cliente_id = i.cliente_id"
        )
        _historia(cursor, novas, antes[mudou], p)
    return int(mudou.sum())


def _copiar(cursor: Any, tabela: str, linhas: pd.DataFrame) -> None:
    csv = linhas.to_csv(header=False, na_rep="NULO").encode()
    with cursor.copy(f"COPY {tabela} FROM STDIN (FORMAT csv, NULL 'NULO')") as copia:
        copia.write(csv)


_MUDANCAS = """
INSERT INTO atividade_mudancastatus
       (cliente_id, de, para, em, ordem, motivo, pedido_id, limiar_id, referencia, criado_em)
SELECT m.cliente_id, m.de, m.para, m.em, 1, m.motivo, p.id, CASE WHEN p.id IS NULL THEN m.limiar_id END, %s, now()
  FROM mudaram m
  LEFT JOIN LATERAL (SELECT min(id) AS id FROM clientes_pedido p
                      WHERE m.motivo = 'compra' AND p.cliente_id = m.cliente_id AND p.data = m.em AND p.conta) p ON true
"""


def _historia(cursor: Any, novas: pd.DataFrame, antes: pd.DataFrame, p: Parametros) -> None:
    de = antes["status_historico"].replace("", "prospect")
    mudou = de != novas["status"]
    novas, de = novas[mudou], de[mudou]
    comprou = novas["status"] == "ativo"
    em = novas["inativo_em"].where(novas["status"] == "inativo", novas["quase_inativo_em"])
    mudancas = pd.DataFrame(
        {
            "de": de,
            "para": novas["status"],
            "em": em.where(~comprou, novas["ultima_compra"]),
            "motivo": np.where(comprou, "compra", "tempo"),
            "limiar": novas["limiar_id"],
        }
    )
    cursor.execute(
        "CREATE TEMP TABLE mudaram (cliente_id bigint, de text, para text, em date, motivo text, limiar_id bigint) "
        "ON COMMIT DROP"
    )
    _copiar(cursor, "mudaram", mudancas)
    cursor.execute(_MUDANCAS, [p["dia"]])


def _principal(conexao: str, p: Parametros) -> None:
    with psycopg.connect(conexao) as banco:
        linhas = indicadores(banco, p)
        feito = {"clientes": len(linhas), "mudaram": gravar(banco, linhas, p) if p["gravar"] else None}
        banco.execute("SET CONSTRAINTS ALL IMMEDIATE")  # o que a confirmação cobraria
        banco.rollback()
    print(json.dumps(feito))


if __name__ == "__main__":
    _principal(sys.argv[1], json.loads(sys.argv[2]))
