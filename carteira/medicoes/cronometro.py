"""Relógios de uma medição: o de parede, o de CPU deste processo e o que o banco levou."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True, slots=True)
class Medida:
    """Medianas em milissegundos; `consultas` é o número da última vez, e `menor` a parede da melhor delas."""

    parede: float
    cpu: float
    banco: float
    consultas: int
    menor: float


class NoBanco:
    """Soma o tempo das consultas enquanto dura."""

    def __init__(self) -> None:
        self.total, self.quantas = 0.0, 0

    def __call__(self, executar: Callable[..., Any], sql: str, *resto: Any) -> Any:
        inicio = time.perf_counter()
        try:
            return executar(sql, *resto)
        finally:
            self.total += time.perf_counter() - inicio
            self.quantas += 1


def medir(fazer: Callable[[], Any], vezes: int, *, aquecer: bool = True) -> Medida:
    """Uma vez para aquecer, depois `vezes`."""
    if aquecer:
        fazer()
    paredes, cpus, bancos, quantas = [], [], [], 0
    for _ in range(vezes):
        no_banco = NoBanco()
        inicio, cpu = time.perf_counter(), time.process_time()
        with connection.execute_wrapper(no_banco):
            fazer()
        paredes.append(time.perf_counter() - inicio)
        cpus.append(time.process_time() - cpu)
        bancos.append(no_banco.total)
        quantas = no_banco.quantas
    medianas = (1000 * statistics.median(tempos) for tempos in (paredes, cpus, bancos))
    return Medida(*medianas, quantas, 1000 * min(paredes))
