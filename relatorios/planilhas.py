"""Planilhas que abrem certas no Excel em português: CSV com `;` e BOM, XLSX com datas e números de verdade.

Texto que começa como fórmula ganha um apóstrofo: um nome vindo de um arquivo nunca vira comando.
"""

import csv
import io
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

# A biblioteca de planilhas pesa quase um segundo: só a carrega quem pede um XLSX, e a partida não espera.
if TYPE_CHECKING:
    from openpyxl import Workbook

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


def _celula_xlsx(aba: Any, valor: Any, tipo: str) -> Any:
    from openpyxl.cell import WriteOnlyCell

    if isinstance(valor, str):
        return neutralizar(valor)
    if isinstance(valor, datetime):
        valor = valor.date()
    if valor is None or tipo not in _FORMATOS:
        return valor
    celula = WriteOnlyCell(aba, value=float(valor) if isinstance(valor, Decimal) else valor)
    celula.number_format = _FORMATOS[tipo]
    return celula


def arquivo_xlsx(colunas: Sequence[Coluna], linhas: Iterable[Sequence[Any]], titulo: str) -> IO[bytes]:
    """Arquivo temporário pronto para ser lido do começo; some quando fechado."""
    from openpyxl import Workbook

    livro = Workbook(write_only=True)
    aba = _nova_aba(livro, colunas, titulo)
    for numero, linha in enumerate(linhas):
        if numero and numero % LINHAS_POR_ABA == 0:
            aba = _nova_aba(livro, colunas, f"{titulo} {numero // LINHAS_POR_ABA + 1}")
        aba.append([_celula_xlsx(aba, v, c.tipo) for v, c in zip(linha, colunas, strict=True)])
    destino = tempfile.TemporaryFile(suffix=".xlsx")  # noqa: SIM115 - quem recebe fecha
    livro.save(destino)
    destino.seek(0)
    return destino


def _nova_aba(livro: "Workbook", colunas: Sequence[Coluna], titulo: str) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    aba = livro.create_sheet(titulo[:31])
    aba.freeze_panes = "A2"
    for indice, coluna in enumerate(colunas):
        aba.column_dimensions[_letra(indice)].width = coluna.largura
    cabecalho = []
    for coluna in colunas:
        celula = WriteOnlyCell(aba, value=neutralizar(coluna.titulo))
        celula.font = Font(bold=True)
        cabecalho.append(celula)
    aba.append(cabecalho)
    return aba


def _letra(indice: int) -> str:
    resto, letras = indice, ""
    while resto >= 0:
        letras = chr(ord("A") + resto % 26) + letras
        resto = resto // 26 - 1
    return letras
