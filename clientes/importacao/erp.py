"""A regra "ERP ou Carteira": um campo mudado aqui só cede quando o valor do próprio ERP muda.

A coluna `erp` guarda o último valor visto de cada campo; o que vale o mesmo que nada ter dito guarda-se vazio.
"""

from collections.abc import Mapping

from django.db.backends.utils import CursorWrapper

from clientes.importacao.staging import Carga


def texto_do_erp(novo: str, ausente: str = "") -> str:
    """O SQL do texto que representa o valor do ERP."""
    return f"coalesce(nullif(({novo})::text, '{ausente}'), '')"


def mudou_no_erp(tabela: str, chave: str, texto: str) -> str:
    return f"coalesce({tabela}.erp->>'{chave}', '') <> {texto}"


def contar_conflitos(
    cursor: CursorWrapper,
    tabela: str,
    *,
    coluna: str,
    chave: str,
    ausente: str,
    existente: str,
    novo: str,
    exemplo: str,
    vence_o_erp: str = "true",
) -> tuple[int, list[str], bool]:
    """(quantos, três exemplos, se fica o do ERP) do que mudou dos dois lados, e não para o mesmo valor."""
    cursor.execute(
        f"""SELECT count(*), (array_agg(c.{exemplo} ORDER BY n.linha))[1:3], bool_and({vence_o_erp})
            FROM _pronto n JOIN {tabela} c ON c.id = n.{existente}
            WHERE n.mudou_{chave} AND c.erp ? '{chave}'
              AND coalesce(nullif(c.{coluna}::text, '{ausente}'), '') <> coalesce(c.erp->>'{chave}', '')
              AND c.{coluna} IS DISTINCT FROM n.{novo}"""
    )
    return cursor.fetchone()


def avisar_conflitos(
    cursor: CursorWrapper,
    carga: Carga,
    tabela: str,
    ausentes: Mapping[str, str],
    *,
    de_quem: str,
    exemplo: str,
) -> None:
    """Diz, de cada coluna que o arquivo governa (e o que nela é nada ter dito), onde o ERP venceu o que se mudou aqui."""
    for coluna, ausente in ausentes.items():
        quantos, exemplos, _ = contar_conflitos(
            cursor, tabela, coluna=coluna, chave=coluna, ausente=ausente,
            existente="fato_id", novo=coluna, exemplo=exemplo,
        )  # fmt: skip
        if quantos:
            carga.avisos.dizer(
                f"conflito em {coluna}: mudado no Carteira e no ERP em {quantos} {de_quem}, ficou o do ERP"
                f" ({', '.join(exemplos)})"
            )
