"""O que cada regra procura, em SQL: uma linha por cliente (e compromisso), com o evento que a torna única.

Parâmetros: `referencia` (a data dos números), `vaga`, `desde` (até onde se alcança), `dias`, `so_mudou`, `fuso`.
O evento é a data ou o número do que aconteceu; regra que repete a lista inteira a cada vez o data da vaga.
"""

from dataclasses import dataclass

from notificacoes.models import Sobre
from notificacoes.regras.fatos_do_biro import EVENTO_NOVO, RESTRICAO_BAIXADA, RESTRICAO_NOVA, score_mudou


@dataclass(frozen=True, slots=True)
class Fato:
    """`sql` dá (cliente_id, evento, em, dias, antes, depois, quem)."""

    sql: str
    pede_dias: bool = False  # precisa de N
    dias_padrao: int = 1
    de_estado: bool = False  # pode repetir a lista inteira a cada vez
    de_credito: bool = False  # o cliente bloqueado é o assunto, e entra
    mais_novo: bool = False  # um evento mais novo já dito cala os mais velhos
    ordem: str = "valor DESC, codigo, evento"


def _entrou(para: str) -> str:
    # Pelo dia em que virou verdade: a história que a primeira rodada escreve de uma vez não é notícia.
    # Só o tempo avisa: mudança de regra e correção de dados, não.
    return f"""
    SELECT DISTINCT ON (m.cliente_id) m.cliente_id, m.em::text AS evento, m.em, %(referencia)s::date - m.em AS dias,
           NULL::numeric AS antes, NULL::numeric AS depois, '' AS quem
    FROM atividade_mudancastatus m
    JOIN atividade_indicadores s ON s.cliente_id = m.cliente_id AND s.status = '{para}'
    WHERE m.em > %(desde)s AND m.em <= %(referencia)s AND m.para = '{para}' AND m.motivo = 'tempo'
      AND s.empresa_id = %(empresa)s
    ORDER BY m.cliente_id, m.em DESC, m.ordem DESC"""


REATIVADO = """
    SELECT DISTINCT ON (m.cliente_id) m.cliente_id, m.em::text AS evento, m.em, %(referencia)s::date - m.em AS dias,
           NULL::numeric AS antes, NULL::numeric AS depois, '' AS quem
    FROM atividade_mudancastatus m
    JOIN atividade_indicadores s ON s.cliente_id = m.cliente_id AND s.status = 'ativo'
    WHERE m.em > %(desde)s AND m.em <= %(referencia)s AND m.de = 'inativo' AND m.motivo = 'compra'
      AND s.empresa_id = %(empresa)s
    ORDER BY m.cliente_id, m.em DESC, m.ordem DESC"""

SEM_COMPRAR = """
    SELECT s.cliente_id, CASE WHEN %(so_mudou)s THEN s.ultima_compra::text ELSE 'vaga:' || %(vaga)s::date END AS evento,
           s.ultima_compra AS em, %(referencia)s::date - s.ultima_compra AS dias,
           NULL::numeric AS antes, NULL::numeric AS depois, '' AS quem
    FROM atividade_indicadores s
    WHERE s.empresa_id = %(empresa)s AND s.ultima_compra < %(referencia)s::date - %(dias)s::int"""

SEM_CONTATO = """
    SELECT cliente_id,
           CASE WHEN %(so_mudou)s THEN coalesce(contato::text, 'nunca') ELSE 'vaga:' || %(vaga)s::date END AS evento,
           contato AS em, %(vaga)s::date - coalesce(contato, chegou) AS dias,
           NULL::numeric AS antes, NULL::numeric AS depois, '' AS quem
    FROM (SELECT s.cliente_id, (s.ultimo_contato_em AT TIME ZONE %(fuso)s)::date AS contato,
                 coalesce(k.cadastrado_em, (k.criado_em AT TIME ZONE %(fuso)s)::date) AS chegou
          FROM atividade_indicadores s JOIN clientes_cliente k ON k.id = s.cliente_id
          WHERE s.empresa_id = %(empresa)s AND s.status <> 'prospect') t
    WHERE coalesce(contato, chegou) <= %(vaga)s::date - %(dias)s::int"""

AGENDA_VENCIDA = """
    SELECT g.cliente_id,
           g.id || ':' || CASE WHEN %(so_mudou)s THEN g.em ELSE %(vaga)s::date END AS evento,
           g.em, %(vaga)s::date - g.em AS dias, NULL::numeric AS antes, NULL::numeric AS depois, u.nome AS quem
    FROM clientes_agendamento g JOIN contas_usuario u ON u.id = g.responsavel_id
    WHERE g.concluido_em IS NULL AND g.cancelado_em IS NULL AND g.em <= %(vaga)s::date - %(dias)s::int"""

