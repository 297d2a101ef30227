"""A troca de dono que um arquivo de clientes traz: os períodos de carteira andam em conjunto."""

from datetime import date

from django.db.backends.utils import CursorWrapper


def trocar_donos(cursor: CursorWrapper, por_id: int | None, hoje: date) -> None:
    """Fecha o período do dono anterior na véspera e abre o do novo, que já é dono no dia da troca."""
    cursor.execute(
        """CREATE TEMP TABLE _trocas ON COMMIT DROP AS
           SELECT c.id AS cliente_id, c.vendedor_id AS de, c.equipe_id AS de_equipe, n.novo_vendedor_id AS para,
                  n.novo_equipe_id AS para_equipe
           FROM _pronto n JOIN clientes_cliente c ON c.id = n.cliente_id
           WHERE n.mudou_vendedor AND n.dono_do_erp AND n.novo_vendedor_id IS DISTINCT FROM c.vendedor_id"""
    )
    # O primeiro dono conhecido vale desde sempre, mesmo que ninguém tenha escrito o período dele.
    cursor.execute(
        """INSERT INTO clientes_periododecarteira (cliente_id, vendedor_id, equipe_id, periodo, por_id, motivo, criado_em)
           SELECT t.cliente_id, t.de, t.de_equipe, daterange(NULL, NULL), %s, 'importação', now() FROM _trocas t
           WHERE t.de IS NOT NULL
             AND NOT EXISTS (SELECT FROM clientes_periododecarteira p WHERE p.cliente_id = t.cliente_id)""",
        [por_id],
    )
    cursor.execute(
        """DELETE FROM clientes_periododecarteira p USING _trocas t
           WHERE p.cliente_id = t.cliente_id AND upper_inf(p.periodo) AND lower(p.periodo) >= %s""",
        [hoje],
    )
    cursor.execute(
        """UPDATE clientes_periododecarteira p SET periodo = daterange(lower(p.periodo), %s) FROM _trocas t
           WHERE p.cliente_id = t.cliente_id AND upper_inf(p.periodo)""",
        [hoje],
    )
    cursor.execute(
        """INSERT INTO clientes_periododecarteira (cliente_id, vendedor_id, equipe_id, periodo, por_id, motivo, criado_em)
           SELECT t.cliente_id, t.para, t.para_equipe,
                  daterange(CASE WHEN EXISTS (SELECT FROM clientes_periododecarteira p WHERE p.cliente_id = t.cliente_id)
                                 THEN %s::date END, NULL),
                  %s, 'importação', now() FROM _trocas t""",
        [hoje, por_id],
    )
    cursor.execute("DROP TABLE _trocas")
