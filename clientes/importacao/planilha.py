"""Leitura de XLSX em fluxo: linha a linha, memória limitada, sem entidades nem bombas.

Leitor próprio sobre expat porque é preciso distinguir o que as bibliotecas juntam: fórmula nunca
calculada de célula vazia, número de texto, data de verdade de número com cara de data.
"""

import posixpath
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from pathlib import Path
from xml.parsers import expat

from clientes.importacao.datas import MARCA_DE_DATA
from clientes.importacao.recusa import ArquivoRecusado
from clientes.importacao.valores import MARCA_DE_NUMERO

MARCA_DE_ERRO = "\x03"  # célula com erro de fórmula, ou fórmula que ninguém calculou
TAMANHO_ABERTO_MAXIMO = 2 << 30
TEXTOS_MAXIMO = 256 << 20
RAZAO_MAXIMA = 200
_RAZAO_A_PARTIR_DE = 16 << 20
COLUNAS_MAXIMO = 900  # um formulário leva mil campos, e cada coluna é um
LINHAS_MAXIMO = 1 << 20  # as de uma planilha do Excel
_CELULA_MAXIMA = 1 << 20  # caracteres; a do Excel não passa de 32.767
_ESCAPADO = re.compile("_x([0-9A-Fa-f]{4})_")
_LETRAS = re.compile("[A-Z]+")
_CORROMPIDA = "A planilha está corrompida ou incompleta: abra no Excel, salve como .xlsx e envie de novo."


def _desescapar(texto: str) -> str:
    """O Excel escreve "_x000D_" por um controle que o XML não leva; aqui ele vira espaço, não lixo no nome."""

    def trocar(achado: re.Match[str]) -> str:
        ponto = int(achado[1], 16)
        return " " if ponto < 32 else achado[0] if 0xD800 <= ponto < 0xE000 else chr(ponto)

    return _ESCAPADO.sub(trocar, texto) if "_x" in texto else texto


def _proibir(*_: object) -> None:
    raise ArquivoRecusado(
        "A planilha traz entidades XML, que uma planilha de verdade não tem: salve como .xlsx no Excel."
    )


class _Ouvinte:
    """Percorre um XML do pacote; as filhas dizem o que fazer com cada etiqueta."""

    def __init__(self) -> None:
        self.analisador = expat.ParserCreate()
        self.analisador.buffer_text = True
        self.analisador.StartElementHandler = lambda nome, atributos: self.abre(
            nome.rpartition(":")[2], atributos
        )
        self.analisador.EndElementHandler = lambda nome: self.fecha(nome.rpartition(":")[2])
        self.analisador.CharacterDataHandler = self.texto
        self.analisador.StartDoctypeDeclHandler = _proibir
        self.analisador.EntityDeclHandler = _proibir

    def abre(self, nome: str, atributos: dict[str, str]) -> None: ...
    def fecha(self, nome: str) -> None: ...
    def texto(self, texto: str) -> None: ...

    def ler(self, pacote: zipfile.ZipFile, parte: str) -> "_Ouvinte":
        for _ in self.blocos(pacote, parte):
            pass
        return self

    def blocos(self, pacote: zipfile.ZipFile, parte: str) -> Iterator[None]:
        try:
            with pacote.open(parte) as arquivo:
                while bloco := arquivo.read(1 << 16):
                    self.analisador.Parse(bloco, False)
                    yield
                self.analisador.Parse(b"", True)
                yield
        except (
            expat.ExpatError,
            zipfile.BadZipFile,
            zlib.error,
            struct.error,
            LookupError,
            EOFError,
            OSError,
            NotImplementedError,
            ValueError,
        ) as erro:
            raise ArquivoRecusado(_CORROMPIDA) from erro
        except RuntimeError as erro:  # o zipfile avisa assim que a parte está cifrada
            raise ArquivoRecusado(
                "A planilha está protegida por senha: tire a senha e envie de novo."
            ) from erro


class _Etiquetas(_Ouvinte):
    """Guarda os atributos das etiquetas pedidas (partes pequenas do pacote)."""

    def __init__(self, *nomes: str) -> None:
        super().__init__()
        self.achadas: list[tuple[str, dict[str, str]]] = []
        self.nomes = nomes

    def abre(self, nome: str, atributos: dict[str, str]) -> None:
        if nome in self.nomes:
            self.achadas.append((nome, {k.rpartition(":")[2]: v for k, v in atributos.items()}))


