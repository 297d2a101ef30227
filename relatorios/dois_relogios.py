"""Dois relógios: há quantos dias cada cliente não compra × há quantos dias ninguém fala com ele.

Os dias são os da lista de clientes: os da compra contam da referência da empresa; os do contato, de hoje.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Sum, Value, When
from django.utils import timezone

from contas.models import Empresa
from relatorios.composicao import VALOR_EM_RISCO, ZERO

COMPRA_PADRAO, CONTATO_PADRAO = (30, 60, 90, 180), (15, 30, 60, 90)
MAXIMO_DE_FAIXAS, MAIOR_LIMITE = 7, 3650


@dataclass(frozen=True, slots=True)
class Faixa:
    """De `de` a `ate` dias, os dois dentro; sem `ate`, dali em diante; `nunca` é quem não tem a data."""

    de: int = 0
    ate: int | None = None
    nunca: bool = False


def faixas(limites: Iterable[int]) -> list[Faixa]:
    """30, 60 → 0 a 30, 31 a 60, mais de 60, nunca."""
    fins = sorted({n for n in limites if 0 < n <= MAIOR_LIMITE})[:MAXIMO_DE_FAIXAS]
    inicios = [0, *(n + 1 for n in fins)]
    return [*(Faixa(a, b) for a, b in zip(inicios, [*fins, None], strict=True)), Faixa(nunca=True)]


def ler_limites(textos: Iterable[str], padrao: tuple[int, ...]) -> tuple[int, ...]:
    """`30,90`, com vírgula ou ponto e vírgula; o que não é dia é ignorado, e sem nenhum vale o padrão."""
    pedacos = ",".join(textos).replace(";", ",").split(",")
    numeros = {int(p) for x in pedacos if (p := x.strip()).isascii() and p.isdigit() and len(p) <= 4}
    return tuple(sorted(n for n in numeros if 0 < n <= MAIOR_LIMITE)[:MAXIMO_DE_FAIXAS]) or padrao


def condicoes(compra: Faixa | None, contato: Faixa | None) -> str:
    """As duas faixas como a lista de clientes as diz em `e`; sem nenhuma, vazio.

    A aberta não leva quem nunca: na lista, "no mínimo N" o inclui.
    """
    partes: list[str] = []
    for campo, faixa in (("sem_compra", compra), ("sem_contato", contato)):
        if faixa is None:
            continue
        if faixa.nunca:
            partes.append(f"{campo}.nunca")
        elif faixa.ate is None:
            partes += [f"{campo}.min.{faixa.de}", "nao", f"{campo}.nunca"]
        else:
            partes.append(f"{campo}.entre.{faixa.de}.{faixa.ate}")
    return "~".join(partes)


@dataclass(frozen=True, slots=True)
class Celula:
    clientes: int = 0
    valor: Decimal = ZERO

    def __add__(self, outra: "Celula") -> "Celula":
        return Celula(self.clientes + outra.clientes, self.valor + outra.valor)


def nome_da_faixa(faixa: Faixa, nunca: str) -> str:
    """31 a 60 dias · mais de 180 dias · nunca."""
    if faixa.nunca:
        return nunca
    if faixa.ate is None:
        return f"mais de {faixa.de - 1} dias" if faixa.de else "qualquer dia"
    return f"{faixa.de} a {faixa.ate} dias" if faixa.de else f"até {faixa.ate} dias"


@dataclass(frozen=True)
class Relogios:
    """A matriz; a posição de cada faixa na lista é a da célula."""

    compra: list[Faixa]
    contato: list[Faixa]
    celulas: dict[tuple[int, int], Celula]

    def celula(self, compra: int, contato: int) -> Celula:
        return self.celulas.get((compra, contato), Celula())

    def linha(self, compra: int) -> Celula:
        return sum((self.celula(compra, n) for n in range(len(self.contato))), Celula())

    def coluna(self, contato: int) -> Celula:
        return sum((self.celula(n, contato) for n in range(len(self.compra))), Celula())

    @property
    def total(self) -> Celula:
        return sum(self.celulas.values(), Celula())


def relogios(
    clientes: "QuerySet[Any]",
    compra: list[Faixa],
    contato: list[Faixa],
    hoje: date,
    empresas: Iterable[Empresa],
) -> Relogios:
    """Uma consulta; a compra se conta da referência da empresa de cada cliente, o contato de `hoje`."""
    referencias: dict[date, list[int]] = defaultdict(list)
    for empresa in empresas:
        referencias[empresa.referencia or hoje].append(empresa.pk)
    anotados = clientes.annotate(
        faixa_compra=_em_qual(compra, "ultima_compra", lambda f: _comprou_desde(f, referencias)),
        faixa_contato=_em_qual(contato, "ultimo_contato_em", lambda f: _contatado_desde(f, hoje)),
    )
    linhas = (
        anotados.values_list("faixa_compra", "faixa_contato")
        .annotate(n=Count("pk"), valor=Sum(VALOR_EM_RISCO))
        .order_by()
    )
    return Relogios(compra, contato, {(a, b): Celula(n, valor) for a, b, n, valor in linhas})


def _em_qual(lista: list[Faixa], coluna: str, alcanca: Callable[[Faixa], Q]) -> Case:
    """A posição da faixa: a primeira que alcança a data; a última aberta fica com o resto."""
    fechadas = [(n, f) for n, f in enumerate(lista) if f.ate is not None]
    nunca, resto = len(lista) - 1, len(lista) - 2
    casos = [When(Q(**{f"{coluna}__isnull": True}), then=Value(nunca))]
    casos += [When(alcanca(f), then=Value(n)) for n, f in fechadas]
    return Case(*casos, default=Value(resto), output_field=IntegerField())


def _comprou_desde(faixa: Faixa, referencias: dict[date, list[int]]) -> Q:
    assert faixa.ate is not None
    dias = timedelta(days=faixa.ate)
    total = Q(pk__in=[])
    for dia, empresas in referencias.items():
        total |= Q(empresa__in=empresas, ultima_compra__gte=dia - dias)
    return total


def _contatado_desde(faixa: Faixa, hoje: date) -> Q:
    assert faixa.ate is not None
    inicio = datetime.combine(hoje - timedelta(days=faixa.ate), time())
    return Q(ultimo_contato_em__gte=timezone.make_aware(inicio))
