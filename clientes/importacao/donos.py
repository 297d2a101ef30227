"""A troca de dono que um arquivo de clientes traz: um lote como os outros, que também se desfaz."""

from datetime import date

from django.db.backends.utils import CursorWrapper

from clientes.lotes import Lote, abrir_trocas, gravar_lote
from clientes.models import OrigemDaTroca


def trocar_donos(cursor: CursorWrapper, importacao_id: int | None, por_id: int | None, hoje: date) -> None:
    """O dia da importação já é do novo dono."""
    abrir_trocas(cursor)
    cursor.execute(
        """INSERT INTO _trocas
           SELECT c.id, c.vendedor_id, c.equipe_id, n.novo_vendedor_id, n.novo_equipe_id
           FROM _pronto n JOIN clientes_cliente c ON c.id = n.cliente_id
           WHERE n.mudou_vendedor AND n.dono_do_erp AND n.novo_vendedor_id IS DISTINCT FROM c.vendedor_id"""
    )
    gravar_lote(cursor, Lote(hoje, "importação", OrigemDaTroca.IMPORTACAO, por_id, importacao_id))
