"""Os arquivos do ERP ainda guardados em que se lê um titular, e o que deles ficou escrito no resultado."""

import lzma
import re
import zipfile
import zlib
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import IO

from django.db import transaction

from carteira.importacoes import esquecer_valores, no_disco
from clientes.lgpd.esquecer import Procurados, em_qualquer_pontuacao
from clientes.models import Importacao
from contas.texto import sem_acento

_PEDACO = 2**20
_CODIGOS = ("utf-8", "cp1252", "utf-16-le", "utf-16-be")
_PONTUACAO = bytes(b for b in range(256) if not chr(b).isascii() or not chr(b).isalnum())
# Das letras e algarismos de cada forma, que se acham depressa, à expressão que confere se é ela mesma.
Buscas = dict[bytes, re.Pattern[bytes]]
# Uma parte estragada, ou com senha, não se importou; as outras ainda se leem.
_ILEGIVEL = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError, RuntimeError, OSError, EOFError,
)  # fmt: skip


def arquivos_que_citam(empresa: int, procurados: Procurados) -> list[Importacao]:
    """Os arquivos da empresa ainda no disco em que se lê algum dos valores."""
    buscas, maior = _buscas(procurados)
    if not buscas:
        return []
    guardadas = Importacao.objects.filter(empresa=empresa).exclude(caminho="")
    return [
        importacao
        for importacao in guardadas
        if any(_cita(c, buscas, 4 * maior) for c in no_disco(importacao))
    ]


def _buscas(procurados: Procurados) -> tuple[Buscas, int]:
    """Com o tamanho da maior forma. Milhares de formas numa expressão só levariam minutos num arquivo grande."""
    formas = {
        escrita.encode(codigo, "ignore").lower()
        for v in procurados.em_todo_texto
        for escrita in (v, v.upper(), v.lower(), sem_acento(v))
        for codigo in _CODIGOS
    } - {b""}
    juntas = defaultdict[bytes, list[bytes]](list)
    for forma in sorted(formas):
        juntas[forma.translate(None, _PONTUACAO)].append(re.escape(forma))
    for numero, expressao in em_qualquer_pontuacao(procurados.contatos).items():
        juntas[numero.lower().encode()].append(expressao.lower().encode())
    buscas = {letras: re.compile(b"|".join(delas)) for letras, delas in juntas.items()}
    return buscas, max(map(len, formas), default=0)


def _cita(caminho: Path, buscas: Buscas, maior: int) -> bool:
    """No arquivo ou, de uma planilha, em cada parte dela, que dentro do zip não se lê."""
    if not caminho.is_file():
        return False
    with caminho.open("rb") as arquivo:
        if _le_se(arquivo, buscas, maior):
            return True
    return zipfile.is_zipfile(caminho) and _le_se_por_dentro(caminho, buscas, maior)


def _le_se(arquivo: IO[bytes], buscas: Buscas, maior: int) -> bool:
    """Aos pedaços, com a sobra do anterior: um valor partido entre dois também se acha."""
    sobra = b""
    while pedaco := arquivo.read(_PEDACO):
        lido = (sobra + pedaco).lower()
        so_letras = lido.translate(None, _PONTUACAO)
        if any(letras in so_letras and e.search(lido) for letras, e in buscas.items()):
            return True
        sobra = lido[-maior:]
    return False


def _le_se_por_dentro(caminho: Path, buscas: Buscas, maior: int) -> bool:
    with suppress(*_ILEGIVEL), zipfile.ZipFile(caminho) as planilha:
        for parte in planilha.infolist():
            with suppress(*_ILEGIVEL), planilha.open(parte) as arquivo:
                if _le_se(arquivo, buscas, maior):
                    return True
    return False


def apagar_arquivos(arquivos: list[Importacao]) -> None:
    """O que o ERP mandou e ainda se guarda: sai do registro agora, e do disco quando a transação se gravar.

    As linhas recusadas vão com ele: já não há arquivo em que as corrigir.
    """
    citados = Importacao.objects.filter(pk__in=[i.pk for i in arquivos])
    esquecer_valores(citados)
    citados.update(caminho="")
    for importacao in arquivos:
        apagar_ao_gravar(*no_disco(importacao))


def apagar_ao_gravar(*arquivos: Path) -> None:
    """O que não se deixar apagar fica no registro de erros, e não prende o resto."""

    def apagar() -> None:  # com nome: uma `partial` que falhasse derrubaria o registro da falha
        for arquivo in arquivos:
            arquivo.unlink(missing_ok=True)

    transaction.on_commit(apagar, robust=True)
