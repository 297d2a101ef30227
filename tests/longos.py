"""Os testes mais longos do navegador correm antes dos outros dele: é ali que os processos da suíte se encontram no fim.

O xdist rouba do fim da fila do outro, e o navegador, que grava de verdade, vem depois de quase tudo: o que por acaso
ficasse por último, se longo, deixava os outros processos à espera. `longos.txt` tem os que passam de quatro segundos
numa máquina quieta, do maior ao menor; o que ela não nomeia corre depois, e um nome que já não existe não atrapalha.
"""

from functools import cache
from pathlib import Path

import pytest

LISTA = Path(__file__).with_name("longos.txt")


@cache
def _ordem() -> dict[str, int]:
    linhas = (li.strip() for li in LISTA.read_text(encoding="utf-8").splitlines() if not li.startswith("#"))
    return {nome: lugar for lugar, nome in enumerate(linhas)}


def por_na_frente(items: list[pytest.Item]) -> None:
    """Só trocam de lugar entre si: o que vem antes do navegador, e o que vem depois, fica onde está."""
    ordem = _ordem()
    lugares = [lugar for lugar, teste in enumerate(items) if teste.path.parent.name == "navegador"]
    dele = sorted(
        (items[lugar] for lugar in lugares),
        key=lambda teste: ordem.get(f"{teste.path.stem}::{teste.name.partition('[')[0]}", len(ordem)),
    )
    for lugar, teste in zip(lugares, dele, strict=True):
        items[lugar] = teste
