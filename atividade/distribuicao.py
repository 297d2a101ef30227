"""Quantos clientes da empresa têm cada recência, cada frequência e cada faixa de valor: é de onde saem os cortes.

A rodada completa conta-os; a incremental parte da distribuição que a anterior guardou e move quem mudou, e dos outros
só lê, pelo índice, os das faixas em que cai um corte. Se a guardada não é a do que está gravado, conta-os de novo.
"""

from itertools import accumulate, repeat, takewhile
from typing import TYPE_CHECKING

from atividade.models import Status

if TYPE_CHECKING:
    from atividade.recalculo import Rodada

# Anda quando mudam as faixas: as guardadas por outra versão não servem.
VERSAO = 1
# Onde começa cada faixa de valor, em reais inteiros, cada uma 2% acima da outra; depois da última, uma só.
_MARCOS = takewhile(lambda m: m < 10**8, accumulate(repeat(1), lambda m, _: max(m + 1, m * 102 // 100)))
# A recência conta-se em dias desde este, que não anda com a referência.
_DIA_ZERO = "date '2000-01-01'"
_EM_SQL = f"'{{{','.join(map(str, _MARCOS))}}}'"

_FORA_DO_ALVO = "NOT EXISTS (SELECT FROM c_alvo a WHERE a.cliente_id = i.cliente_id)"
_MEDIDOS = "SELECT cliente_id, ultima AS ultima_compra, dias_12m, v12 AS valor_12m FROM c_medidas"
_GRAVADOS = (
    "SELECT cliente_id, ultima_compra, dias_de_compra_12m, valor_12m FROM atividade_indicadores i "
    f"WHERE empresa_id = %(empresa)s AND {_FORA_DO_ALVO}"
)


def faixa(valor: str) -> str:
    """A faixa do valor, arredondado ao real; a zero é só dos sem valor.

    De inteiro para `float8` a conversão é barata, e em `float8` a busca nos marcos também.
    """
    return f"CASE WHEN {valor} > 0 THEN 1 + width_bucket({valor}::bigint::float8, {_EM_SQL}::float8[]) ELSE 0 END"


def recencia(ultima_compra: str) -> str:
    return f"{ultima_compra} - {_DIA_ZERO}"


def desde(f: str) -> str:
    """O menor valor da faixa: o arredondamento a começa meio real abaixo do marco."""
    return f"coalesce(({_EM_SQL}::bigint[])[{f} - 1] - 0.5, 0.01)"


def antes_de(f: str) -> str:
    """O menor valor acima da faixa."""
    return f"coalesce(({_EM_SQL}::bigint[])[{f}] - 0.5, 'infinity')"


# Os que têm valor numa das faixas em que cai algum corte (`abertas`, em `cortes.sql`).
_ABERTOS_MEDIDOS = (
    f"SELECT * FROM (SELECT v12 AS valor_12m, {faixa('v12')} AS faixa FROM c_medidas) m "
    "WHERE faixa = ANY (array(SELECT faixa FROM abertas))"
)
_ABERTOS_GRAVADOS = (
    "SELECT i.valor_12m, f.faixa FROM abertas f JOIN atividade_indicadores i ON i.empresa_id = %(empresa)s "
    f"AND i.valor_12m >= {desde('f.faixa')} AND i.valor_12m < {antes_de('f.faixa')} "
    f"WHERE {_FORA_DO_ALVO}"
)
# Fora dos denominadores e sem valor: estão na distribuição, e dos cortes saem.
_FORA_MEDIDOS = (
    "SELECT ultima AS ultima_compra, dias_12m, v12 AS valor_12m FROM c_medidas JOIN c_fora USING (cliente_id) "
    "WHERE v12 <= 0"
)
_FORA_GRAVADOS = (
    "SELECT i.ultima_compra, i.dias_de_compra_12m, i.valor_12m "
    "FROM c_fora JOIN atividade_indicadores i USING (cliente_id) "
    "WHERE i.valor_12m <= 0 AND i.ultima_compra IS NOT NULL "
    f"AND {_FORA_DO_ALVO}"
)


def preparar(rodada: "Rodada", *, incremental: bool) -> None:
    """Enche `c_distribuicao` com a de hoje."""
    rodada.executar("ANALYZE c_fora")
    medidas = {"recencia": recencia("ultima_compra"), "faixa": faixa("valor_12m")}
    if incremental and _serve_a_guardada(rodada):
        rodada.passo("distribuicao_movida", **medidas)
    else:
        rodada.passo("distribuicao_contada", fonte=populacao(incremental=incremental), **medidas)


def _serve_a_guardada(rodada: "Rodada") -> bool:
    """É da última rodada, fosse de que versão fosse, e soma os clientes e o valor que estão gravados.

    Só as rodadas escrevem as medidas; mas um cliente pode ter sido apagado, ou alguém ter mexido no banco por fora.
    """
    rodada.executar(
        "SELECT medida, sum(n), sum(soma) FROM atividade_distribuicao d, "
        "unnest(d.medidas, d.clientes, d.somas) u (medida, n, soma) WHERE d.empresa_id = %(empresa)s "
        f"AND d.versao = {VERSAO} AND d.calculada_em = %(calculada_em)s GROUP BY 1"
    )
    achados = {medida: (n, soma) for medida, n, soma in rodada.cursor.fetchall()}
    n = sum(rodada.antes.values()) - rodada.antes.get(Status.PROSPECT, 0)
    return achados == {"r": (n, 0), "f": (n, 0), "v": (n, rodada.valor_antes)}


def populacao(*, incremental: bool) -> str:
    """Do alvo, o que se acaba de medir; dos outros, o que está gravado."""
    return f"{_MEDIDOS} UNION ALL {_GRAVADOS}" if incremental else _MEDIDOS


def leituras(*, incremental: bool) -> dict[str, str]:
    """Trocas de `cortes.sql`: como se escreve a recência, e o que ele lê cliente a cliente."""
    da_recencia = {"recencia": recencia("ultima_compra"), "dia_zero": _DIA_ZERO}
    if not incremental:
        return da_recencia | {"abertos": _ABERTOS_MEDIDOS, "fora": _FORA_MEDIDOS}
    return da_recencia | {
        "abertos": f"{_ABERTOS_MEDIDOS} UNION ALL {_ABERTOS_GRAVADOS}",
        "fora": f"{_FORA_MEDIDOS} UNION ALL {_FORA_GRAVADOS}",
    }


def guardar(rodada: "Rodada") -> None:
    """Na transação que grava os indicadores, com a hora que a empresa leva."""
    rodada.valores |= {"calculada_em": rodada.empresa.calculada_em, "versao": VERSAO}
    rodada.passo("distribuicao_guardada")
