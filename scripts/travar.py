"""Trava com hashes: pyproject.toml → requirements.txt, requirements-dev.txt e requirements-uv.txt.

Usa o uv sem escrever o endereço de nenhum índice, para que a mesma trava sirva em qualquer rede.
"""

import re
import subprocess
import sys
from pathlib import Path

RAIZ = Path(__file__).resolve().parent.parent
OPCOES = [
    "--generate-hashes",
    "--universal",
    "--python-version",
    "3.11",
    "--no-emit-index-url",
    "--no-annotate",
    "--no-header",
    "--quiet",
]


def travar(saida: str, *extras: str, entrada: str = "pyproject.toml", texto: str | None = None) -> None:
    """Escreve `saida` na raiz do projeto; falha se o uv falhar."""
    comando = [sys.executable, "-m", "uv", "pip", "compile", entrada, *OPCOES, *extras, "-o", saida]
    subprocess.run(comando, cwd=RAIZ, check=True, input=texto, text=True)


def versao_do_uv() -> str:
    """A linha `uv==…` do pyproject: uma versão só, a que trava e a que instala."""
    achado = re.search(r'"(uv==[\d.]+)"', (RAIZ / "pyproject.toml").read_text(encoding="utf-8"))
    if achado is None:
        raise SystemExit("pyproject.toml não fixa a versão do uv no grupo dev.")
    return achado.group(1)


if __name__ == "__main__":
    travar("requirements.txt")
    travar("requirements-dev.txt", "--group", "dev")
    travar("requirements-uv.txt", entrada="-", texto=versao_do_uv())