class _Textos(_Ouvinte):
    """Tabela de textos compartilhados; o furigana (rPh) não é texto da célula."""

    def __init__(self) -> None:
        super().__init__()
        self.textos: list[str] = []
        self._partes: list[str] | None = None
        self._dentro_de_t = self._furigana = False

    def abre(self, nome: str, atributos: dict[str, str]) -> None:
        if nome == "si":
            self._partes = []
        self._furigana = self._furigana or nome == "rPh"
        self._dentro_de_t = nome == "t"

    def fecha(self, nome: str) -> None:
        if nome == "si":
            self.textos.append(_desescapar("".join(self._partes or ())))
        if nome == "rPh":
            self._furigana = False
        self._dentro_de_t = False

    def texto(self, texto: str) -> None:
        if self._dentro_de_t and not self._furigana and self._partes is not None:
            self._partes.append(texto)


class _Formatos(_Ouvinte):
    """Quais estilos de célula mostram datas, e quais completam com zeros à esquerda (000000)."""

    def __init__(self) -> None:
        super().__init__()
        self.datas: list[bool] = []
        self.larguras: list[int] = []
        self._proprios: dict[str, str] = {}
        self._em_xfs = False

    def abre(self, nome: str, atributos: dict[str, str]) -> None:
        if nome == "numFmt":
            self._proprios[atributos.get("numFmtId", "")] = atributos.get("formatCode", "")
        elif nome == "cellXfs":
            self._em_xfs = True
        elif nome == "xf" and self._em_xfs:
            formato = atributos.get("numFmtId", "0")
            self.datas.append(self._e_data(formato))
            codigo = self._proprios.get(formato, "")
            self.larguras.append(len(codigo) if codigo and not codigo.strip("0") else 0)

    def fecha(self, nome: str) -> None:
        if nome == "cellXfs":
            self._em_xfs = False

    def _e_data(self, formato: str) -> bool:
        codigo = self._proprios.get(formato)
        if codigo is None:
            numero = int(formato) if formato.isdigit() else 0
            return 14 <= numero <= 22 or 27 <= numero <= 36 or 45 <= numero <= 47 or 50 <= numero <= 58
        from openpyxl.styles.numbers import is_date_format  # pesa na partida; só quem lê um XLSX o paga

        return bool(is_date_format(codigo))


