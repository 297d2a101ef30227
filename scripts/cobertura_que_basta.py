"""Refaz tests/cobertura_repetida.txt: os testes que, medidos, não acrescentam cobertura que pague o seu tempo.

    ./rodar testes --cov --cov-context=test --cov-report= --junitxml=var/tempos.xml
    .venv/bin/python scripts/cobertura_que_basta.py .coverage var/tempos.xml

Do mais caro ao mais barato, deixa de medir quem custa mais de `--segundos` por linha ou desvio que só ele alcança.
O que a corrida não mediu fica na lista como está.
"""

import argparse
import sqlite3
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path

from defusedxml import ElementTree

RAIZ = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(RAIZ))

from tests.cobertura import LISTA, TODOS, repetem  # noqa: E402

Passos = dict[str, set[tuple[int, ...]]]  # de cada teste, as linhas a que chega e os desvios que toma


def passos(medida: Path) -> Passos:
    """Por onde passa cada teste, sem contar os seus parâmetros."""
    with sqlite3.connect(medida) as banco:
        arcos = banco.execute(
            "SELECT file_id, fromno, tono, context FROM arc JOIN context c ON c.id = context_id"
        )
        lidos = [(*arco, contexto.partition("|")[0].partition("[")[0]) for *arco, contexto in arcos]
    destinos = defaultdict(set)
    for arquivo, de, ate, _ in lidos:
        destinos[arquivo, de].add(ate)
    achados: Passos = defaultdict(set)
    for arquivo, de, ate, teste in lidos:
        achados[teste].add((arquivo, ate))
        if len(destinos[arquivo, de]) > 1:
            achados[teste].add((arquivo, de, ate))
    return achados


def tempos(corrida: Path) -> Counter[str]:
    """Os segundos de cada teste, com todos os seus parâmetros."""
    soma: Counter[str] = Counter()
    for caso in ElementTree.parse(corrida).iter("testcase"):
        arquivo = caso.attrib["classname"].replace(".", "/") + ".py"
        soma[f"{arquivo}::{caso.attrib['name'].partition('[')[0]}"] += float(caso.attrib["time"])  # type: ignore[assignment]
    return soma


def que_repetem(por_onde: Passos, segundos: Counter[str], preco: float) -> set[str]:
    """Tira um por vez o de maior preço: o que ele alcançava com outro passa a ser só do outro."""
    quantos = Counter(passo for passo_a_passo in por_onde.values() for passo in passo_a_passo)
    vivos, fora = set(por_onde) - {""}, set()

    def _preco(teste: str) -> float:
        return segundos[teste] / (sum(quantos[p] == 1 for p in por_onde[teste]) + 0.3)

    while vivos and _preco(pior := max(vivos, key=_preco)) > preco:
        vivos.remove(pior)
        fora.add(pior)
        quantos.subtract(por_onde[pior])
    return fora


def escrever(fora: Iterable[str], medidos: Iterable[str]) -> None:
    """Um arquivo por linha; o que não se mediu agora fica como estava."""
    medidos, lista = set(medidos), {arquivo: set(nomes) for arquivo, nomes in repetem().items()}
    for teste in medidos:
        lista.get(teste.split("::")[0].removeprefix("tests/"), set()).discard(teste.split("::")[1])
    for teste in fora:
        arquivo, nome = teste.removeprefix("tests/").split("::")
        lista.setdefault(arquivo, set()).add(nome)
    por_arquivo = defaultdict(set)
    for teste in medidos:
        por_arquivo[teste.removeprefix("tests/").split("::")[0]].add(teste.split("::")[1])
    for arquivo, nomes in por_arquivo.items():
        if nomes <= lista.get(arquivo, set()):
            lista[arquivo] = {TODOS}
    cabeca = [li for li in LISTA.read_text(encoding="utf-8").splitlines() if li.startswith("#")]
    linhas = [" ".join((arquivo, *sorted(nomes))) for arquivo, nomes in sorted(lista.items()) if nomes]
    LISTA.write_text("\n".join(cabeca + linhas) + "\n", encoding="utf-8")


if __name__ == "__main__":
    opcoes = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    opcoes.add_argument("medida", type=Path)
    opcoes.add_argument("corrida", type=Path)
    opcoes.add_argument("--segundos", type=float, default=0.3)
    escolhas = opcoes.parse_args()
    andados = passos(escolhas.medida)
    repetidos = que_repetem(andados, tempos(escolhas.corrida), escolhas.segundos)
    escrever(repetidos, set(andados) - {""})
    print(f"{len(repetidos)} de {len(andados)} testes medidos repetem os outros.")
