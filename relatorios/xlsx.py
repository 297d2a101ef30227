"""O XLSX escrito linha a linha: só as peças que uma tabela usa, e a memória de uma linha.

Texto vai dentro da célula, nunca como fórmula; datas e números são de verdade, com o formato da coluna.
"""

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from html import escape
from typing import IO, Any

_DIA_ZERO = date(1899, 12, 30)  # o dia 0 do Excel, com o 29 de fevereiro que 1900 não teve
_LINHAS_POR_VEZ = 200
_FORA_DO_NOME = re.compile(r"[\[\]:*?/\\]")
_MAIOR_NOME = 31
_MAIOR_TEXTO = 32_767  # o Excel recusa o arquivo com mais
_CABECA = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PLANILHA = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_ELOS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACOTE = "http://schemas.openxmlformats.org/package/2006"
_TIPO = "application/vnd.openxmlformats-officedocument.spreadsheetml"
NEGRITO = 1  # os formatos vêm depois dele


class Livro:
    """Abre-se sobre um arquivo; cada aba se escreve inteira antes da seguinte."""

    def __init__(self, saida: IO[bytes], formatos: Sequence[str]) -> None:
        self._pacote = zipfile.ZipFile(saida, "w", zipfile.ZIP_DEFLATED)
        self._formatos, self.abas = formatos, list[str]()

    def aba(
        self,
        nome: str,
        titulos: Sequence[str],
        larguras: Sequence[int],
        linhas: Iterable[Sequence[tuple[Any, int]]],
    ) -> None:
        """`linhas` traz pares de valor e estilo: 0 para nenhum, `NEGRITO`, ou a posição do formato + 2."""
        self.abas.append(self._livre(nome))
        with self._pacote.open(f"xl/worksheets/sheet{len(self.abas)}.xml", "w", force_zip64=True) as folha:
            for pedaco in _folha(titulos, larguras, linhas):
                folha.write(pedaco.encode())

    def _livre(self, nome: str) -> str:
        limpo = _FORA_DO_NOME.sub(" ", nome)[:_MAIOR_NOME].strip("' ") or "Planilha"
        numero = f" {len(self.abas) + 1}" if limpo in self.abas else ""
        return limpo[: _MAIOR_NOME - len(numero)] + numero

    def fechar(self) -> None:
        for onde, texto in _pecas(self.abas, self._formatos):
            self._pacote.writestr(onde, _CABECA + texto)
        self._pacote.close()


def _folha(
    titulos: Sequence[str], larguras: Sequence[int], linhas: Iterable[Sequence[tuple[Any, int]]]
) -> Iterator[str]:
    letras = [letra(n) for n in range(len(titulos))]
    colunas = "".join(
        f'<col min="{n}" max="{n}" width="{largura}" customWidth="1"/>'
        for n, largura in enumerate(larguras, 1)
    )
    yield (
        f'{_CABECA}<worksheet xmlns="{_PLANILHA}"><sheetViews><sheetView workbookViewId="0">'
        '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        f"<cols>{colunas}</cols><sheetData>" + _linha(1, letras, [(titulo, NEGRITO) for titulo in titulos])
    )
    juntas: list[str] = []
    for numero, linha in enumerate(linhas, 2):
        juntas.append(_linha(numero, letras, linha))
        if len(juntas) == _LINHAS_POR_VEZ:
            yield "".join(juntas)
            juntas.clear()
    yield "".join(juntas) + "</sheetData></worksheet>"


def _linha(numero: int, letras: Sequence[str], celulas: Sequence[tuple[Any, int]]) -> str:
    escritas = [
        _celula(f"{coluna}{numero}", valor, estilo)
        for coluna, (valor, estilo) in zip(letras, celulas, strict=True)
        if valor is not None and valor != ""
    ]
    return f'<row r="{numero}">{"".join(escritas)}</row>'


def _celula(onde: str, valor: Any, estilo: int) -> str:
    s = f' s="{estilo}"' if estilo else ""
    if isinstance(valor, bool):
        return f'<c r="{onde}"{s} t="b"><v>{int(valor)}</v></c>'
    if isinstance(valor, int | float | Decimal):
        return f'<c r="{onde}"{s}><v>{valor}</v></c>'
    if isinstance(valor, date):
        dia = valor.date() if isinstance(valor, datetime) else valor
        return f'<c r="{onde}"{s}><v>{(dia - _DIA_ZERO).days}</v></c>'
    texto = escape(str(valor)[:_MAIOR_TEXTO], quote=False)
    return f'<c r="{onde}"{s} t="inlineStr"><is><t xml:space="preserve">{texto}</t></is></c>'


def letra(indice: int) -> str:
    """A, B… Z, AA, AB…"""
    resto, letras = indice, ""
    while resto >= 0:
        letras = chr(ord("A") + resto % 26) + letras
        resto = resto // 26 - 1
    return letras


def _pecas(abas: Sequence[str], formatos: Sequence[str]) -> Iterator[tuple[str, str]]:
    """O que o pacote diz de si: os tipos, os elos, o livro e os estilos."""
    numeros = range(1, len(abas) + 1)
    tipos = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{_TIPO}.worksheet+xml"/>'
        for n in numeros
    )
    yield (
        "[Content_Types].xml",
        f'<Types xmlns="{_PACOTE}/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_TIPO}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_TIPO}.styles+xml"/>{tipos}</Types>',
    )
    yield "_rels/.rels", _elos([("rId1", "officeDocument", "xl/workbook.xml")])
    das_abas = [(f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numeros]
    yield "xl/_rels/workbook.xml.rels", _elos([*das_abas, (f"rId{len(abas) + 1}", "styles", "styles.xml")])
    nomes = "".join(
        f'<sheet name="{escape(nome)}" sheetId="{n}" r:id="rId{n}"/>' for n, nome in enumerate(abas, 1)
    )
    yield (
        "xl/workbook.xml",
        f'<workbook xmlns="{_PLANILHA}" xmlns:r="{_ELOS}"><sheets>{nomes}</sheets></workbook>',
    )
    yield "xl/styles.xml", _estilos(formatos)


def _elos(elos: Iterable[tuple[str, str, str]]) -> str:
    escritos = "".join(
        f'<Relationship Id="{nome}" Type="{_ELOS}/{tipo}" Target="{alvo}"/>' for nome, tipo, alvo in elos
    )
    return f'<Relationships xmlns="{_PACOTE}/relationships">{escritos}</Relationships>'


def _estilos(formatos: Sequence[str]) -> str:
    proprios = "".join(
        f'<numFmt numFmtId="{n}" formatCode="{escape(formato)}"/>' for n, formato in enumerate(formatos, 164)
    )
    usos = "".join(
        f'<xf numFmtId="{n}" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        for n in range(164, 164 + len(formatos))
    )
    letra_comum = '<sz val="11"/><name val="Calibri"/><family val="2"/>'
    return (
        f'<styleSheet xmlns="{_PLANILHA}"><numFmts count="{len(formatos)}">{proprios}</numFmts>'
        f'<fonts count="2"><font>{letra_comum}</font><font><b/>{letra_comum}</font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        f'<cellXfs count="{len(formatos) + 2}"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        f'<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>{usos}</cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    )
