"""Pergunta à web se ela está bem, com o nome de máquina que ela aceita; sai com 1 se não estiver."""

import os
import sys
import urllib.request


def nome_aceito(permitidos: str) -> str:
    """O primeiro de ALLOWED_HOSTS; `.exemplo.com` vale pelo próprio domínio, e `*` por qualquer um."""
    nome = permitidos.split(",")[0].strip().removeprefix(".")
    return nome if nome and nome != "*" else "localhost"


PEDIDO = urllib.request.Request("http://127.0.0.1:8000/saude/")
PEDIDO.add_header("Host", nome_aceito(os.environ.get("ALLOWED_HOSTS", "")))

if __name__ == "__main__":
    try:
        with urllib.request.urlopen(PEDIDO, timeout=4) as resposta:  # noqa: S310 — endereço fixo, desta máquina
            sys.exit(resposta.status != 200)
    except OSError as erro:
        sys.exit(f"a web não respondeu bem: {erro}")
