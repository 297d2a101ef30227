"""Pedaços de SQL gerados das tabelas de `regras.py`: as faixas se dizem uma vez só."""

from functools import cache
from pathlib import Path

from atividade.regras import (
    CV_IRREGULAR,
    DIAS_PARA_CICLO_PROPRIO,
    FAIXAS_DE_RITMO,
    FOLGA_DA_TENDENCIA,
    Marca,
    Ritmo,
    Status,
    Tendencia,
)

PASTA = Path(__file__).parent / "sql"


@cache
def ler(nome: str) -> str:
    """O texto de um arquivo de `sql/`."""
    return (PASTA / f"{nome}.sql").read_text(encoding="utf-8")


def status(quase: str, inativo: str, referencia: str = "%(referencia)s::date") -> str:
    """`regras.classificar` em SQL; os dois limites são inclusivos."""
    return (
        f"CASE WHEN {quase} IS NULL OR {inativo} IS NULL THEN '{Status.PROSPECT}' "
        f"WHEN {inativo} <= {referencia} THEN '{Status.INATIVO}' "
        f"WHEN {quase} <= {referencia} THEN '{Status.QUASE_INATIVO}' ELSE '{Status.ATIVO}' END"
    )


def marca(t: str = "i", referencia: str = "%(referencia)s::date") -> str:
    """`regras.marcar` em SQL; vazio é sem marca."""
    return (
        f"CASE WHEN {t}.status = '{Status.ATIVO}' THEN CASE "
        f"WHEN {referencia} <= {t}.recuperado_ate THEN '{Marca.RECUPERADO}' "
        f"WHEN {referencia} <= {t}.novo_ate THEN '{Marca.NOVO}' ELSE '' END "
        f"WHEN {t}.status = '{Status.INATIVO}' AND {t}.antigo_em IS NOT NULL THEN CASE "
        f"WHEN {t}.antigo_em <= {referencia} THEN '{Marca.ANTIGO}' ELSE '{Marca.RECENTE}' END ELSE '' END"
    )


def tendencia(recente: str, anterior: str) -> str:
    """`regras.classificar_tendencia` em SQL; nulo é sem valor nos dois períodos."""
    return (
        f"CASE WHEN {recente} = 0 AND {anterior} = 0 THEN NULL "
        f"WHEN {recente} > {anterior} * {1 + FOLGA_DA_TENDENCIA} THEN '{Tendencia.SOBE}' "
        f"WHEN {recente} < {anterior} * {1 - FOLGA_DA_TENDENCIA} THEN '{Tendencia.CAI}' ELSE '{Tendencia.ESTAVEL}' END"
    )


def ritmo(dias: str, mediano: str, soma: str, quadrados: str) -> str:
    """`regras.classificar_ritmo` em SQL; vazio é sem ritmo próprio ainda."""
    faixas = " ".join(
        f"WHEN round({mediano}) BETWEEN {de} AND {ate} THEN '{nome}'" for nome, de, ate in FAIXAS_DE_RITMO
    )
    soma2 = f"({soma})::bigint * ({soma})"
    irregular = f"(({dias} - 1) * {quadrados} - {soma2}) > {CV_IRREGULAR**2} * {soma2}"
    return (
        f"CASE WHEN {dias} = 1 THEN '{Ritmo.UNICA}' "
        f"WHEN {dias} IS NULL OR {dias} < {DIAS_PARA_CICLO_PROPRIO} THEN '' "
        f"WHEN {irregular} THEN '{Ritmo.IRREGULAR}' {faixas} ELSE '{Ritmo.A_CADA_N_DIAS}' END"
    )


def curva_abc(valor: str, cliente: str) -> str:
    """Classe pelos cortes da empresa; empatados no corte cabem pela tabela `c_empates`."""

    def cabe(classe: str, corte: str) -> str:
        empate = f"{cliente} IN (SELECT cliente_id FROM c_empates WHERE classe = '{classe}')"
        return f"WHEN {valor} > %({corte})s::numeric OR {valor} = %({corte})s::numeric AND {empate} THEN '{classe}'"

    return f"CASE WHEN {valor} <= 0 THEN '' {cabe('A', 'abc_va')} {cabe('B', 'abc_vb')} ELSE 'C' END"


def nota(valor: str, letra: str, tipo: str, t: str) -> str:
    """Nota de 1 a 5 pelos quatro cortes; fora da população (encerrado sem valor), nula."""
    soma = " + ".join(f"({valor} > %({letra}{k})s::{tipo})::int" for k in range(1, 5))
    fora = f"{t}.valor_12m <= 0 AND {t}.cliente_id IN (SELECT cliente_id FROM c_fora)"
    return f"CASE WHEN {t}.ultima_compra IS NULL OR {fora} THEN NULL ELSE 1 + {soma} END"


