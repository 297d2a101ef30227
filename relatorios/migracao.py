"""Quem mudou de situação num período: de onde saiu, onde está, quanto vale.

Compara a situação antes da primeira mudança do período com a de agora; quem saiu e voltou ao
mesmo lugar não se moveu, e é contado à parte.
"""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    BooleanField,
    Count,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)

from atividade.models import MotivoDaMudanca, MudancaStatus
from atividade.regras import Status
from relatorios.composicao import VALOR_EM_RISCO, ZERO

PERIODOS = (7, 30, 90)
_ORDEM = (Status.ATIVO, Status.QUASE_INATIVO, Status.INATIVO)


@dataclass(frozen=True)
class Passagem:
    """Um par de → para."""

    de: str
    para: str
    clientes: int
    valor: Decimal
    por_regra: int = 0

    @property
    def entrou(self) -> bool:
        return self.de == Status.PROSPECT

    @property
    def piorou(self) -> bool:
        return not self.entrou and (
            self.para == Status.PROSPECT or _ORDEM.index(Status(self.para)) > _ORDEM.index(Status(self.de))
        )


@dataclass(frozen=True)
class Migracao:
    passagens: tuple[Passagem, ...] = ()
    foram_e_voltaram: int = 0

    @property
    def pioraram(self) -> tuple[int, Decimal]:
        return _soma(p for p in self.passagens if p.piorou)

    @property
    def melhoraram(self) -> tuple[int, Decimal]:
        return _soma(p for p in self.passagens if not p.piorou)

    @property
    def por_regra(self) -> int:
        return sum(p.por_regra for p in self.passagens)

    @property
    def clientes(self) -> int:
        return sum(p.clientes for p in self.passagens)


def _soma(passagens: Any) -> tuple[int, Decimal]:
    lista = list(passagens)
    return sum(p.clientes for p in lista), sum((p.valor for p in lista), ZERO)


def _no_periodo(dias: int, empresa: str) -> Q:
    """Mudanças em (referência − dias, referência] da empresa do cliente."""
    return _ate(dias, F(f"{empresa}__referencia"))


def _ate(dias: int, referencia: Any) -> Q:
    inicio = ExpressionWrapper(referencia - Value(timedelta(days=dias)), DateField())
    return Q(em__gt=inicio, em__lte=referencia)


class _UmDe(Func):
    """`coluna = ANY (ARRAY(...))`: quem mudou se procura primeiro, e só deles se pergunta o resto."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY ("
    output_field = BooleanField()
    conditional = True


def quem_mudou(clientes: QuerySet[Any], dias: int) -> QuerySet[Any]:
    """Os clientes com alguma mudança no período; `antes` é a situação em que ele os encontrou."""
    mudancas = MudancaStatus.objects.filter(_no_periodo(dias, "cliente__empresa"))
    do_cliente = MudancaStatus.objects.filter(
        _ate(dias, OuterRef("empresa__referencia")), cliente=OuterRef("pk")
    )
    mudaram = ArraySubquery(mudancas.order_by().values("cliente").distinct())
    return clientes.filter(_UmDe(F("pk"), mudaram)).annotate(
        antes=Subquery(do_cliente.order_by("em", "ordem").values("de")[:1]),
        por_regra=Exists(do_cliente.filter(motivo=MotivoDaMudanca.CONFIGURACAO)),
        risco=VALOR_EM_RISCO,
    )


def migracao(clientes: QuerySet[Any], dias: int) -> Migracao:
    """Todas as passagens do período em uma consulta."""
    pares = (
        quem_mudou(clientes, dias)
        .values("antes", "status")
        .annotate(n=Count("pk"), total=Sum("risco"), regra=Count("pk", filter=Q(por_regra=True)))
        .order_by("antes", "status")
    )
    passagens = [Passagem(p["antes"], p["status"], p["n"], p["total"], p["regra"]) for p in pares]
    return Migracao(
        tuple(p for p in passagens if p.de != p.para),
        sum(p.clientes for p in passagens if p.de == p.para),
    )


def lista_de_quem_mudou(clientes: QuerySet[Any], dias: int, *, de: str = "", para: str = "") -> QuerySet[Any]:
    """Os nomes atrás de cada passagem, do maior valor para o menor."""
    mudaram = quem_mudou(clientes, dias).exclude(antes=F("status"))
    if de:
        mudaram = mudaram.filter(antes=de)
    if para:
        mudaram = mudaram.filter(status=para)
    return mudaram.select_related("cliente", "vendedor").order_by("-risco", "cliente__codigo", "pk")
