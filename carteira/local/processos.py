"""Processos da máquina: quem é este pid, está vivo, e como pedir que pare."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path


def _do_proc(pid: int) -> tuple[str, list[str]]:
    """Nome e demais campos de /proc/<pid>/stat; vazios se ele não existe (ou virou zumbi)."""
    try:
        linha = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return "", []
    nome, resto = linha[linha.index("(") + 1 :].rsplit(")", 1)
    campos = resto.split()
    return ("", []) if campos[0] in "ZX" else (nome, campos)


def _do_ps(pid: int, coluna: str) -> str:
    comando = ["ps", "-p", str(pid), "-o", f"{coluna}="]
    return subprocess.run(comando, capture_output=True, text=True, check=False).stdout.strip()


def nome_do_processo(pid: int) -> str:
    """Nome do executável daquele pid; vazio se ele não existe (ou virou zumbi)."""
    if Path("/proc/self/stat").exists():
        return _do_proc(pid)[0]
    return Path(_do_ps(pid, "comm")).name


def nascimento(pid: int) -> str:
    """Quando aquele processo nasceu: com o pid, é a identidade dele; vazio se não existe."""
    if Path("/proc/self/stat").exists():
        campos = _do_proc(pid)[1]
        return campos[19] if campos else ""
    return _do_ps(pid, "lstart")


def existe(pid: int) -> bool:
    """O sistema ainda guarda este número, nem que seja para um zumbi?"""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def existe_como(pid: int, *nomes: str) -> bool:
    """Diz se o pid está vivo E é um daqueles programas: números de pid são reaproveitados."""
    return pid > 0 and nome_do_processo(pid) in nomes


def ler_pid(caminho: Path) -> int:
    """Primeira linha do arquivo de pid; 0 se não há."""
    try:
        return int(caminho.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return 0


def esperar(condicao: Callable[[], object], segundos: float, passo: float = 0.02) -> bool:
    """Espera a condição ficar verdadeira, com prazo."""
    fim = time.monotonic() + segundos
    while not condicao():
        if time.monotonic() > fim:
            return False
        time.sleep(passo)
        passo = min(passo * 1.3, 0.25)
    return True


def parar(pid: int, *nomes: str, sinal: int = signal.SIGTERM, prazo: float = 20) -> None:
    """Pede que o processo pare; mata-o se passar do prazo. Nunca toca em quem não tem aqueles nomes."""
    for qual, espera in ((sinal, prazo), (signal.SIGKILL, 5.0)):
        if not existe_como(pid, *nomes):
            return
        try:
            os.kill(pid, qual)
        except ProcessLookupError:
            return
        if esperar(lambda: not existe_como(pid, *nomes), espera):
            return
