"""O que um trabalho custou: parede, CPU deste lado e do servidor do banco inteiro, e o pico de memória dos dois.

A CPU do servidor soma o processo principal, os que ele já recolheu e os vivos, lida no `/proc`: só existe quando o
banco é desta máquina, e supõe que ninguém mais o usa. Numa máquina dividida é ela que vale, e não a parede.
"""

import os
import resource
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection

_TIQUES = os.sysconf("SC_CLK_TCK")
_AMOSTRA = 0.05  # segundos entre duas olhadas na memória


@dataclass(frozen=True, slots=True)
class Custo:
    """Segundos e megabytes; `linhas` é quanto trabalho se fez, quando isso se conta."""

    parede: float
    cpu_aqui: float
    cpu_servidor: float | None
    memoria: float | None = None
    linhas: int | None = None

    @property
    def cpu(self) -> float | None:
        return None if self.cpu_servidor is None else self.cpu_aqui + self.cpu_servidor

    @property
    def por_segundo(self) -> float | None:
        return self.linhas / self.parede if self.linhas and self.parede else None


def medir(fazer: Callable[[], Any], *, linhas: int | None = None) -> Custo:
    """Faz uma vez, com os relógios e a balança ligados."""
    with Balanca() as balanca:
        servidor, aqui, parede = cpu_do_servidor(), _cpu_daqui(), time.perf_counter()
        fazer()
        parede = time.perf_counter() - parede
        aqui = _cpu_daqui() - aqui
        depois = cpu_do_servidor()
    gasta = None if servidor is None or depois is None else max(depois - servidor, 0.0)
    return Custo(parede, aqui, gasta, balanca.pico, linhas)


def mediana(custos: list[Custo], campo: str) -> float | None:
    valores = [v for c in custos if (v := getattr(c, campo)) is not None]
    return median(valores) if valores else None


# ── CPU ──────────────────────────────────────────────────────────────────────


def _cpu_daqui() -> float:
    """Deste processo e dos filhos que já acabaram."""
    tempos = os.times()
    return tempos.user + tempos.system + tempos.children_user + tempos.children_system


def cpu_do_servidor() -> float | None:
    """CPU de todos os processos do PostgreSQL até agora, em segundos; None se ele não é desta máquina."""
    principal = _principal()
    if principal is None:
        return None
    try:
        return sum(_tiques(principal, 4)) / _TIQUES + sum(_segundos(pid) for pid in _filhos(principal))
    except OSError:
        return None


def _principal() -> int | None:
    """O pai da conexão, se for mesmo um PostgreSQL daqui."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (meu,) = cursor.fetchone()
    try:
        pai = int(_campos(meu)[1])
        return pai if "postgres" in Path(f"/proc/{pai}/comm").read_text() else None
    except (OSError, ValueError, IndexError):
        return None


def _campos(pid: int) -> list[str]:
    """`/proc/PID/stat` depois do nome, que pode ter espaços: estado, pai, …"""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def _tiques(pid: int, quantos: int) -> list[int]:
    """utime e stime e, com 4, os dos filhos já recolhidos."""
    return [int(t) for t in _campos(pid)[11 : 11 + quantos]]


def _segundos(pid: int) -> float:
    """Do vivo, em nanossegundos quando o núcleo os conta; quem acabou de morrer já está no pai."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except OSError:
        try:
            return sum(_tiques(pid, 2)) / _TIQUES
        except OSError:
            return 0.0


def _filhos(pai: int) -> list[int]:
    try:
        return [int(p) for p in Path(f"/proc/{pai}/task/{pai}/children").read_text().split()]
    except OSError:
        return []


# ── Memória ──────────────────────────────────────────────────────────────────


class Balanca:
    """O pico de memória própria (a que não é partilhada) do servidor, acima da de antes, mais a deste processo."""

    pico: float | None = None

    def __enter__(self) -> "Balanca":
        self._principal, self._fim = _principal(), threading.Event()
        self._antes = self._pesar()
        self._maior = self._antes
        self._linha = threading.Thread(target=self._vigiar, daemon=True)
        self._linha.start()
        return self

    def __exit__(self, *erro: Any) -> None:
        self._fim.set()
        self._linha.join()
        if self._maior is not None and self._antes is not None:
            self.pico = (self._maior - self._antes) / 1024

    def _vigiar(self) -> None:
        while not self._fim.wait(_AMOSTRA):
            if (agora := self._pesar()) is not None:
                self._maior = max(self._maior or 0, agora)

    def _pesar(self) -> int | None:
        if self._principal is None:
            return None
        return sum(_anonima(pid) for pid in (os.getpid(), *_filhos(self._principal)))


def _anonima(pid: int) -> int:
    """RssAnon em kB; zero se o processo já se foi."""
    try:
        texto = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next((int(linha.split()[1]) for linha in texto.splitlines() if linha.startswith("RssAnon")), 0)


def pico_dos_filhos() -> float:
    """O maior filho que este processo já teve, em MB."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
