"""As folhas de estilo que toda página pede, numa só: um telefone em rede ruim faz um pedido em vez de vinte e seis.

Continuam a escrever-se em folhas curtas, uma por sala; juntam-se ao serem achadas, na ordem da cascata.
"""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

FOLHA = "css/carteira.css"
PARTES = tuple(
    f"css/{nome}.css"
    for nome in (
        "tokens", "base", "componentes", "tabelas", "graficos", "telas", "gestao", "evidencias", "clientes",
        "filtros", "contato", "ficha", "agenda", "listas", "avisos_regras", "estreitas", "grade", "pessoas",
        "fila", "importar", "carteiras", "higienizacao", "central", "sobrepostos", "aparelho", "seguranca",
    )
)  # fmt: skip
_ESTATICOS = Path(settings.BASE_DIR) / "static"


def juntar() -> str:
    return "\n".join((_ESTATICOS / parte).read_text(encoding="utf-8") for parte in PARTES)


class FolhaUnicaFinder(BaseFinder):
    """Acha `css/carteira.css`, que não existe na pasta: refaz-se quando uma das partes muda."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._pasta = _pasta_do_processo()
        self._escrita = lru_cache(maxsize=1)(self._escrever)

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        if path != FOLHA:
            return []
        return [str(self._achada())] if find_all else str(self._achada())

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, FileSystemStorage]]:
        self._achada()
        yield FOLHA, FileSystemStorage(location=str(self._pasta))

    def _achada(self) -> Path:
        return self._escrita(tuple((_ESTATICOS / parte).stat().st_mtime_ns for parte in PARTES))

    def _escrever(self, marcas: tuple[int, ...]) -> Path:
        destino = self._pasta / FOLHA
        destino.parent.mkdir(exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=destino.parent, encoding="utf-8", delete=False) as nova:
            nova.write(juntar())
        return Path(nova.name).replace(destino)  # de uma vez: quem a lê agora lê a velha ou a nova


def _pasta_do_processo() -> Path:
    """Sai com quem a fez: um trabalhador que nasceu dele e acaba antes não a leva dos outros."""
    pasta, dono = tempfile.mkdtemp(prefix="carteira-folha-"), os.getpid()

    def apagar() -> None:
        if os.getpid() == dono:
            shutil.rmtree(pasta, ignore_errors=True)

    atexit.register(apagar)
    return Path(pasta)
