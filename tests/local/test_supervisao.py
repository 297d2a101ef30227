"""Os filhos de `./rodar`: voltam quando morrem e param quando se pede."""

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from carteira.local import ambiente, supervisao
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
    (tmp_path / "registros").mkdir()
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


def test_o_que_um_rodar_morto_a_forca_deixou_e_recolhido_com_os_netos(sup: Supervisor) -> None:
    web, worker = sup.ligar("web", DORME, os.environ), sup.ligar("worker", COM_NETO, os.environ)
    assert esperar(lambda: worker.diario.read_text().strip().isdigit(), 10)
    assert supervisao.recolher_orfaos(sup.var) == ["web", "worker"]
    assert (web.vivo(), worker.vivo()) == (False, False)
    assert esperar(lambda: nome_do_processo(int(worker.diario.read_text())) == "", 5)
    assert supervisao.recolher_orfaos(sup.var) == []


def test_pid_que_hoje_e_de_outro_nao_se_toca(sup: Supervisor) -> None:
    filho = sup.ligar("web", DORME, os.environ)
    anotados = ambiente.ler_json(sup.var / supervisao.ANOTADOS)
    anotados["web"]["nascido"] = "outra vida"
    ambiente.gravar_json(sup.var / supervisao.ANOTADOS, anotados)
    assert supervisao.recolher_orfaos(sup.var) == []
    assert filho.vivo()


def test_quem_volta_e_anotado_com_o_pid_novo(sup: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisao, "MAIOR_PAUSA", 0.1)
    filho = sup.ligar("web", DORME, os.environ)
    assert filho.processo
    primeiro = filho.processo.pid

    def voltou() -> None:
        if ambiente.ler_json(sup.var / supervisao.ANOTADOS)["web"]["pid"] != primeiro:
            raise KeyboardInterrupt

    os.kill(primeiro, signal.SIGKILL)
    with pytest.raises(KeyboardInterrupt):
        sup.vigiar(voltou, intervalo=0.05)
    assert supervisao.recolher_orfaos(sup.var) == ["web"]


def test_parada_em_ordem_nao_deixa_anotacao(sup: Supervisor) -> None:
    sup.ligar("web", DORME, os.environ)
    sup.parar()
    assert not (sup.var / supervisao.ANOTADOS).exists()
