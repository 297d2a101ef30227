"""Um worker de verdade que se mata com kill -9 no ponto que MORRER_EM nomeia, uma vez só (marca em MORTE)."""

import os
import signal
from pathlib import Path
from typing import Any

import django

django.setup()

from carteira import passos, recalculos, rotinas  # noqa: E402
from carteira.celery import app as app  # noqa: E402
from notificacoes import envio  # noqa: E402

PONTO, MARCA = os.environ["MORRER_EM"], Path(os.environ["MORTE"])


def morrer() -> None:
    if not MARCA.exists():
        MARCA.write_text(PONTO)
        os.kill(os.getpid(), signal.SIGKILL)


def _em_volta(dono: Any, nome: str, *, antes: bool) -> None:
    original = getattr(dono, nome)

    def trocada(*args: Any, **kwargs: Any) -> Any:
        if antes:
            morrer()
        resultado = original(*args, **kwargs)
        if not antes:
            morrer()
        return resultado

    setattr(dono, nome, trocada)


GOLPES: dict[str, tuple[Any, str, bool]] = {
    "antes do recálculo": (recalculos, "recalcular", True),
    "recálculo feito, passo por anotar": (recalculos, "recalcular", False),
    "retrato feito, passo por anotar": (rotinas, "preencher", False),
    "avisos escritos, transação aberta": (rotinas, "escrever_volumes", False),
    "antes do envio": (rotinas, "enviar_pendentes", True),
    "mensagem confirmada, as outras por enviar": (envio, "_fechar", False),
    "tudo enviado, execução por fechar": (passos, "terminar", True),
}
dono, nome, antes = GOLPES[PONTO]
_em_volta(dono, nome, antes=antes)
