"""A cidade como unidade de conta: a situação dela é a do cliente que comprou nela por último.

Conta-se o município reconhecido (IBGE); os clientes sem ele ficam ao lado, para a soma fechar com a da carteira.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Case, Count, F, IntegerField, Max, Q, QuerySet, Sum, Value, When

from atividade.regras import Status
from clientes.models import Municipio
from relatorios.composicao import NA_CONTA, VALOR_EM_RISCO, ZERO

ORDEM = (*(s.value for s in NA_CONTA), Status.PROSPECT.value)
# Compraram no mesmo dia dois clientes de regras diferentes: vale a melhor situação.
_MELHOR_PRIMEIRO = Case(
    *(When(status=s, then=Value(n)) for n, s in enumerate(ORDEM)), output_field=IntegerField()
)
SEM_ATIVO = "sem_ativo"


@dataclass(frozen=True, slots=True)
class Cidade:
    """Um município e os clientes dele; sem `municipio` são os de município não reconhecido."""

    municipio: int | None
    nome: str
    uf: str
    situacao: str
    ultima_compra: date | None
    clientes: dict[str, int]
    valor: Decimal

    @property
    def com_compra(self) -> int:
        return sum(self.clientes.get(s, 0) for s in NA_CONTA)

    @property
    def todos(self) -> int:
        return sum(self.clientes.values())

    @property
    def sem_ativo(self) -> bool:
        """Já comprou, e nenhum cliente dela é ativo."""
        return self.com_compra > 0 and not self.clientes.get(Status.ATIVO, 0)

    @property
    def rotulo(self) -> str:
        return f"{self.nome}/{self.uf}"


@dataclass(frozen=True)
class Contagem:
    """Cidades e clientes por situação, de uma UF ou de tudo."""

    uf: str
    cidades: dict[str, int]
    clientes: dict[str, int]
    sem_ativo: int
    valor: Decimal = ZERO

    @property
    def com_compra(self) -> int:
        return sum(self.cidades.get(s, 0) for s in NA_CONTA)

    @property
    def clientes_com_compra(self) -> int:
        return sum(self.clientes.get(s, 0) for s in NA_CONTA)

    def porcento(self, situacao: str) -> Decimal | None:
        return _porcento(self.cidades.get(situacao, 0), self.com_compra)

    def porcento_dos_clientes(self, situacao: str) -> Decimal | None:
        return _porcento(self.clientes.get(situacao, 0), self.clientes_com_compra)


def _porcento(parte: int, total: int) -> Decimal | None:
    return Decimal(parte) * 100 / total if total else None


def cidades(clientes: "QuerySet[Any]") -> tuple[list[Cidade], Cidade | None]:
    """Todas as cidades do recorte, e à parte os clientes sem município reconhecido: duas consultas."""
    linhas = (
        clientes.values("cliente__municipio_id")
        .annotate(
            situacoes=ArrayAgg(
                "status", order_by=[F("ultima_compra").desc(nulls_last=True), _MELHOR_PRIMEIRO]
            ),
            ultima=Max("ultima_compra"),
            valor=Sum(VALOR_EM_RISCO),
            **{f"n_{s}": Count("pk", filter=Q(status=s)) for s in ORDEM},
        )
        .order_by()
    )
    achadas = {linha["cliente__municipio_id"]: linha for linha in linhas}
    municipios = Municipio.objects.in_bulk([pk for pk in achadas if pk])
    todas = [_cidade(linha, municipios.get(pk)) for pk, linha in achadas.items()]
    return [c for c in todas if c.municipio], next((c for c in todas if not c.municipio), None)


def _cidade(linha: dict[str, Any], municipio: Municipio | None) -> Cidade:
    return Cidade(
        municipio.pk if municipio else None,
        municipio.nome if municipio else "",
        municipio.uf if municipio else "",
        linha["situacoes"][0],
        linha["ultima"],
        {s: linha[f"n_{s}"] for s in ORDEM if linha[f"n_{s}"]},
        linha["valor"],
    )


def contar(todas: Iterable[Cidade], uf: str = "") -> Contagem:
    """A conta de um conjunto de cidades."""
    lista = list(todas)
    clientes: Counter[str] = Counter()
    for cidade in lista:
        clientes.update(cidade.clientes)
    return Contagem(
        uf,
        dict(Counter(c.situacao for c in lista)),
        dict(clientes),
        sum(c.sem_ativo for c in lista),
        sum((c.valor for c in lista), ZERO),
    )


def por_uf(todas: Iterable[Cidade]) -> list[Contagem]:
    """Uma linha por UF, da que tem mais cidades para a que tem menos."""
    grupos: dict[str, list[Cidade]] = defaultdict(list)
    for cidade in todas:
        grupos[cidade.uf].append(cidade)
    contas = [contar(lista, uf) for uf, lista in grupos.items()]
    return sorted(contas, key=lambda c: (-sum(c.cidades.values()), c.uf))


def escolher(todas: Iterable[Cidade], *, situacao: str = "", uf: str = "") -> list[Cidade]:
    """As da situação pedida (ou sem nenhum ativo), da que mais vale para a que menos."""
    escolhidas = (
        c
        for c in todas
        if (not uf or c.uf == uf)
        and (not situacao or c.situacao == situacao or (situacao == SEM_ATIVO and c.sem_ativo))
    )
    return sorted(escolhidas, key=lambda c: (-c.valor, c.nome.casefold(), c.uf))