def classes(t: str) -> dict[str, str]:
    """As colunas relativas, que dependem dos cortes da empresa."""
    return {
        "curva_abc": curva_abc(f"{t}.valor_12m", f"{t}.cliente_id"),
        "rfv_r": nota(f"{t}.ultima_compra", "r", "date", t),
        "rfv_f": nota(f"{t}.dias_de_compra_12m", "f", "int", t),
        "rfv_v": nota(f"{t}.valor_12m", "v", "numeric", t),
    }


_SOMA = "(m.ultima - m.primeira)"
_PROPRIO = f"CASE WHEN m.dias >= {DIAS_PARA_CICLO_PROPRIO} THEN m.mediano END"
_CICLO = f"coalesce({_PROPRIO}, k.ciclo, %(ciclo_da_empresa)s::numeric)"

# coluna de Indicadores → expressão sobre medidas (m), regra (r), ciclos (k), devoluções (d), recuperados (v)
COLUNAS: dict[str, str] = {
    "primeira_compra": "m.primeira",
    "ultima_compra": "m.ultima",
    "pedidos": "coalesce(m.pedidos, 0)",
    "dias_de_compra": "coalesce(m.dias, 0)",
    "dias_de_compra_12m": "coalesce(m.dias_12m, 0)",
    "intervalo_medio_dias": f"round({_SOMA}::numeric / nullif(m.dias - 1, 0), 4)",
    "intervalo_mediano_dias": "m.mediano",
    "proxima_compra_esperada": f"m.ultima + round({_CICLO})::int",
    "valor_total": "coalesce(m.total, 0)",
    "valor_12m": "coalesce(m.v12, 0)",
    "valor_janela": "coalesce(m.vjanela, 0)",
    "valor_ano_ativo": "coalesce(m.vano, 0)",
    "valor_90d": "coalesce(m.v90, 0)",
    "valor_90d_anterior": "coalesce(m.v90a, 0)",
    "devolvido_12m": "coalesce(d.soma, 0)",
    "ritmo": ritmo("m.dias", "m.mediano", _SOMA, "m.quadrados"),
    "coeficiente_variacao": (
        f"CASE WHEN m.dias >= {DIAS_PARA_CICLO_PROPRIO} THEN "
        f"round(sqrt(((m.dias - 1) * m.quadrados - {_SOMA}::bigint * {_SOMA})::numeric) / {_SOMA}, 4) END"
    ),
    "limiar_id": "r.limiar_id",
    "quase_inativo_em": "(m.ultima + r.iq)::date - r.dq",
    "inativo_em": "(m.ultima + r.ii)::date",
    "antigo_em": "(m.ultima + r.ia)::date",
    "novo_ate": "m.primeira + %(dias_novidade)s - 1",
    "recuperado_ate": "v.em + %(dias_novidade)s - 1",
}


def calcular(alvo: str) -> str:
    """A consulta que dá a linha nova de cada cliente de `alvo`, sem as classes relativas."""
    colunas = ",\n".join(f"               {expressao} AS {coluna}" for coluna, expressao in COLUNAS.items())
    return (
        ler("calcular")
        .replace("{colunas}", colunas)
        .replace("{alvo}", alvo)
        .replace("{status}", status("base.quase_inativo_em", "base.inativo_em"))
    )


def calcular_com_classes(alvo: str) -> str:
    """O mesmo, já com ABC e RFV pelos cortes."""
    extras = ", ".join(f"{expressao} AS {coluna}" for coluna, expressao in classes("b").items())
    return f"SELECT b.*, {extras} FROM ({calcular(alvo)}) b"


def gravar(consulta: str, colunas: list[str], fixas: dict[str, str] | None = None) -> str:
    """UPDATE só do que mudou: linha igual não escreve nada, nem no diário."""
    pares = {c: f"n.{c}" for c in colunas} | (fixas or {})
    atribuir = ", ".join(f"{c} = {v}" for c, v in pares.items())
    antes, depois = ", ".join(f"i.{c}" for c in pares), ", ".join(pares.values())
    return (
        f"UPDATE atividade_indicadores i SET {atribuir} FROM ({consulta}) n "
        f"WHERE i.cliente_id = n.cliente_id AND ({antes}) IS DISTINCT FROM ({depois})"
    )


def reclassificar() -> str:
    """Muda só as classes de quem ficou do outro lado de um corte."""
    extras = ", ".join(f"{expressao} AS {coluna}" for coluna, expressao in classes("x").items())
    consulta = f"SELECT x.cliente_id, {extras} FROM atividade_indicadores x WHERE x.empresa_id = %(empresa)s"
    return gravar(consulta, list(classes("x")))
