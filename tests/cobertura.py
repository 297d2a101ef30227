"""De que testes se mede a cobertura: medir quase dobra o tempo de um teste, e a maioria passa por onde outro já passou.

`cobertura_repetida.txt` diz os que não acrescentam nada que se veja; `scripts/cobertura_que_basta.py` a refaz de uma
corrida com um contexto por teste. O que ela não nomeia se mede: um teste novo ou renomeado nunca some da conta.
"""

from functools import cache
from pathlib import Path

import pytest

TODOS = "*"
LISTA = Path(__file__).with_name("cobertura_repetida.txt")
# Provam o produto inteiro, em processos e navegadores, ou contam na unha: medir-lhes a cobertura dobraria
# o tempo da suíte sem dizer nada das salas do domínio, que têm os seus testes.
SEM_COBERTURA = {"aceitacao", "api", "demo", "local", "navegador", "seguranca"}


@cache
def repetem() -> dict[str, set[str]]:
    """De cada arquivo (`web/test_ficha.py`), os testes que não se medem; `*`, todos."""
    linhas = (li.split() for li in LISTA.read_text(encoding="utf-8").splitlines() if not li.startswith("#"))
    return {arquivo: set(nomes) for arquivo, *nomes in linhas}


def sem_cobertura(teste: pytest.Item) -> bool:
    """O teste corre com a cobertura dormindo."""
    caminho = teste.path.relative_to(LISTA.parent)
    nomes = repetem().get(caminho.as_posix(), set())
    return caminho.parts[0] in SEM_COBERTURA or TODOS in nomes or teste.name.partition("[")[0] in nomes
