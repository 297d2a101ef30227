"""Uma troca de dono grava-se de um modo só, venha de uma tela, de um desligamento ou de um arquivo.

Quem troca enche `_trocas` (cliente, de onde, para onde) com os clientes já travados; aqui os períodos andam,
os compromissos em aberto do dono de antes seguem com o cliente, e o lote guarda o que é preciso para voltar.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from clientes.models import Transferencia

_CRIAR = """
CREATE TEMP TABLE IF NOT EXISTS _trocas (
    cliente_id bigint, de bigint, de_equipe bigint, para bigint, para_equipe bigint
) ON COMMIT DROP
"""
# O primeiro dono conhecido vale desde sempre, mesmo que ninguém tenha escrito o período dele.
_PRIMEIRO_DONO = """
INSERT INTO clientes_periododecarteira (cliente_id, vendedor_id, equipe_id, periodo, motivo, criado_em)
SELECT t.cliente_id, t.de, t.de_equipe, daterange(NULL, NULL), '', now() FROM _trocas t
WHERE t.de IS NOT NULL
  AND NOT EXISTS (SELECT FROM clientes_periododecarteira p WHERE p.cliente_id = t.cliente_id)
"""
_ITENS = """
INSERT INTO clientes_itemdetransferencia
       (transferencia_id, cliente_id, de_id, de_equipe_id, para_id, para_equipe_id, periodos_antes, agendamentos)
SELECT %(lote)s, t.cliente_id, t.de, t.de_equipe, t.para, t.para_equipe,
       coalesce((SELECT jsonb_agg(to_jsonb(p) ORDER BY p.periodo) FROM clientes_periododecarteira p
                 WHERE p.cliente_id = t.cliente_id AND p.periodo && daterange(%(em)s, NULL)), '[]'), '{}'
FROM _trocas t
"""
_APAGAR_DEPOIS = """
DELETE FROM clientes_periododecarteira p USING _trocas t
WHERE p.cliente_id = t.cliente_id AND lower(p.periodo) >= %(em)s
"""
_FECHAR = """
UPDATE clientes_periododecarteira p SET periodo = daterange(lower(p.periodo), %(em)s) FROM _trocas t
WHERE p.cliente_id = t.cliente_id AND p.periodo @> %(em)s::date
"""
_ABRIR = """
INSERT INTO clientes_periododecarteira
       (cliente_id, vendedor_id, equipe_id, periodo, por_id, motivo, transferencia_id, criado_em)
SELECT t.cliente_id, t.para, t.para_equipe,
       daterange(CASE WHEN EXISTS (SELECT FROM clientes_periododecarteira p WHERE p.cliente_id = t.cliente_id)
                      THEN %(em)s::date END, NULL),
       %(por)s, %(motivo)s, %(lote)s, now()
FROM _trocas t
"""
# O combinado com o cliente segue para o novo dono; sem dono, para quem gere a equipe ou, na falta, quem trocou.
_PASSAR_AGENDA = """
WITH destinos AS (
    SELECT t.cliente_id, t.de, coalesce(t.para, (
               SELECT min(u.id) FROM contas_equipe_gestores g JOIN contas_usuario u ON u.id = g.usuario_id
               WHERE g.equipe_id = t.para_equipe AND u.is_active AND u.papel = 'gestor'), %(por)s) AS novo
    FROM _trocas t WHERE t.de IS NOT NULL
), movidos AS (
    UPDATE clientes_agendamento a SET responsavel_id = d.novo FROM destinos d
    WHERE a.cliente_id = d.cliente_id AND a.responsavel_id = d.de AND d.novo <> d.de
      AND a.concluido_em IS NULL AND a.cancelado_em IS NULL
    RETURNING a.id, a.cliente_id
)
UPDATE clientes_itemdetransferencia i SET agendamentos = m.ids
FROM (SELECT cliente_id, array_agg(id ORDER BY id) AS ids FROM movidos GROUP BY 1) m
WHERE i.transferencia_id = %(lote)s AND i.cliente_id = m.cliente_id
"""


@dataclass(frozen=True, slots=True)
class Lote:
    """O que se diz uma vez de todas as trocas: desde quando, por quê, por quem e de onde."""

    em: date
    motivo: str
    origem: str
    por_id: int | None = None
    importacao_id: int | None = None


def abrir_trocas(cursor: CursorWrapper) -> None:
    """A tabela da transação, vazia."""
    cursor.execute(_CRIAR)
    cursor.execute("TRUNCATE _trocas")


def gravar_lote(cursor: CursorWrapper, lote: Lote) -> Transferencia | None:
    """Grava as trocas de `_trocas`; sem nenhuma, nada se grava. Quem chama muda o cliente."""
    cursor.execute("SELECT EXISTS (SELECT FROM _trocas)")
    if not cursor.fetchone()[0]:
        return None
    feita = Transferencia.objects.create(
        origem=lote.origem,
        em=lote.em,
        motivo=lote.motivo,
        por_id=lote.por_id,
        importacao_id=lote.importacao_id,
    )
    valores: dict[str, Any] = {"lote": feita.pk, "em": lote.em, "por": lote.por_id, "motivo": lote.motivo}
    for passo in (_PRIMEIRO_DONO, _ITENS, _APAGAR_DEPOIS, _FECHAR, _ABRIR, _PASSAR_AGENDA):
        cursor.execute(passo, valores)
    return feita


# ── Voltar ───────────────────────────────────────────────────────────────────

_VOLTAR_PERIODOS = (
    """
    DELETE FROM clientes_periododecarteira
    WHERE transferencia_id = %(lote)s AND cliente_id = ANY(%(clientes)s)
    """,
    """
    INSERT INTO clientes_periododecarteira
    SELECT r.* FROM clientes_itemdetransferencia i
    CROSS JOIN LATERAL jsonb_populate_recordset(NULL::clientes_periododecarteira, i.periodos_antes) r
    WHERE i.transferencia_id = %(lote)s AND i.cliente_id = ANY(%(clientes)s)
    ON CONFLICT (id) DO UPDATE SET periodo = excluded.periodo
    """,
    """
    UPDATE clientes_cliente c SET vendedor_id = i.de_id, equipe_id = i.de_equipe_id, atualizado_em = now()
    FROM clientes_itemdetransferencia i
    WHERE i.transferencia_id = %(lote)s AND i.cliente_id = c.id AND c.id = ANY(%(clientes)s)
    """,
    """
    UPDATE clientes_agendamento a SET responsavel_id = i.de_id FROM clientes_itemdetransferencia i
    WHERE i.transferencia_id = %(lote)s AND i.cliente_id = ANY(%(clientes)s) AND a.id = ANY(i.agendamentos)
      AND a.concluido_em IS NULL AND a.cancelado_em IS NULL
      AND (i.para_id IS NULL OR a.responsavel_id = i.para_id)
    """,
    """
    UPDATE clientes_itemdetransferencia SET desfeito_em = now()
    WHERE transferencia_id = %(lote)s AND cliente_id = ANY(%(clientes)s)
    """,
)


def voltar(lote: Transferencia, clientes: list[int]) -> None:
    """Devolve estes clientes ao dono, à equipe, aos períodos e aos compromissos de antes do lote."""
    with connection.cursor() as cursor:
        for passo in _VOLTAR_PERIODOS:
            cursor.execute(passo, {"lote": lote.pk, "clientes": clientes})
