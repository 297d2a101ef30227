"""O arquivo de rejeitadas: as linhas como vieram, com o motivo ao lado, prontas para corrigir e reenviar."""

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from django.db import connection

from clientes.importacao.campos import cru
from clientes.importacao.leitura import Linha, Reconhecer, abrir
from clientes.importacao.resultado import LIMITE_DE_REJEICOES, Rejeicao
from clientes.importacao.valores import MARCA_DE_NUMERO

COLUNAS_EXTRAS = ("carteira_linha", "carteira_coluna", "carteira_motivo")
_LOTE = 5000
_PERIGOSO = re.compile(r"'*[=+\-@\t\r\n]")


def neutralizar(texto: str) -> str:
    """Impede que a planilha execute a célula; a leitura tira o ' de volta (também de quem já o trazia)."""
    return f"'{texto}" if _PERIGOSO.match(texto) else texto


def contar() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM _erros")
        return int(cursor.fetchone()[0])


def ler_rejeicoes(limite: int = LIMITE_DE_REJEICOES) -> tuple[Rejeicao, ...]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT linha, coalesce(coluna, ''), coalesce(valor, ''), motivo FROM _erros ORDER BY linha LIMIT %s",
            [limite],
        )
        return tuple(Rejeicao(*linha) for linha in cursor.fetchall())


def _em_ordem() -> Iterator[tuple[int, str, str]]:
    """Todas as rejeições em lotes: nenhuma lista do tamanho do arquivo."""
    ultima = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT linha, coalesce(coluna, ''), motivo FROM _erros WHERE linha > %s ORDER BY linha LIMIT %s",
                [ultima, _LOTE],
            )
            linhas = cursor.fetchall()
        if not linhas:
            return
        yield from linhas
        ultima = linhas[-1][0]


def escrever(origem: Path, destino: Path, reconhecer: Reconhecer) -> None:
    """Relê o arquivo e copia só as linhas rejeitadas, num par de fluxos ordenados pela linha."""
    with abrir(origem, reconhecer) as tabela, destino.open("w", encoding="utf-8-sig", newline="") as arquivo:
        escritor = csv.writer(arquivo, delimiter=";")
        escritor.writerow([*map(neutralizar, tabela.cabecalho), *COLUNAS_EXTRAS])
        _copiar(tabela.linhas, escritor.writerow, len(tabela.cabecalho))


def _como_veio(celula: str) -> str:
    """O número de planilha sai com vírgula: com ponto, 12.345 voltaria como doze mil."""
    escrita = cru(celula).replace("\x00", "␀")
    return neutralizar(escrita.replace(".", ",") if celula.startswith(MARCA_DE_NUMERO) else escrita)


def _copiar(linhas: Iterator[Linha], escrever_linha: Callable[[list[object]], object], colunas: int) -> None:
    linhas_do_arquivo = iter(linhas)
    for numero, coluna, motivo in _em_ordem():
        for linha in linhas_do_arquivo:
            if linha.numero == numero:
                celulas = [_como_veio(c) for c in linha.celulas[:colunas]]
                celulas += [""] * (colunas - len(celulas))
                escrever_linha([*celulas, numero, coluna, motivo])
                break
