"""O que é um arquivo, visto pelos seus bytes: CSV numa codificação, JSON Lines, planilha, ou algo que não serve."""

import codecs
import re
import zipfile
from dataclasses import dataclass
from pathlib import Path

from clientes.importacao.recusa import ArquivoRecusado

BLOCO = 1 << 20
_REMEDIO_CSV = "salve como CSV ou .xlsx e envie de novo"
_ASSINATURAS = (
    (b"%PDF", f"O arquivo é um PDF: exporte os dados do ERP e {_REMEDIO_CSV}."),
    (b"\x1f\x8b", "O arquivo está compactado (gzip): descompacte e envie o que há dentro."),
    (b"Rar!", "O arquivo está compactado (RAR): descompacte e envie o que há dentro."),
    (b"7z\xbc\xaf", "O arquivo está compactado (7z): descompacte e envie o que há dentro."),
    (b"BZh", "O arquivo está compactado (bzip2): descompacte e envie o que há dentro."),
    (b"\x89PNG", f"O arquivo é uma imagem: {_REMEDIO_CSV}."),
    (b"\xff\xd8\xff", f"O arquivo é uma imagem: {_REMEDIO_CSV}."),
    (b"GIF8", f"O arquivo é uma imagem: {_REMEDIO_CSV}."),
    (b"PAR1", f"O arquivo é Parquet: {_REMEDIO_CSV}."),
    (b"SQLite format 3", f"O arquivo é um banco SQLite: {_REMEDIO_CSV}."),
    (b"{\\rtf", f"O arquivo é um texto formatado (RTF): {_REMEDIO_CSV}."),
    (b"\x7fELF", f"O arquivo é um programa, não uma tabela: {_REMEDIO_CSV}."),
)
_HTML = re.compile(
    rb"\s*(?:<!--.*?-->\s*)?<(!doctype\s+html|html|head|body|meta|table|style|div|script|center|font)\b",
    re.I | re.S,
)
_XML = re.compile(rb"\s*<\?xml|\s*<[A-Za-z_:]+[\s>]")
_JSON = re.compile(rb"\s*[\[{]\s*[\[{\"]")
# Um objeto inteiro na primeira linha; o JSON de um documento só abre a chave e segue na linha de baixo.
_JSON_LINES = re.compile(rb"\s*\{[^\n]*\}[ \t\r]*(?:\n|$)")
_ZIPS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")  # só "PK" pode ser o nome de uma coluna
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
NOMES_DE_CODIFICACAO = {
    "utf-8-sig": "UTF-8",
    "utf-8": "UTF-8",
    "cp1252": "Windows-1252",
    "latin-1": "Latin-1",
}
# Par de bytes que, em UTF-8, é uma letra acentuada do português; em cp1252 seria "Ã£".
_ACENTO_UTF8 = re.compile(rb"\xc3[\x80-\xbf]")


@dataclass(frozen=True, slots=True)
class Origem:
    """Como ler o arquivo: `tipo` é "csv", "jsonl" ou "xlsx"."""

    tipo: str
    codificacao: str = ""


def identificar(caminho: Path) -> Origem:
    """Decide pelo conteúdo, nunca pelo nome; recusa o que não é tabela com uma frase."""
    with caminho.open("rb") as arquivo:
        comeco = arquivo.read(BLOCO)
    if not comeco.strip(b"\x00\t\n\r \xef\xbb\xbf\xff\xfe"):
        raise ArquivoRecusado("O arquivo está vazio: exporte de novo do ERP.")
    _recusar_conhecidos(comeco, caminho)
    if comeco.startswith(_ZIPS):
        return Origem("xlsx")
    codificacao = _codificacao(caminho, comeco)
    if _JSON_LINES.match(comeco.removeprefix(codecs.BOM_UTF8)):
        return Origem("jsonl", codificacao)
    _recusar_marcacao(comeco, codificacao)
    return Origem("csv", codificacao)


def _recusar_conhecidos(comeco: bytes, caminho: Path) -> None:
    if comeco.startswith(_OLE):
        raise ArquivoRecusado(_mensagem_ole(caminho))
    for assinatura, mensagem in _ASSINATURAS:
        if comeco.startswith(assinatura):
            raise ArquivoRecusado(mensagem)
    if comeco.startswith(_ZIPS) and not zipfile.is_zipfile(caminho):
        raise ArquivoRecusado(
            "A planilha está corrompida ou incompleta: abra no Excel, salve como .xlsx e envie de novo."
        )


def _mensagem_ole(caminho: Path) -> str:
    with caminho.open("rb") as arquivo:
        cifrado = "EncryptedPackage".encode("utf-16-le") in arquivo.read(16 * BLOCO)
    if cifrado:
        return "A planilha está protegida por senha: tire a senha, salve como .xlsx e envie de novo."
    return "A planilha está protegida por senha ou é um .xls antigo: abra no Excel, salve como .xlsx e envie de novo."


