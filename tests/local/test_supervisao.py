"""Os filhos de `./rodar`: voltam quando morrem e param quando se pede."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from carteira.local import supervisao
from carteira.local.processos import esperar, nome_do_processo
from carteira.local.supervisao import Supervisor

PYTHON = [sys.executable, "-c"]
DORME = [*PYTHON, "import time; time.sleep(600)"]
SURDO = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
TEIMOSO = [*PYTHON, f"{SURDO}; print('ok', flush=True); time.sleep(600)"]
PAI = "import subprocess, time; p = subprocess.Popen(['sleep', '600'])"
COM_NETO = [*PYTHON, f"{PAI}; print(p.pid, flush=True); time.sleep(600)"]


@pytest.fixture
def sup(tmp_path: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path)
    yield supervisor
    for filho in supervisor.filhos:
        filho.sinal(signal.SIGKILL, grupo=True)


def test_filho_morto_volta(sup: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisao, "MAIOR_PAUSA", 0.1)
    filho = sup.ligar("web", DORME, os.environ)
    assert filho.processo
    primeiro = filho.processo.pid
    os.kill(primeiro, signal.SIGKILL)
    assert esperar(lambda: not filho.vivo(), 5)
    assert esperar(lambda: filho.cuidar() or filho.vivo(), 5)
    assert filho.processo.pid != primeiro


def test_quem_morre_logo_ao_nascer_espera_cada_vez_mais(sup: Supervisor) -> None:
    filho = sup.ligar("web", [sys.executable, "-c", "raise SystemExit(3)"], os.environ)
    pausas = []
    for _ in range(3):
        assert esperar(lambda: not filho.vivo(), 5)
        filho.cuidar()
        pausas.append(filho.pausa)
        filho.volta_em = time.monotonic()
        filho.cuidar()
    assert pausas == [1.0, 2.0, 4.0]


def test_parar_espera_quem_obedece_e_mata_quem_teima(
    sup: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisao, "PRAZO_PARA_PARAR", 1.0)
    obediente, teimoso = sup.ligar("web", DORME, os.environ), sup.ligar("worker", TEIMOSO, os.environ)
    assert esperar(lambda: "ok" in teimoso.diario.read_text(), 10)
    sup.parar()
    assert obediente.processo
    assert teimoso.processo
    assert (obediente.processo.returncode, teimoso.processo.returncode) == (-signal.SIGTERM, -signal.SIGKILL)


def test_parar_nao_deixa_orfaos(sup: Supervisor) -> None:
    filho = sup.ligar("worker", COM_NETO, os.environ)
    assert esperar(lambda: filho.diario.read_text().strip().isdigit(), 10)
    neto = int(filho.diario.read_text())
    sup.parar()
    assert esperar(lambda: nome_do_processo(neto) == "", 5)
