"""Os arquivos estáticos do servidor do teste, da memória e com prazo de guarda, como a produção os serve.

Uma página pede umas quarenta folhas e scripts; achá-los no disco a cada vez era boa parte do tempo das histórias.
"""

import mimetypes
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.handlers.wsgi import get_path_info

EXAME = "\n".join(
    Path(__file__).with_name(nome).read_text() for nome in ("axe.min.js", "exame_cores.js", "exame.js")
)
CAMINHO_DO_EXAME = "/static/exame-das-historias.js"
# Nenhuma história muda um estático: o que a aba já leu lhe serve até o fim. São anos porque a resposta leva a data do
# relógio parado da história, e o do navegador anda: passado o prazo, cada página pediria tudo outra vez.
GUARDAR = ("Cache-Control", "max-age=630720000, immutable")


@cache
def _arquivo(nome: str) -> tuple[str, bytes] | None:
    if CAMINHO_DO_EXAME.endswith(f"/{nome}"):
        return "text/javascript", EXAME.encode()
    caminho = finders.find(nome)
    if not isinstance(caminho, str):
        return None
    return mimetypes.guess_type(caminho)[0] or "application/octet-stream", Path(caminho).read_bytes()


def servir(original: Callable[..., Any]) -> Callable[..., Iterable[bytes]]:
    """O `__call__` do servidor de estáticos: o que há sai da memória; do que não há fala o do Django."""

    def _servir(self: StaticFilesHandler, environ: dict[str, Any], responder: Any) -> Iterable[bytes]:
        caminho = get_path_info(environ)
        achado = (
            _arquivo(unquote(self.file_path(caminho)))
            if self._should_handle(caminho) and environ["REQUEST_METHOD"] == "GET"
            else None
        )
        if achado is None:
            return original(self, environ, responder)  # type: ignore[no-any-return]
        tipo, conteudo = achado
        responder("200 OK", [("Content-Type", tipo), ("Content-Length", str(len(conteudo))), GUARDAR])
        return [conteudo]

    return _servir
