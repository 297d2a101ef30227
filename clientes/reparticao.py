"""Quem liga para quem, e quem fica no grupo de controle: contas puras, iguais na prévia e na gravação."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from clientes.models.lista import Reparticao


@dataclass(frozen=True, slots=True)
class ARepartir:
    """Um cliente e, entre os escolhidos, quem o vê."""

    cliente: int
    uf: str
    municipio: str
    veem: frozenset[int]


def repartir(
    regra: str, clientes: Sequence[ARepartir], capacidades: Mapping[int, int], carga: Mapping[int, int]
) -> dict[int, int]:
    """Cliente → quem liga. Quem nenhum dos escolhidos vê não aparece: fica com o dono da carteira.

    `capacidades` tem os escolhidos e os contatos por dia de cada um; `carga`, quantos cada um já tem.
    """
    if regra == Reparticao.DONO:
        return {}
    pesos = capacidades if regra == Reparticao.CAPACIDADE else dict.fromkeys(capacidades, 1)
    ja = Counter(carga)

    def mais_livre(pessoas: Iterable[int]) -> int:
        return min(pessoas, key=lambda p: ((ja[p] + 1) / max(pesos[p], 1), p))

    if regra in (Reparticao.UF, Reparticao.MUNICIPIO):
        return _por_lugar(regra, clientes, ja)
    de_quem: dict[int, int] = {}
    for item in clientes:
        if item.veem:
            de_quem[item.cliente] = escolhido = mais_livre(item.veem)
            ja[escolhido] += 1
    return de_quem


def _por_lugar(regra: str, clientes: Sequence[ARepartir], ja: Counter[int]) -> dict[int, int]:
    """Do lugar com mais clientes ao com menos, cada um vai inteiro a quem vê mais deles e tem menos na mão."""
    lugares: dict[str, list[ARepartir]] = defaultdict(list)
    for item in clientes:
        lugares[item.uf if regra == Reparticao.UF else f"{item.uf} {item.municipio}"].append(item)
    de_quem: dict[int, int] = {}
    for _, itens in sorted(lugares.items(), key=lambda par: (-len(par[1]), par[0])):
        veem = Counter(pessoa for item in itens for pessoa in item.veem)
        while veem:
            pessoa = min(veem, key=lambda p: (-veem[p], ja[p], p))
            dela = [i for i in itens if pessoa in i.veem]
            de_quem |= {i.cliente: pessoa for i in dela}
            ja[pessoa] += len(dela)
            itens = [i for i in itens if pessoa not in i.veem]
            veem = Counter(p for item in itens for p in item.veem)
    return de_quem


def sortear(
    *, semente: int, pct: int, entrando: Mapping[int, str], ja_sorteaveis: int, ja_no_controle: int
) -> set[int]:
    """Os que vão para o controle, entre os que entram (cliente → código): o bastante para a lista ficar em `pct` %.

    A ordem do sorteio é um resumo da semente com o código: a mesma lista sorteia sempre os mesmos.
    """
    alvo = (2 * pct * (ja_sorteaveis + len(entrando)) + 100) // 200  # metade arredonda para cima
    faltam = max(0, min(alvo - ja_no_controle, len(entrando)))
    return set(sorted(entrando, key=lambda pk: (_sorte(semente, entrando[pk]), pk))[:faltam])


def _sorte(semente: int, codigo: str) -> str:
    return hashlib.sha256(f"{semente}:{codigo}".encode()).hexdigest()
