"""Processos de verdade contra o banco de testes: comandos, workers do Celery e o golpe de kill -9."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
from django.db import connection

from tests import banco
from tests.correio import Correio
from tests.trabalhador import FILA

RAIZ = Path(__file__).resolve().parent.parent
# Teto, não espera: numa máquina dividida, um Django demora um minuto para nascer.
PRAZO = 240


class Processos:
    """Abre processos do projeto e não deixa nenhum para trás."""

    def __init__(self, correio: Correio, pasta: Path) -> None:
        self.pasta = pasta
        self.abertos: list[subprocess.Popen[bytes]] = []
        self.ambiente = {
            **os.environ,
            "AMBIENTE": "teste",
            "DATABASE_URL": banco.endereco(connection.settings_dict["NAME"]),
            "REDIS_URL": FILA,
            "EMAIL_URL": correio.url,
            "DJANGO_SETTINGS_MODULE": "carteira.settings",
            "PYTHONPATH": str(RAIZ),
        }

    def abrir(self, *argumentos: str, **ambiente: str) -> subprocess.Popen[bytes]:
        registro = (self.pasta / f"processo-{len(self.abertos)}.log").open("wb")
        processo = subprocess.Popen(
            [sys.executable, *argumentos],
            cwd=RAIZ,
            env={**self.ambiente, **ambiente},
            stdout=registro,
            stderr=registro,
        )
        self.abertos.append(processo)
        return processo

    def manage(self, *argumentos: str, **ambiente: str) -> subprocess.Popen[bytes]:
        return self.abrir("manage.py", *argumentos, **ambiente)

    def python(self, codigo: str, **ambiente: str) -> subprocess.Popen[bytes]:
        return self.abrir("-c", f"import django; django.setup()\n{codigo}", **ambiente)

    def worker(self, modulo: str = "carteira", *opcoes: str, **ambiente: str) -> subprocess.Popen[bytes]:
        return self.abrir(
            "-m", "celery", "-A", modulo, "worker", "--pool", "solo", "--loglevel", "INFO",
            "--without-gossip", "--without-mingle", *opcoes, **ambiente,
        )  # fmt: skip

    def varrer(self, vaga: str, vezes: int = 1) -> None:
        """Os minutos do beat: a varredura às 03:00 da vaga, hora de São Paulo, e nos minutos seguintes."""
        processo = self.python(
            "from datetime import datetime, timedelta\nfrom zoneinfo import ZoneInfo\n"
            "from carteira.varredura import varrer\n"
            f"agora = datetime.fromisoformat('{vaga}T03:00').replace(tzinfo=ZoneInfo('America/Sao_Paulo'))\n"
            f"for minuto in range({vezes}): varrer(agora=agora + timedelta(minutes=minuto))"
        )
        assert processo.wait(PRAZO) == 0, self.registros()

    def registros(self) -> str:
        return "\n".join(
            r.read_text(errors="replace")[-3000:] for r in sorted(self.pasta.glob("processo-*.log"))
        )

    def encerrar(self) -> None:
        for processo in self.abertos:
            if processo.poll() is None:
                processo.send_signal(signal.SIGKILL)
            processo.wait(20)


@pytest.fixture
def processos(correio: Correio, tmp_path: Path, transactional_db: None) -> Iterator[Processos]:
    fila = redis.Redis.from_url(FILA)
    fila.flushdb()
    casa = Processos(correio, tmp_path)
    yield casa
    casa.encerrar()
    fila.flushdb()


def ate(condicao: Callable[[], Any], segundos: float = PRAZO, porque: Callable[[], str] = lambda: "") -> None:
    """Espera a condição; falha com o que os processos disseram."""
    fim = time.monotonic() + segundos
    while not condicao():
        if time.monotonic() > fim:
            raise AssertionError(f"não aconteceu em {segundos} s\n{porque()}")
        time.sleep(0.1)