class _Folha(_Ouvinte):
    """As linhas de uma planilha, entregues à medida que chegam."""

    def __init__(self, textos: list[str], datas: list[bool], larguras: list[int], base: date) -> None:
        super().__init__()
        self.prontas: list[tuple[int, list[str]]] = []
        self._textos, self._datas, self._larguras, self._base = textos, datas, larguras, base
        self._linha, self._celulas = 0, [""]
        self._coluna = -1
        self._tipo = self._estilo = ""
        self._guardar = self._formula = self._furigana = False
        self._partes: list[str] = []
        self._tamanho = 0

    def abre(self, nome: str, atributos: dict[str, str]) -> None:
        if nome == "c":
            self._tipo, self._estilo = atributos.get("t", "n"), atributos.get("s", "")
            self._coluna = _indice_da_coluna(atributos.get("r", ""), self._coluna + 1)
            self._partes, self._tamanho, self._formula = [], 0, False
        elif nome == "row":
            self._linha = _numero_da_linha(atributos.get("r", ""), self._linha)
            self._celulas, self._coluna = [], -1
        elif nome == "f":
            self._formula = True
        elif nome == "rPh":
            self._furigana = True
        self._guardar = nome in {"v", "t"} and not self._furigana

    def texto(self, texto: str) -> None:
        if self._guardar:
            self._partes.append(texto)
            self._tamanho += len(texto)
            if self._tamanho > _CELULA_MAXIMA:
                raise ArquivoRecusado(
                    f"A linha {self._linha} tem uma célula enorme, que não cabe numa planilha: confira e envie de novo."
                )

    def fecha(self, nome: str) -> None:
        self._guardar = False
        if nome == "rPh":
            self._furigana = False
        elif nome == "c":
            self._guardar_celula(self._valor())
        elif nome == "row" and any(self._celulas):
            self.prontas.append((self._linha, self._celulas))

    def _guardar_celula(self, valor: str) -> None:
        if not valor:
            return
        if self._coluna >= COLUNAS_MAXIMO:
            raise ArquivoRecusado(
                f"A planilha tem mais de {COLUNAS_MAXIMO} colunas: deixe só as que interessam."
            )
        faltam = self._coluna + 1 - len(self._celulas)
        if faltam > 0:
            self._celulas.extend([""] * faltam)
        elif self._celulas[self._coluna]:
            raise ArquivoRecusado(_CORROMPIDA)  # a mesma célula duas vezes: qual valeria?
        self._celulas[self._coluna] = valor

    def _valor(self) -> str:
        bruto = "".join(self._partes)
        if self._formula and not bruto and self._tipo != "str":
            return MARCA_DE_ERRO + "fórmula sem resultado"
        if self._tipo == "s" and bruto:
            return (
                self._textos[int(bruto)]
                if bruto.isdigit() and int(bruto) < len(self._textos)
                else MARCA_DE_ERRO + bruto
            )
        if self._tipo in {"str", "inlineStr"} or not bruto:
            return _desescapar(bruto)
        if self._tipo == "e":
            return MARCA_DE_ERRO + bruto
        if self._tipo == "b":
            return "sim" if bruto == "1" else "não"
        if self._tipo == "d":
            return _data_iso(bruto)
        return self._numero(bruto)

    def _numero(self, bruto: str) -> str:
        try:
            numero = Decimal(repr(float(bruto)))
        except (ValueError, InvalidOperation):
            return MARCA_DE_ERRO + bruto
        if not numero.is_finite():
            return MARCA_DE_ERRO + bruto
        estilo = int(self._estilo) if self._estilo.isdigit() else len(self._datas)
        if estilo < len(self._datas) and self._datas[estilo]:
            return self._data(float(numero))
        if numero != numero.to_integral_value():
            return MARCA_DE_NUMERO + format(numero, "f")
        # O código 7 que a planilha mostra como 000007 é 000007 também para o ERP.
        largura = self._larguras[estilo] if estilo < len(self._larguras) else 0
        return MARCA_DE_NUMERO + format(numero.to_integral_value(), "f").zfill(largura)

    def _data(self, serie: float) -> str:
        try:
            # Até 28/02/1900 o Excel conta um dia a menos: ele acredita num 29/02/1900.
            atraso = 1 if self._base.year == 1899 and serie < 60 else 0
            return MARCA_DE_DATA + (self._base + timedelta(days=int(serie + 1e-6) + atraso)).isoformat()
        except OverflowError:
            return MARCA_DE_ERRO + "data impossível"


def _data_iso(bruto: str) -> str:
    """Célula que já guarda a data escrita (2026-03-22T00:00:00); só a hora, ou outra coisa, não é data."""
    try:
        return MARCA_DE_DATA + date.fromisoformat(bruto[:10]).isoformat()
    except ValueError:
        return MARCA_DE_ERRO + bruto


def _numero_da_linha(escrito: str, anterior: int) -> int:
    """As linhas de uma planilha vêm em ordem e sem repetição: é pelo número que se aponta cada erro."""
    numero = int(escrito) if escrito.isdigit() else anterior + 1
    if not anterior < numero <= LINHAS_MAXIMO:
        raise ArquivoRecusado(_CORROMPIDA)
    return numero


def _indice_da_coluna(referencia: str, seguinte: int) -> int:
    """'AB12' → 27; células sem referência vêm em sequência."""
    letras = _LETRAS.match(referencia)
    if not letras:
        return seguinte
    indice = 0
    for letra in letras[0][:4]:
        indice = indice * 26 + ord(letra) - 64
    return indice - 1


