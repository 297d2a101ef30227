"""O que o birô trouxe, em SQL para as regras de aviso e para os webhooks: score que muda de faixa, restrição e evento.

É novo o que se soube há pouco (`criado_em`, `atualizado_em`), não o que aconteceu há pouco: o birô conta dias depois.
Fato de mais de noventa dias é história que um arquivo trouxe, não notícia. A mudança de faixa é contra o score
anterior da mesma fonte, que tem de já ter sido conhecido antes: a carga de um ano de scores não avisa ninguém.
"""

from clientes.models import EVENTOS, TipoDeRestricao

DIAS_DE_NOTICIA = 90
_EVENTOS = ", ".join(f"'{tipo.value}'" for tipo in EVENTOS)
# O nome de cada tipo como se diz, para o SQL.
_TIPO = (
    "CASE r.tipo "
    + " ".join(f"WHEN '{tipo.value}' THEN '{tipo.label}'" for tipo in TipoDeRestricao)
    + " ELSE r.tipo END"
)
_SOUBE = "({coluna} AT TIME ZONE %(fuso)s)::date > %(desde)s"

# (cliente, score novo, faixas): um por fonte, o mais novo dos que se soube.
FAIXA_MUDOU = """
    SELECT u.id, u.cliente_id, u.empresa_id, u.fonte, u.em, u.criado_em, a.valor AS antes, u.valor AS depois,
           fa.nome AS faixa_antes, fu.nome AS faixa, fu.minimo AS minimo, fa.minimo AS minimo_antes
    FROM (SELECT DISTINCT ON (s.cliente_id, s.fonte) s.* FROM clientes_scoredecredito s
          WHERE {soube} ORDER BY s.cliente_id, s.fonte, s.em DESC) u
    CROSS JOIN LATERAL (
        SELECT b.valor, b.criado_em FROM clientes_scoredecredito b
        WHERE b.cliente_id = u.cliente_id AND b.fonte = u.fonte AND b.em < u.em
        ORDER BY b.em DESC LIMIT 1) a
    JOIN clientes_faixaemvigor fu ON fu.empresa_id = u.empresa_id AND u.valor BETWEEN fu.minimo AND fu.maximo
    JOIN clientes_faixaemvigor fa ON fa.empresa_id = u.empresa_id AND a.valor BETWEEN fa.minimo AND fa.maximo
    WHERE fu.minimo <> fa.minimo AND a.criado_em < u.criado_em"""


def score_mudou(sinal: str) -> str:
    """`<` desceu de faixa, `>` subiu."""
    soube = (
        f"s.empresa_id = %(empresa)s AND {_SOUBE.format(coluna='s.criado_em')}"
        f" AND s.em > %(vaga)s::date - {DIAS_DE_NOTICIA}"
    )
    return f"""
    SELECT m.cliente_id, 'score:' || m.id AS evento, m.em, %(vaga)s::date - m.em AS dias,
           m.antes::numeric AS antes, m.depois::numeric AS depois,
           format('%%s, de %%s para %%s', m.fonte, m.faixa_antes, m.faixa) AS quem
    FROM ({FAIXA_MUDOU.format(soube=soube)}) m WHERE m.minimo {sinal} m.minimo_antes"""


def _restricao(prefixo: str, dia: str, quando: str) -> str:
    return f"""
    SELECT r.cliente_id, '{prefixo}:' || r.id || ':' || {dia} AS evento, {dia} AS em, %(vaga)s::date - {dia} AS dias,
           NULL::numeric AS antes, nullif(r.valor, 0) AS depois, {_TIPO} || ', ' || r.fonte AS quem
    FROM clientes_restricaodecredito r
    WHERE r.empresa_id = %(empresa)s AND {dia} > %(vaga)s::date - {DIAS_DE_NOTICIA} AND {quando}"""


RESTRICAO_NOVA = _restricao(
    "restricao",
    "r.em",
    f"r.tipo NOT IN ({_EVENTOS}) AND r.baixada_em IS NULL AND {_SOUBE.format(coluna='r.criado_em')}",
)
# A que já veio baixada nunca esteve aberta para nós: não é notícia.
RESTRICAO_BAIXADA = _restricao(
    "baixa",
    "r.baixada_em",
    f"r.atualizado_em > r.criado_em AND {_SOUBE.format(coluna='r.atualizado_em')}",
)
EVENTO_NOVO = _restricao(
    "evento", "r.em", f"r.tipo IN ({_EVENTOS}) AND {_SOUBE.format(coluna='r.criado_em')}"
)
