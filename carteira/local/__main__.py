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


def ouvir_sinais() -> None:
    """Todo pedido de parada para em ordem; quem chamou com nohup não quer parar quando o terminal fecha."""
    for sinal in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if sinal != signal.SIGHUP or signal.getsignal(sinal) != signal.SIG_IGN:
            signal.signal(sinal, signal.default_int_handler)


def main() -> int:
    os.umask(0o077)
    ouvir_sinais()
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
