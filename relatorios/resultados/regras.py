"""As regras de inatividade dentro das consultas dos resultados: todas de uma vez, e qual valia num dia."""

from atividade import fragmentos
from atividade.regras import REGRA_PADRAO

_COLUNAS = (
    "id, periodo_n, periodo_unidade, antecedencia_n, antecedencia_unidade, ciclo_quase, ciclo_quase_min, "
    "ciclo_quase_max, ciclo_inativo, ciclo_inativo_min, ciclo_inativo_max"
)


def todas() -> str:
    """Uma linha por limiar, e a `0`, a de fábrica; `menor` é o menor silêncio que ele chama de inativo."""
    p, a = REGRA_PADRAO.periodo, REGRA_PADRAO.antecedencia
    fabrica = f"SELECT 0, {p.n}, '{p.unidade}', {a.n}, '{a.unidade}', NULL, NULL, NULL, NULL, NULL, NULL"
    # nenhum mês tem menos de 28 dias
    menor = "least(CASE WHEN n.periodo_unidade = 'm' THEN n.periodo_n * 28 ELSE n.periodo_n END, n.ciclo_inativo_min)"
    return (
        f"SELECT n.id, {menor}::int AS menor, {fragmentos.intervalos('n')} FROM ("
        f"SELECT {_COLUNAS} FROM atividade_limiar WHERE NOT herda UNION ALL {fabrica}) n"
    )


def em_vigor(cliente: str, segmento: str, empresa: str, dia: str) -> str:
    """O limiar que valia naquele dia: o último de cada nível, do mais perto ao mais longe; o que herda, sobe."""
    return (
        "SELECT z.id FROM (SELECT DISTINCT ON (y.nivel) y.id, y.nivel, y.herda FROM ("
        "SELECT l.id, l.herda, l.vigente_desde, CASE WHEN l.cliente_id IS NOT NULL THEN 4 "
        "WHEN l.segmento_id IS NOT NULL THEN 3 WHEN l.empresa_id IS NOT NULL THEN 2 ELSE 1 END AS nivel "
        f"FROM atividade_limiar l WHERE l.vigente_desde <= {dia} AND (l.cliente_id = {cliente} "
        f"OR l.segmento_id = {segmento} OR l.cliente_id IS NULL AND l.segmento_id IS NULL "
        f"AND (l.empresa_id = {empresa} OR l.empresa_id IS NULL))"
        ") y ORDER BY y.nivel, y.vigente_desde DESC, y.id DESC) z "
        "WHERE NOT z.herda ORDER BY z.nivel DESC LIMIT 1"
    )
