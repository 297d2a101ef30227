"""Porta de `./rodar`: corre com o Python do sistema, antes de existir o `.venv`."""

import os
import signal
import sys
import time
import types
from pathlib import Path

DESDE = time.monotonic()
PASTA = Path(__file__).resolve().parent


def _achar_pacote() -> None:
    """Põe `carteira.local` ao alcance sem importar `carteira/__init__.py`, que já pede o Celery."""
    sys.path[:] = [p for p in sys.path if Path(p or ".").resolve() != PASTA]
    casca = types.ModuleType("carteira")
    casca.__path__ = [str(PASTA.parent)]
    sys.modules["carteira"] = casca


def main() -> int:
    os.umask(0o077)
    for sinal in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(sinal, signal.default_int_handler)
    from carteira.local import etapas, opcoes

    try:
        return opcoes.despachar(sys.argv[1:], DESDE)
    except etapas.Falha as falha:
        print(f"\n{falha}", file=sys.stderr)
        return 1
    except RuntimeError as erro:
        print(f"\nErro: {erro}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    _achar_pacote()
    sys.exit(main())
