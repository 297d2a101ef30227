"""Um relatório feito: as linhas em ordem, aos pedaços ou em fluxo, e o total, venham da memória ou do banco."""

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import F, QuerySet, Sum

from contas.models import Usuario
from relatorios.base import Coluna, Elo, Grafico, Relatorio, arredondar
from relatorios.pedido import Pedido
from relatorios.planilhas import Coluna as ColunaDaPlanilha

LOTE = 2000


@dataclass(frozen=True, slots=True)
class Celula:
    """Um valor na tela ou no papel."""

    coluna: Coluna
    valor: Any
    elo: Elo | None = None
    sub: str = ""
    status: str = ""


class Tabela:
    """Aceita fatias e `count()`, como o Paginator do Django pede."""

    def __init__(self, relatorio: Relatorio, usuario: Usuario, pedido: Pedido) -> None:
        self.relatorio, self.usuario, self.pedido = relatorio, usuario, pedido
        self.colunas: tuple[Coluna, ...] = tuple(relatorio.colunas(usuario, pedido))

    @cached_property
    def linhas(self) -> QuerySet[Any] | Sequence[Any]:
        """As do relatório, como vieram; um gerador vira lista para se poder contar e somar."""
        vindas = self.relatorio.linhas(self.usuario, self.pedido)
        return vindas if isinstance(vindas, QuerySet) else list(vindas)

    @cached_property
    def em_ordem(self) -> QuerySet[Any] | Sequence[Any]:
        coluna, desce = self.ordenada_por
        if isinstance(self.linhas, QuerySet):
            return _no_banco(self.linhas, coluna, desce, self.relatorio.desempate)
        return self.linhas if coluna is None else _na_memoria(self.linhas, coluna, desce)

    @cached_property
    def ordenada_por(self) -> tuple[Coluna | None, bool]:
        """A coluna pedida; uma que não há (ou não ordena) vale a ordem do relatório."""
        for pedida in (self.pedido.ordem, self.relatorio.ordem):
            for coluna in self.colunas:
                if coluna.ordena and coluna.chave == pedida.lstrip("-"):
                    return coluna, pedida.startswith("-")
        return None, False

    @property
    def ordem(self) -> str:
        coluna, desce = self.ordenada_por
        return f"{'-' if desce else ''}{coluna.chave}" if coluna else ""

    def count(self) -> int:
        return self.quantas

    @cached_property
    def quantas(self) -> int:
        return self.linhas.count() if isinstance(self.linhas, QuerySet) else len(self.linhas)

    def __getitem__(self, fatia: slice) -> list[list[Celula]]:
        return [self.celulas(linha) for linha in self.em_ordem[fatia]]

    def celulas(self, linha: Any) -> list[Celula]:
        return [
            Celula(
                coluna,
                coluna.celula(linha),
                coluna.destino(linha, self.pedido),
                coluna.sub(linha) if coluna.sub else "",
                coluna.status(linha) if coluna.status else "",
            )
            for coluna in self.colunas
        ]

    @cached_property
    def total(self) -> list[Celula] | None:
        """O pé: a linha que o relatório dá ou a soma das colunas que somam; sem nem uma, não há."""
        dado = self.relatorio.total(self.usuario, self.pedido, self.linhas)
        if dado is None:
            dado = self._somas()
        if dado is None or not self.quantas:
            return None
        if isinstance(dado, Mapping):
            celulas = [self._do_pe(c, dado.get(c.chave)) for c in self.colunas]
        else:
            celulas = self.celulas(dado)
        primeira = celulas[0]
        rotulo = primeira.valor if isinstance(dado, Mapping) and primeira.valor else "Total"
        return [Celula(primeira.coluna, rotulo), *celulas[1:]]

    def _do_pe(self, coluna: Coluna, valor: Any) -> Celula:
        elo = coluna.destino_do_total(self.pedido) if valor else None
        return Celula(coluna, arredondar(valor, coluna.tipo), elo)

    def _somas(self) -> dict[str, Any] | None:
        somam = [c for c in self.colunas if c.soma]
        if not somam:
            return None
        if isinstance(self.linhas, QuerySet):
            return self.linhas.order_by().aggregate(**{c.chave: Sum(c.caminho) for c in somam})
        return {c.chave: sum(v for li in self.linhas if (v := c.celula(li)) is not None) for c in somam}

    @cached_property
    def achado(self) -> str:
        return self.relatorio.achado(self.usuario, self.pedido, self.linhas) if self.quantas else ""

    @cached_property
    def grafico(self) -> Grafico | None:
        return self.relatorio.grafico(self.usuario, self.pedido, self.linhas) if self.quantas else None

    # ── Para levar ───────────────────────────────────────────────────────────

    @property
    def colunas_da_planilha(self) -> list[ColunaDaPlanilha]:
        return [c.da_planilha for c in self.colunas]

    def valores(self) -> Iterator[list[Any]]:
        """Todas as linhas e o total, em fluxo: a memória não cresce com a carteira."""
        for linha in self.uma_a_uma():
            yield [coluna.celula(linha) for coluna in self.colunas]
        if self.total:
            yield [celula.valor for celula in self.total]

    def uma_a_uma(self) -> Iterable[Any]:
        todas = self.em_ordem
        return todas.iterator(chunk_size=LOTE) if isinstance(todas, QuerySet) else todas


def _no_banco(
    linhas: QuerySet[Any], coluna: Coluna | None, desce: bool, desempate: tuple[str, ...]
) -> QuerySet[Any]:
    """Quem não tem valor vai ao fim nos dois sentidos; o desempate fixa a ordem entre páginas."""
    if coluna is None:
        return linhas if linhas.ordered else linhas.order_by(*desempate)
    chave = F(coluna.caminho)
    em_ordem = chave.desc(nulls_last=True) if desce else chave.asc(nulls_last=True)
    return linhas.order_by(em_ordem, *desempate)


def _na_memoria(linhas: Sequence[Any], coluna: Coluna, desce: bool) -> list[Any]:
    """Ordenação estável: os empates ficam como vieram, nos dois sentidos."""
    valores = [(coluna.valor(li) if coluna.valor else coluna.celula(li), li) for li in linhas]
    com = [(_chave(v), li) for v, li in valores if v is not None and v != ""]
    sem = [li for v, li in valores if v is None or v == ""]
    return [li for _, li in sorted(com, key=lambda par: par[0], reverse=desce)] + sem


def _chave(valor: Any) -> Any:
    if not isinstance(valor, str):
        return valor
    return "".join(c for c in unicodedata.normalize("NFD", valor) if not unicodedata.combining(c)).casefold()
