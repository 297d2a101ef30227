"""Segredo da instalação local: gerado uma vez, só o dono lê, nunca versionado."""

import os
import secrets
from pathlib import Path


def segredo_local(caminho: Path) -> str:
    """Lê o segredo de `caminho`, criando-o (modo 0600) na primeira vez."""
    try:
        return caminho.read_text().strip()
    except FileNotFoundError:
        pass
    caminho.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descritor = os.open(caminho, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:  # outro processo criou entre a leitura e aqui
        return caminho.read_text().strip()
    with os.fdopen(descritor, "w") as arquivo:
        arquivo.write(secrets.token_urlsafe(64))
    return caminho.read_text().strip()
