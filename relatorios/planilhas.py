"""Planilhas que abrem certas no Excel em português: CSV com `;` e BOM, XLSX com datas e números de verdade.

Texto que começa como fórmula ganha um apóstrofo: um nome vindo de um arquivo nunca vira comando.
"""

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice
from typing import IO, Any

from relatorios import xlsx

BOM = "\ufeff"
LINHAS_POR_ABA = 1_000_000  # o Excel para em 1.048.576
_PROIBIDOS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # o XML das planilhas não os admite
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")
_LOTE = 500
_FORMATOS = {
    "data": "DD/MM/YYYY",
    "moeda": '"R$" #,##0.00',
    "decimal": "#,##0.0",
    "decimal2": "#,##0.00",
    "inteiro": "#,##0",
    "porcento": '#,##0.00"%"',
}


@dataclass(frozen=True, slots=True)
class Coluna:
    """`tipo`: texto, data, moeda, decimal, decimal2, porcento (em pontos) ou inteiro; manda no formato da célula."""

    titulo: str
    tipo: str = "texto"
    largura: int = 16


def neutralizar(texto: str) -> str:
    """Tira caracteres que planilhas recusam e desarma o que começa como fórmula."""
    limpo = _PROIBIDOS.sub("", texto)
    return f"'{limpo}" if limpo.startswith(_FORMULAS) else limpo


def _celula_csv(valor: Any) -> str:
    if valor is None:
        return ""
    if isinstance(valor, str):
        return neutralizar(valor)
    if isinstance(valor, date):
        return valor.strftime("%d/%m/%Y")
    return str(valor).replace(".", ",")


def partes_csv(colunas: Sequence[Coluna], linhas: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """O arquivo em pedaços: a memória não cresce com a carteira."""
    memoria = io.StringIO()
    escritor = csv.writer(memoria, delimiter=";", lineterminator="\r\n")
    memoria.write(BOM)
    escritor.writerow([neutralizar(c.titulo) for c in colunas])
    for numero, linha in enumerate(linhas, 1):
        escritor.writerow([_celula_csv(valor) for valor in linha])
        if numero % _LOTE == 0:
            yield _esvaziar(memoria)
    yield _esvaziar(memoria)


def _esvaziar(memoria: io.StringIO) -> bytes:
    pedaco = memoria.getvalue().encode()
    memoria.seek(0)
    memoria.truncate()
    return pedaco


_ESTILOS = {tipo: n for n, tipo in enumerate(_FORMATOS, xlsx.NEGRITO + 1)}


def _celula_xlsx(valor: Any, tipo: str) -> tuple[Any, int]:
    if isinstance(valor, str):
        return neutralizar(valor), 0
    if isinstance(valor, date):
        return valor, _ESTILOS["data"]
    return valor, _ESTILOS.get(tipo, 0)


def arquivo_xlsx(colunas: Sequence[Coluna], linhas: Iterable[Sequence[Any]], titulo: str) -> IO[bytes]:
    """Arquivo temporário pronto para ser lido do começo; some quando fechado."""
    destino = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 - quem recebe fecha
    livro = xlsx.Livro(destino, list(_FORMATOS.values()))
    titulos, larguras = [neutralizar(c.titulo) for c in colunas], [c.largura for c in colunas]
    tipos = [c.tipo for c in colunas]
    celulas = (
        [_celula_xlsx(valor, tipo) for valor, tipo in zip(linha, tipos, strict=True)] for linha in linhas
    )
    cabe = True
    while cabe:
        aba = islice(celulas, LINHAS_POR_ABA)
        primeira = next(aba, None)
        if primeira is not None or not livro.abas:
            livro.aba(titulo, titulos, larguras, aba if primeira is None else chain([primeira], aba))
        cabe = primeira is not None
    livro.fechar()
    destino.seek(0)
    return destino
