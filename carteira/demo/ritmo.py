"""O jeito de comprar de cada cliente, como função pura de (semente, índice, data de base).

Cada um repõe no seu ciclo, atrasa uma vez por ano e, outra vez, silencia: uns voltam ainda quase
inativos, outros só depois de inativos. Um em oito vai embora de vez, quase sempre depois de poucas compras:
sem quem não volta, nenhuma regra teria perdas a avisar. As fases dos silêncios e as saídas são espalhadas
por igual na carteira de cada vendedor, e não sorteadas: em qualquer dia, com qualquer calendário, há quem
esteja em cada ponto da história. Nada aqui lê o relógio nem o banco.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from carteira.demo import catalogo

DIAS_DE_HISTORIA = 800
VENDEDORES = 6
# Mediana do ciclo em dias e peso: a maioria repõe todo mês.
_CICLOS = ((10, 4), (14, 10), (18, 18), (22, 22), (27, 20), (33, 14), (40, 8), (50, 4))
# Passos entre vizinhos: as frações de seus múltiplos cobrem o intervalo por igual em cada carteira.
RAZAO_AUREA, _PASSO, _OUTRO_PASSO = 0.6180339887, 0.9433567170, 0.6489745531
_PASSO_DA_SAIDA, _SALTO_DA_SAIDA = 0.7548776662, 0.5698402910
_VAO_EMBORA, _COMPRAS_ATE_IR = 0.12, 2
_ENTRE_SILENCIOS = 345
_TREMOR = 12


@dataclass(frozen=True, slots=True)
class Perfil:
    """Como o cliente compra: o resto da demonstração sai daqui."""

    indice: int
    vendedor: int  # qual dos vendedores o atende
    posto: int  # que lugar ocupa na carteira dele
    segmento: str
    base: date
    inicio: date | None  # None: prospect que nunca comprou
    ciclo: float
    variacao: float
    ticket: float
    vida: int | None  # compras até ir embora de vez; None: não vai

    @property
    def prospect(self) -> bool:
        """Ainda sem compra na data de base."""
        return self.inicio is None or self.inicio > self.base


def sorteio(semente: int, *partes: object) -> Random:
    """Gerador próprio de cada coisa: sortear uma a mais não muda as outras."""
    return Random(":".join(str(p) for p in (semente, *partes)))  # noqa: S311 - dados de mentira, não segredo  # nosec B311 # demonstração


def perfil(semente: int, indice: int, base: date, vendedores: int = VENDEDORES) -> Perfil:
    """Sorteia o jeito de comprar do cliente `indice`; os clientes se revezam entre os vendedores."""
    rng = sorteio(semente, "perfil", indice)
    posto, vendedor = divmod(indice, vendedores)
    segmento = rng.choices(list(catalogo.RAMOS), [r.peso for r in catalogo.RAMOS.values()])[0]
    mediana = rng.choices([c for c, _ in _CICLOS], [p for _, p in _CICLOS])[0]
    ciclo = mediana * catalogo.RAMOS[segmento].fator_de_ciclo * rng.uniform(0.9, 1.1)
    espera = _espera(rng, posto, vendedor)
    return Perfil(
        indice=indice,
        vendedor=vendedor,
        posto=posto,
        segmento=segmento,
        base=base,
        inicio=None if espera is None else base - timedelta(days=espera),
        ciclo=ciclo,
        variacao=rng.uniform(0.08, 0.26),
        # Quem repõe de longe em longe leva mais de cada vez.
        ticket=rng.lognormvariate(math.log(1300), 0.8) * math.sqrt(ciclo / 28),
        vida=_vida(semente, indice, posto, vendedor),
    )


def _vida(semente: int, indice: int, posto: int, vendedor: int) -> int | None:
    """Quem vai embora vai cedo: dois em cinco na primeira compra, a maioria até a terceira."""
    if (posto * _PASSO_DA_SAIDA + vendedor * _SALTO_DA_SAIDA) % 1 >= _VAO_EMBORA:
        return None
    return 1 + int(sorteio(semente, "vida", indice).expovariate(1 / _COMPRAS_ATE_IR))


def _espera(rng: Random, posto: int, vendedor: int) -> int | None:
    """Dias da primeira compra até a base; negativo é quem só vai comprar depois; nulo, nunca.

    Um em sete é prospect, e dois em cada cinco deles compram nos meses seguintes. Dos outros, dois em
    três já compravam quando a história começa.
    """
    if posto % 7 == 3:
        return -rng.randint(4, 300) if posto // 7 % 5 in {1, 3} else None
    entrada = (posto * _OUTRO_PASSO + vendedor * RAZAO_AUREA) % 1
    return (
        round(8 + entrada * 3 * DIAS_DE_HISTORIA)
        if entrada < 1 / 3
        else DIAS_DE_HISTORIA - rng.randint(0, 40)
    )


def dia_util(dia: date) -> date:
    return dia + timedelta(days=7 - dia.weekday()) if dia.weekday() > 4 else dia


def compras(semente: int, cliente: Perfil, ate: date) -> Iterator[tuple[date, float]]:
    """Dias de compra até `ate`, cada um com um número sorteado: uma sequência sem fim, cortada.

    Cortar mais tarde devolve as mesmas compras e mais algumas, e é isso que permite continuar.
    """
    if cliente.inicio is None:
        return
    rng = sorteio(semente, "compras", cliente.indice)
    dia, silencios = dia_util(cliente.inicio), _silencios(cliente, rng)
    comeco, duracao = next(silencios)
    quantas = 0
    while dia <= ate:
        yield dia, rng.random()
        quantas += 1
        if quantas == cliente.vida:
            return
        proximo = dia + _intervalo(cliente, dia, rng)
        while comeco <= dia:
            comeco, duracao = next(silencios)
        dia = dia_util(max(proximo, dia + duracao) if comeco <= proximo else proximo)


def _intervalo(cliente: Perfil, dia: date, rng: Random) -> timedelta:
    """Dias até a próxima compra: em volta do ciclo próprio, esticado na época fraca."""
    epoca = catalogo.RAMOS[cliente.segmento].meses[dia.month - 1]
    dias = rng.lognormvariate(math.log(cliente.ciclo * epoca), cliente.variacao)
    return timedelta(days=max(2, round(dias)))


def _silencios(cliente: Perfil, rng: Random) -> Iterator[tuple[date, timedelta]]:
    """Começo e duração de cada silêncio do cliente, em ordem e sem fim; entre dois longos, um atraso."""
    tremores = Random(rng.random())  # noqa: S311 - à parte, para que um silêncio saltado não mude as compras  # nosec B311 # demonstração
    fase = (cliente.posto * RAZAO_AUREA + cliente.vendedor * _PASSO) % 1
    tipo = (cliente.posto * _PASSO + cliente.vendedor * _OUTRO_PASSO) % 1
    passo = catalogo.RAMOS[cliente.segmento].fator_de_ciclo
    for n in range(-math.ceil(DIAS_DE_HISTORIA / _ENTRE_SILENCIOS) - 1, 1_000):
        longe = (fase + n) * _ENTRE_SILENCIOS + tremores.uniform(-_TREMOR, _TREMOR)
        duracao = _duracao((tipo + n * RAZAO_AUREA) % 1) * passo * _piora(longe)
        atraso = min(cliente.ciclo * tremores.uniform(1.8, 2.7), 84 * passo)
        yield _a_partir(cliente.base, longe), timedelta(days=round(duracao))
        yield _a_partir(cliente.base, longe + _ENTRE_SILENCIOS * 0.6), timedelta(days=round(atraso))


def _a_partir(base: date, dias: float) -> date:
    return base + timedelta(days=round(dias))


def _duracao(sorte: float) -> float:
    """Metade volta ainda quase inativa, a outra depois de inativa, e um em doze só dali a mais de um ano."""
    if sorte < 0.5:
        return 95 + 45 * sorte / 0.5
    if sorte < 0.92:
        return 156 + 190 * (sorte - 0.5) / 0.42
    return 380 + 220 * (sorte - 0.92) / 0.08


def _piora(longe: float) -> float:
    """A carteira já foi melhor: os silêncios de um ano antes da base eram mais curtos que os de agora."""
    return min(1.0, max(0.6, 1 + (longe + 180) / 400))