class Pasta:
    """Um arquivo XLSX aberto; confere tamanhos antes de ler qualquer coisa."""

    def __init__(self, caminho: Path) -> None:
        try:
            self.pacote = zipfile.ZipFile(caminho)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as erro:
            raise ArquivoRecusado(_CORROMPIDA) from erro
        self._nomes = {nome.lower().replace("\\", "/"): nome for nome in self.pacote.namelist()}
        self._conferir_pacote()
        self._ler_catalogo()

    def _conferir_pacote(self) -> None:
        partes = self.pacote.infolist()
        if len(partes) > 10_000 or sum(p.file_size for p in partes) > TAMANHO_ABERTO_MAXIMO:
            raise ArquivoRecusado(
                "A planilha, aberta, é grande demais: divida o arquivo ou exporte como CSV."
            )
        for parte in partes:
            if parte.file_size > _RAZAO_A_PARTIR_DE and parte.file_size > RAZAO_MAXIMA * max(
                parte.compress_size, 1
            ):
                raise ArquivoRecusado(
                    "A planilha se expande muito além do normal (bomba de compressão): foi recusada."
                )
            if parte.flag_bits & 1:
                raise ArquivoRecusado("A planilha está protegida por senha: tire a senha e envie de novo.")
        if "xl/workbook.xml" not in self._nomes:
            raise ArquivoRecusado(self._o_que_e())
        textos = self._nomes.get("xl/sharedstrings.xml")
        if textos and self.pacote.getinfo(textos).file_size > TEXTOS_MAXIMO:
            raise ArquivoRecusado(
                "A planilha tem texto demais para ser lida com segurança: exporte como CSV."
            )

    def _o_que_e(self) -> str:
        if "xl/workbook.bin" in self._nomes:
            return "A planilha está no formato binário (.xlsb): salve como .xlsx e envie de novo."
        if "content.xml" in self._nomes:
            return "O arquivo é do LibreOffice (.ods ou .odt): salve como .xlsx ou CSV e envie de novo."
        if "word/document.xml" in self._nomes:
            return "O arquivo é um documento do Word: salve a tabela como .xlsx ou CSV e envie de novo."
        return "O arquivo está compactado (.zip): descompacte e envie o que há dentro."

    def _parte(self, nome: str) -> str | None:
        return self._nomes.get(nome.lower().lstrip("/"))

    def _ler_catalogo(self) -> None:
        catalogo = _Etiquetas("sheet", "workbookPr")
        catalogo.ler(self.pacote, self._nomes["xl/workbook.xml"])
        ligacoes = _Etiquetas("Relationship")
        rels = self._parte("xl/_rels/workbook.xml.rels")
        if rels:
            ligacoes.ler(self.pacote, rels)
        alvos = {a.get("Id", ""): a.get("Target", "") for _, a in ligacoes.achadas}
        self.base = date(1899, 12, 30)
        self.folhas: list[tuple[str, str]] = []
        for etiqueta, atributos in catalogo.achadas:
            if etiqueta == "workbookPr" and atributos.get("date1904") in {"1", "true"}:
                self.base = date(1904, 1, 1)
            if etiqueta == "sheet" and atributos.get("state", "visible") == "visible":
                self._juntar_folha(atributos.get("name", ""), alvos.get(atributos.get("id", ""), ""))
        if not self.folhas:
            raise ArquivoRecusado(
                "A pasta não tem nenhuma planilha visível com dados: confira e envie de novo."
            )

    def _juntar_folha(self, nome: str, alvo: str) -> None:
        caminho = alvo if alvo.startswith("/") else posixpath.normpath(posixpath.join("xl", alvo))
        parte = self._parte(caminho)
        if parte and "chartsheet" not in parte:
            self.folhas.append((nome, parte))

    def preparar(self) -> None:
        """Lê textos e formatos uma vez, antes das linhas."""
        textos, formatos = _Textos(), _Formatos()
        parte_de_textos, parte_de_estilos = self._parte("xl/sharedStrings.xml"), self._parte("xl/styles.xml")
        if parte_de_textos:
            textos.ler(self.pacote, parte_de_textos)
        if parte_de_estilos:
            formatos.ler(self.pacote, parte_de_estilos)
        self._textos, self._formatos = textos.textos, formatos

    def linhas(self, parte: str) -> Iterator[tuple[int, list[str]]]:
        folha = _Folha(self._textos, self._formatos.datas, self._formatos.larguras, self.base)
        for _ in folha.blocos(self.pacote, parte):
            yield from folha.prontas
            folha.prontas.clear()