# O evento é o vencimento mais novo: outro título que vence é notícia; pagar parte do que se deve, não.
INADIMPLENTE = """
    SELECT t.cliente_id,
           CASE WHEN %(so_mudou)s THEN max(t.vencimento)::text ELSE 'vaga:' || %(vaga)s::date END AS evento,
           min(t.vencimento) AS em, %(referencia)s::date - min(t.vencimento) AS dias,
           NULL::numeric AS antes, sum(t.saldo) AS depois, '' AS quem
    FROM clientes_titulo t
    WHERE t.empresa_id = %(empresa)s AND t.saldo > 0 AND t.vencimento <= %(referencia)s::date - %(dias)s::int
    GROUP BY t.cliente_id"""

REGULARIZOU = """
    SELECT t.cliente_id, max(t.pago_em)::text AS evento, max(t.pago_em) AS em,
           %(referencia)s::date - max(t.pago_em) AS dias, NULL::numeric AS antes, NULL::numeric AS depois, '' AS quem
    FROM clientes_titulo t
    WHERE t.empresa_id = %(empresa)s AND t.saldo = 0 AND t.pago_em > t.vencimento
      AND t.pago_em > %(desde)s AND t.pago_em <= %(referencia)s
      AND NOT EXISTS (SELECT FROM clientes_titulo v WHERE v.cliente_id = t.cliente_id AND v.saldo > 0
                      AND v.vencimento < %(referencia)s)
    GROUP BY t.cliente_id"""


def _credito(coluna: str, valor: str, mudou: str) -> str:
    # A última mudança, contra o que valia no começo daquele dia: feita e desfeita no mesmo dia não é notícia.
    return f"""
    SELECT cliente_id, 'credito:' || id AS evento, dia AS em, %(vaga)s::date - dia AS dias,
           primeiro::numeric AS antes, agora::numeric AS depois, '' AS quem
    FROM (SELECT DISTINCT ON (cliente_id) * FROM (
              SELECT m.id, m.cliente_id, m.{coluna}{valor} AS agora, (m.em AT TIME ZONE %(fuso)s)::date AS dia,
                     first_value(m.{coluna}_antes{valor}) OVER (
                         PARTITION BY m.cliente_id, (m.em AT TIME ZONE %(fuso)s)::date ORDER BY m.id) AS primeiro
              FROM clientes_mudancadecredito m
              WHERE m.em >= (%(desde)s::date + 1)::timestamp AT TIME ZONE %(fuso)s
                AND m.{coluna} IS DISTINCT FROM m.{coluna}_antes) dias
          ORDER BY cliente_id, id DESC) ultima
    WHERE {mudou}"""


FATOS: dict[Sobre, Fato] = {
    Sobre.ENTROU_QUASE: Fato(_entrou("quase_inativo")),
    Sobre.ENTROU_INATIVO: Fato(_entrou("inativo")),
    Sobre.REATIVADO: Fato(REATIVADO),
    Sobre.SEM_COMPRAR: Fato(SEM_COMPRAR, pede_dias=True, dias_padrao=30, de_estado=True),
    Sobre.SEM_CONTATO: Fato(SEM_CONTATO, pede_dias=True, dias_padrao=30, de_estado=True),
    Sobre.AGENDA_VENCIDA: Fato(
        AGENDA_VENCIDA, pede_dias=True, de_estado=True, ordem="dias DESC, codigo, evento"
    ),
    Sobre.INADIMPLENTE: Fato(INADIMPLENTE, pede_dias=True, de_estado=True, de_credito=True, mais_novo=True),
    Sobre.REGULARIZOU: Fato(REGULARIZOU, de_credito=True),
    Sobre.BLOQUEADO: Fato(_credito("bloqueado", "::int", "agora = 1 AND primeiro = 0"), de_credito=True),
    Sobre.DESBLOQUEADO: Fato(_credito("bloqueado", "::int", "agora = 0 AND primeiro = 1"), de_credito=True),
    Sobre.LIMITE_MENOR: Fato(_credito("limite", "", "agora < primeiro"), de_credito=True),
    Sobre.LIMITE_MAIOR: Fato(_credito("limite", "", "agora > primeiro"), de_credito=True),
    Sobre.SCORE_DESCEU: Fato(score_mudou("<"), de_credito=True),
    Sobre.SCORE_SUBIU: Fato(score_mudou(">"), de_credito=True),
    Sobre.RESTRICAO_NOVA: Fato(RESTRICAO_NOVA, de_credito=True),
    Sobre.RESTRICAO_BAIXADA: Fato(RESTRICAO_BAIXADA, de_credito=True),
    Sobre.EVENTO_DO_BIRO: Fato(EVENTO_NOVO, de_credito=True),
}
