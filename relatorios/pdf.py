"""PDF por WeasyPrint: importado só quando usado, porque depende de bibliotecas do sistema e demora a carregar."""

import contextlib
import ctypes
import io
import logging
import os
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from django.conf import settings

PACOTES = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
# O nome no Linux e no macOS de cada biblioteca sem a qual o WeasyPrint não carrega.
_BIBLIOTECAS = (
    ("libpango-1.0.so.0", "libpango-1.0.dylib"),
    ("libpangoft2-1.0.so.0", "libpangoft2-1.0.dylib"),
    ("libharfbuzz.so.0", "libharfbuzz.0.dylib"),
    ("libfontconfig.so.1", "libfontconfig.1.dylib"),
)
_TIPOS = {".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml", ".png": "image/png"}


@cache
def motivo_da_falta() -> str | None:
    """Devolve por que não há PDF nesta máquina, ou None quando há.

    Sem a Pango, o import levanta OSError depois de escrever um aviso na saída padrão;
    o aviso é engolido aqui para não estragar a saída de comandos feitos para máquinas.
    """
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            import weasyprint  # noqa: F401
    except OSError as erro:
        return str(erro).splitlines()[0]
    return None


@cache
def bibliotecas_que_faltam() -> tuple[str, ...]:
    """O mesmo, para as páginas: pergunta ao sistema em vez de carregar o WeasyPrint, que leva segundos."""
    return tuple(nomes[0] for nomes in _BIBLIOTECAS if not any(_carrega(nome) for nome in nomes))


def _carrega(nome: str) -> bool:
    try:
        ctypes.CDLL(nome)
    except OSError:
        return False
    return True


def _so_nossos(url: str) -> Path:
    """O arquivo estático de uma URL; qualquer outro endereço é recusado, para a folha não buscar nada fora."""
    partes = urlsplit(url)
    raiz = Path(settings.STATICFILES_DIRS[0]).resolve()
    arquivo = Path(unquote(partes.path)).resolve()
    if (
        partes.scheme != "file"
        or partes.netloc
        or not arquivo.is_relative_to(raiz)
        or arquivo.suffix not in _TIPOS
    ):
        raise ValueError(f"a folha não pode usar {url[:80]}")
    return arquivo


class _Andamento(logging.Handler):
    """O WeasyPrint diz no seu registro cada página que compõe; aqui isso vira o progresso de quem espera."""

    def __init__(self, a_cada_pagina: Callable[[int], None]) -> None:
        super().__init__()
        self.a_cada_pagina = a_cada_pagina

    def emit(self, record: logging.LogRecord) -> None:
        if isinstance(record.args, tuple) and "layout - Page" in str(record.msg):
            self.a_cada_pagina(int(str(record.args[0])))


@contextlib.contextmanager
def _contando(a_cada_pagina: Callable[[int], None] | None) -> Iterator[None]:
    if a_cada_pagina is None:
        yield
        return
    passos, ouvinte = logging.getLogger("weasyprint.progress"), _Andamento(a_cada_pagina)
    nivel, passos.propagate = passos.level, False
    passos.addHandler(ouvinte)
    passos.setLevel(logging.INFO)
    try:
        yield
    finally:
        passos.removeHandler(ouvinte)
        passos.setLevel(nivel)
        passos.propagate = True


def escrever_pdf(html: str, destino: Path, a_cada_pagina: Callable[[int], None] | None = None) -> int:
    """Escreve o PDF inteiro ou nada, etiquetado (PDF/UA) para leitores de tela, e devolve quantas páginas tem."""
    import weasyprint
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class SoNossos(URLFetcher):
        def fetch(self, url: str, headers: Any = None) -> Any:
            arquivo = _so_nossos(url)
            return URLFetcherResponse(url, arquivo.read_bytes(), {"Content-Type": _TIPOS[arquivo.suffix]})

    base = Path(settings.STATICFILES_DIRS[0]).resolve().as_uri() + "/"
    with _contando(a_cada_pagina):
        documento = weasyprint.HTML(string=html, base_url=base, url_fetcher=SoNossos()).render(
            pdf_variant="pdf/ua-1"
        )
    guardar(destino, lambda saida: documento.write_pdf(saida, pdf_variant="pdf/ua-1"))
    return len(documento.pages)


def em_bytes(html: str) -> bytes:
    """O PDF de uma folha que se entrega na hora, sem arquivo que fique."""
    with tempfile.TemporaryDirectory() as pasta:
        destino = Path(pasta) / "folha.pdf"
        escrever_pdf(html, destino)
        return destino.read_bytes()


def guardar(destino: Path, escrever: Callable[[IO[bytes]], object]) -> None:
    """Só o dono lê; o nome final só existe com o arquivo inteiro."""
    destino.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    parcial = destino.with_suffix(".parcial")
    with os.fdopen(os.open(parcial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as saida:
        escrever(saida)
    parcial.replace(destino)
