"""O que só se sabe com o arquivo inteiro na área de carga: formato dos números, datas trocadas, repetições."""

from django.db import connection
from django.db.backends.utils import CursorWrapper

from clientes.importacao.datas import COLUNA_MES_DIA
from clientes.importacao.staging import Carga
from clientes.importacao.valores import PONTO, VIRGULA, Decisao, decidir, motivo_da_recusa

Decisoes = dict[str, Decisao]
_LOTE = 5000


def decidir_numeros(carga: Carga, imposta: str | None) -> Decisoes:
    """Escolhe a convenção de cada coluna e rejeita as células que não cabem nela."""
    decisoes = {}
    with connection.cursor() as cursor:
        for campo in carga.numeros:
            decisao = decidir(campo, carga.numeros, imposta)
            carga.avisos.dizer(decisao.aviso)
            _recusar_fora_da_convencao(cursor, carga, campo, decisao)
            decisoes[campo] = decisao
    return decisoes


def coluna_do_numero(campo: str, decisao: Decisao) -> str:
    return f"{campo}_{'v' if decisao.convencao == VIRGULA else 'p'}"


def _recusar_fora_da_convencao(cursor: CursorWrapper, carga: Carga, campo: str, decisao: Decisao) -> None:
    """Poucas células: o motivo de cada uma é dito em Python, em lotes."""
    escolhida = coluna_do_numero(campo, decisao)
    ambiguas = f"OR {campo}_a IS NOT NULL" if decisao.contraditoria else ""
    ultima = 0
    while True:
        cursor.execute(
            f"SELECT linha, {campo}_t FROM _carga WHERE linha > %s AND {campo}_t IS NOT NULL "
            f"AND ({escolhida} IS NULL {ambiguas}) ORDER BY linha LIMIT {_LOTE}",
            [ultima],
        )
        linhas = cursor.fetchall()
        if not linhas:
            return
        casas = carga.numeros[campo].casas
        rejeitar(
            cursor, [(n, carga.rotulos[campo], t, motivo_da_recusa(t, decisao, casas)) for n, t in linhas]
        )
        ultima = linhas[-1][0]


def rejeitar(cursor: CursorWrapper, rejeicoes: list[tuple[int, str, str, str]]) -> None:
    cursor.execute(
        "INSERT INTO _erros SELECT * FROM unnest(%s::int[], %s::text[], %s::text[], %s::text[]) ON CONFLICT DO NOTHING",
        [list(coluna) for coluna in zip(*rejeicoes, strict=True)],
    )


def recusar_datas_trocadas(carga: Carga) -> None:
    """Numa coluna em mês/dia, 03/04 também está trocado, embora caiba nos dois modos."""
    with connection.cursor() as cursor:
        for campo, indicios in carga.datas.items():
            if indicios.parece_mes_dia:
                cursor.execute(
                    f"INSERT INTO _erros SELECT linha, %s, {campo}_t, %s FROM _carga WHERE {campo}_t IS NOT NULL "
                    "ON CONFLICT DO NOTHING",
                    [carga.rotulos[campo], COLUNA_MES_DIA],
                )


def recusar_negativos(
    carga: Carga, decisoes: Decisoes, campo: str, motivo: str, quando: str = "true"
) -> None:
    valor = coluna_do_numero(campo, decisoes[campo])
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO _erros SELECT linha, %s, coalesce({campo}_t, {valor}::text), %s FROM _carga "
            f"WHERE {valor} < 0 AND {quando} ON CONFLICT DO NOTHING",
            [carga.rotulos[campo], motivo],
        )


def tirar_recusadas(cursor: CursorWrapper) -> None:
    """Fora de `_pronto` o que se recusou depois de pronto."""
    cursor.execute("DELETE FROM _pronto p USING _erros e WHERE e.linha = p.linha")
    cursor.execute("ANALYZE _pronto")


def separar_repetidas(
    carga: Carga, chave: str, nome: str, decisoes: Decisoes, campo: str | None = None
) -> None:
    """A mesma chave de novo (`nome` o diz: "código repetido"): idêntica só avisa; diferente é recusada, citando a primeira linha.

    `campo` é o que a pessoa vê, quando a chave é montada de mais de um.
    """
    campo = campo or chave
    # 100 e 100,00 são o mesmo valor: dos números compara-se só a leitura escolhida.
    auxiliares = {f"{campo}_{sufixo}" for campo in decisoes for sufixo in "vpta"}
    comparadas = [c for c in carga.colunas if c not in auxiliares and not c.endswith("_t")]
    comparadas += [coluna_do_numero(campo, decisao) for campo, decisao in decisoes.items()]
    iguais = f"({', '.join('s.' + c for c in comparadas)}) IS NOT DISTINCT FROM ({', '.join('f.' + c for c in comparadas)})"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""CREATE TEMP TABLE _duplas ON COMMIT DROP AS
                SELECT empresa_id, {chave} AS chave, min(linha) AS primeira FROM _carga
                WHERE {chave} IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1"""
        )
        cursor.execute("SELECT EXISTS (SELECT FROM _duplas)")
        if cursor.fetchone()[0]:
            _julgar_duplas(cursor, carga, chave, campo, nome, iguais)
        cursor.execute("DROP TABLE _duplas")


def _julgar_duplas(
    cursor: CursorWrapper, carga: Carga, chave: str, campo: str, nome: str, iguais: str
) -> None:
    cursor.execute(
        f"""CREATE TEMP TABLE _julgadas ON COMMIT DROP AS
            SELECT s.linha, d.primeira, s.{campo}::text AS valor, {iguais} AS igual
            FROM _carga s JOIN _duplas d ON d.empresa_id = s.empresa_id AND d.chave = s.{chave}
            JOIN _carga f ON f.linha = d.primeira WHERE s.linha > d.primeira"""
    )
    cursor.execute("INSERT INTO _repetidas SELECT linha, primeira FROM _julgadas WHERE igual")
    cursor.execute(
        """INSERT INTO _erros SELECT linha, %s, valor, format(%s, primeira) FROM _julgadas WHERE NOT igual
           ON CONFLICT DO NOTHING""",
        [carga.rotulo(campo), f"{nome}: já está na linha %s com outros dados; deixe um só"],
    )
    cursor.execute("SELECT count(*), min(linha), min(primeira) FROM _repetidas")
    vezes, linha, primeira = cursor.fetchone()
    if vezes:
        carga.avisos.contar(
            linha, carga.rotulo(campo), f"linha idêntica à linha {primeira}, contada uma vez", vezes=vezes
        )
    cursor.execute("DROP TABLE _julgadas")


def repetidas_seguem_a_primeira() -> None:
    """Uma linha idêntica a outra rejeitada também é rejeitada."""
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO _erros SELECT r.linha, e.coluna, e.valor, e.motivo FROM _repetidas r
               JOIN _erros e ON e.linha = r.primeira ON CONFLICT DO NOTHING"""
        )
        cursor.execute("DELETE FROM _repetidas r USING _erros e WHERE e.linha = r.linha")


__all__ = [
    "PONTO", "VIRGULA", "Decisoes", "coluna_do_numero", "decidir_numeros", "recusar_datas_trocadas",
    "recusar_negativos", "rejeitar", "repetidas_seguem_a_primeira", "separar_repetidas", "tirar_recusadas",
]  # fmt: skip