def _recusar_marcacao(comeco: bytes, codificacao: str) -> None:
    """HTML, XML e JSON com nome de planilha; a folha HTML dos ERPs antigos é a mais comum."""
    texto = comeco[:8192].decode(codificacao, errors="ignore").lstrip("\ufeff").encode()
    if _HTML.match(texto) or (b"<html" in texto.lower() and texto.lstrip().startswith(b"<")):
        raise ArquivoRecusado(
            f"O arquivo é uma página HTML com nome de planilha: abra no Excel, {_REMEDIO_CSV}."
        )
    if _XML.match(texto):
        raise ArquivoRecusado(f"O arquivo é XML, não uma tabela: abra no Excel, {_REMEDIO_CSV}.")
    if _JSON.match(texto):
        raise ArquivoRecusado(f"O arquivo é JSON, não uma tabela: {_REMEDIO_CSV}.")


def _codificacao(caminho: Path, comeco: bytes) -> str:
    """BOM decide; senão UTF-8 estrito no arquivo inteiro; senão Windows-1252."""
    for bom, nome in _BOMS:
        if comeco.startswith(bom):
            _conferir_estrito(caminho, nome)
            return nome
    sem_bom = _utf16_sem_bom(comeco)
    if sem_bom:
        _conferir_estrito(caminho, sem_bom)
        return sem_bom
    if comeco.count(b"\x00") > max(8, len(comeco) // 1000):
        raise ArquivoRecusado(f"O arquivo é binário, não uma tabela: {_REMEDIO_CSV}.")
    return _utf8_ou_windows(caminho)


def _utf16_sem_bom(comeco: bytes) -> str | None:
    amostra = comeco[:200]
    if len(amostra) >= 8 and amostra[1::2].count(0) > len(amostra) * 0.4 and not amostra[::2].count(0):
        return "utf-16-le"
    if len(amostra) >= 8 and amostra[::2].count(0) > len(amostra) * 0.4 and not amostra[1::2].count(0):
        return "utf-16-be"
    return None


def _blocos(caminho: Path):  # type: ignore[no-untyped-def]
    """Blocos do arquivo, recusando a linha que não acaba (ela sozinha encheria a memória)."""
    with caminho.open("rb") as arquivo:
        while bloco := arquivo.read(BLOCO):
            if len(bloco) == BLOCO and b"\n" not in bloco and b"\r" not in bloco:
                raise ArquivoRecusado(
                    "O arquivo tem uma linha com mais de 1 milhão de caracteres: não é uma tabela, exporte de novo do ERP."
                )
            yield bloco


def _conferir_estrito(caminho: Path, codificacao: str) -> None:
    decodificador = codecs.getincrementaldecoder(codificacao)()
    try:
        for bloco in _blocos(caminho):
            decodificador.decode(bloco)
        decodificador.decode(b"", True)
    except UnicodeError as erro:
        nome = NOMES_DE_CODIFICACAO.get(codificacao, codificacao.upper())
        raise ArquivoRecusado(
            f"O arquivo diz ser {nome}, mas está corrompido ou cortado: exporte de novo do ERP."
        ) from erro


def _utf8_ou_windows(caminho: Path) -> str:
    decodificador = codecs.getincrementaldecoder("utf-8")()
    try:
        for bloco in _blocos(caminho):
            decodificador.decode(bloco)
    except UnicodeDecodeError:
        return _windows(caminho)
    pendente = decodificador.getstate()[0]
    # Um UTF-8 perfeito que acaba no meio de um acento foi cortado; o "é" final de um Windows-1252 começa por outro byte.
    if pendente[:1] in {b"\xc2", b"\xc3"}:
        raise ArquivoRecusado("O arquivo foi cortado no meio de uma letra: exporte de novo do ERP.")
    return _windows(caminho) if pendente else "utf-8"


def _windows(caminho: Path) -> str:
    """Windows-1252, a não ser que o arquivo misture codificações: aí metade dos nomes viraria "SÃ£o"."""
    em_utf8 = soltos = indefinidos = 0
    for bloco in _blocos(caminho):
        em_utf8 += len(_ACENTO_UTF8.findall(bloco))
        resto = _ACENTO_UTF8.sub(b"", bloco)
        soltos += len(resto) - len(resto.translate(None, bytes(range(0x80, 0x100))))
        indefinidos += len(resto) - len(resto.translate(None, b"\x81\x8d\x8f\x90\x9d"))
    if em_utf8 and em_utf8 >= soltos:
        raise ArquivoRecusado(
            "O arquivo mistura codificações (UTF-8 e Windows-1252) ou foi cortado: exporte de novo, em UTF-8."
        )
    if indefinidos > max(8, soltos // 2):
        raise ArquivoRecusado(f"O arquivo é binário, não uma tabela: {_REMEDIO_CSV}.")
    return "latin-1" if indefinidos else "cp1252"
