"""Clientes novos por vendedor e mês: uma matriz de quem fez a primeira compra, com o valor do dia dela."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from relatorios.composicao import SEM, ZERO, Dimensao
from relatorios.saldo import Eventos, meses_de, rotulos


@dataclass(frozen=True, slots=True)
class Abertura:
    """Clientes novos e o R$ do dia da primeira compra de cada um."""

    clientes: int = 0
    valor: Decimal = ZERO

    def __add__(self, outra: "Abertura") -> "Abertura":
        return Abertura(self.clientes + outra.clientes, self.valor + outra.valor)


@dataclass(frozen=True)
class Linha:
    """Um vendedor (ou equipe, segmento…) mês a mês."""

    chave: str
    rotulo: str
    meses: dict[date, Abertura] = field(default_factory=dict)

    def no(self, mes: date) -> Abertura:
        return self.meses.get(mes, Abertura())

    @property
    def total(self) -> Abertura:
        return sum(self.meses.values(), Abertura())


@dataclass(frozen=True)
class Aberturas:
    meses: list[date]
    linhas: list[Linha]

    @property
    def total(self) -> Linha:
        return Linha("", "Total", {mes: self._do_mes(mes) for mes in self.meses})

    def _do_mes(self, mes: date) -> Abertura:
        return sum((linha.no(mes) for linha in self.linhas), Abertura())


def aberturas(eventos: Eventos, dimensao: Dimensao) -> Aberturas:
    """A matriz do período, de quem mais abriu para quem menos, em duas consultas."""
    achados = [
        (chave or None, mes, Abertura(saldo.abertos, saldo.valor_abertos))
        for chave, mes, saldo in eventos.por_mes_e(dimensao)
        if saldo.abertos
    ]
    nomes = rotulos(dimensao, (chave for chave, _, _ in achados))
    por_chave: dict[object, dict[date, Abertura]] = defaultdict(dict)
    for chave, mes, abertura in achados:
        por_chave[chave][mes] = abertura
    linhas = (
        Linha(str(chave or SEM), nomes[chave] if chave else dimensao.ausente, meses)
        for chave, meses in por_chave.items()
    )
    return Aberturas(meses_de(eventos.periodo), _ordenadas(linhas))


def _ordenadas(linhas: Iterable[Linha]) -> list[Linha]:
    return sorted(linhas, key=lambda x: (-x.total.clientes, -x.total.valor, x.rotulo.casefold(), x.chave))
