"""Como eram as linhas que uma importação muda ou tira: guardadas num comando, para que ela se desfaça.

O que a importação cria não tem versão: sabe-se pelo id dela na própria linha. A carga inicial não guarda nada.
"""

from datetime import datetime, timedelta

from django.db import connection
from django.db.backends.utils import CursorWrapper

from clientes.models import Importacao, VersaoDeLinha

_TABELA = "clientes_versaodelinha"
MUDADAS = "SELECT {existente} FROM _pronto WHERE {existente} IS NOT NULL AND NOT igual"


def guardar(
    cursor: CursorWrapper, tabela: str, importacao_id: int | None, quais: str, *, tiradas: bool = False
) -> None:
    """As linhas de `tabela` com os ids que `quais` seleciona, como estão agora; `tiradas` diz que vão sair.

    As colunas que o banco calcula ficam de fora.
    """
    if importacao_id is None:  # simulação
        return
    fora = colunas_calculadas(cursor, tabela)
    menos = "- %s::text[]" if fora else ""  # sem nenhuma, nada se copia à toa
    cursor.execute(
        f"""INSERT INTO {_TABELA} (importacao_id, tabela, objeto_id, antes, depois)
            SELECT %s, %s, t.id, to_jsonb(t) {menos}, %s::jsonb FROM {tabela} t WHERE t.id IN ({quais})""",
        [importacao_id, tabela, *([fora] if fora else []), "{}" if tiradas else None],
    )


def anotar_depois(cursor: CursorWrapper, tabela: str, importacao_id: int | None) -> None:
    """Do que as pessoas também editam, como a importação deixou cada linha."""
    if importacao_id is None:
        return
    fora = colunas_calculadas(cursor, tabela)
    cursor.execute(
        f"""UPDATE {_TABELA} v SET depois = to_jsonb(t) - %s::text[] FROM {tabela} t
            WHERE v.importacao_id = %s AND v.tabela = %s AND t.id = v.objeto_id""",
        [fora, importacao_id, tabela],
    )


def colunas_calculadas(cursor: CursorWrapper, tabela: str) -> list[str]:
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attgenerated <> ''",
        [tabela],
    )
    return [nome for (nome,) in cursor.fetchall()]


def colunas_gravaveis(cursor: CursorWrapper, tabela: str) -> list[str]:
    cursor.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
        "AND attgenerated = '' AND attname <> 'versao' ORDER BY attnum",  # a versão é do gatilho, que a dá de novo
        [tabela],
    )
    return [nome for (nome,) in cursor.fetchall()]


def esquecer_antigas(*, agora: datetime, dias: int) -> int:
    """Passado o prazo, a importação já não se desfaz."""
    antigas = Importacao.objects.filter(instante__lt=agora - timedelta(days=dias))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT EXISTS (SELECT FROM {_TABELA})")
        if not cursor.fetchone()[0]:
            return 0
    # Sem passar pelo Python linha a linha: podem ser milhões.
    return VersaoDeLinha.objects.filter(importacao__in=antigas)._raw_delete("default")
