"""O que o gunicorn faz além da linha de comando: onde cada processo escreve as suas medidas."""

import atexit
import os
import shutil
import tempfile
from typing import Any

# A pasta é desta instância e some com ela: num volume comum, o processo 7 de uma máquina seria o 7 de outra.
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = tempfile.mkdtemp(prefix="carteira-medidas-")
    _DONO = os.getpid()

    @atexit.register
    def _apagar() -> None:
        if os.getpid() == _DONO:
            shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)


def pre_fork(server: Any, worker: Any) -> None:
    """Uma vaga por processo: quem substitui um que saiu continua a conta dele, e os arquivos não se acumulam."""
    tomadas = {getattr(vivo, "vaga", 0) for vivo in server.WORKERS.values()}
    worker.vaga = next(vaga for vaga in range(1, 1000) if vaga not in tomadas)


def post_fork(server: Any, worker: Any) -> None:
    os.environ["CARTEIRA_VAGA"] = str(worker.vaga)
