"""A qualidade do cadastro em números: pendências por tipo, quem as tem, e o potencial declarado ao lado do real."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Case, Count, DecimalField, ExpressionWrapper, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from atividade.models import Indicadores
from clientes.higiene import REGRAS, com_pendencia, decididas
from clientes.models import DecisaoDePendencia, TipoDePendencia
from contas.models import Usuario
from relatorios.composicao import Recorte
from relatorios.composicao import linhas as carteira

ZERO = Decimal(0)
_TODOS = 2**31 - 1
# Convite, e não erro: fica fora da conta de "cadastros em dia".
CONVITES = frozenset({TipoDePendencia.SEM_POTENCIAL})
_REAIS = DecimalField(max_digits=18, decimal_places=2)


@dataclass(frozen=True, slots=True)
class Contagem:
    """Um tipo de pendência: quantos clientes e quanto compraram em 12 meses."""

    tipo: str
    clientes: int
    valor: Decimal

    @property
    def nome(self) -> str:
        return str(TipoDePendencia(self.tipo).label)

    @property
    def convite(self) -> bool:
        return self.tipo in CONVITES


@dataclass(frozen=True, slots=True)
class Qualidade:
    """A fila inteira: o que há por tipo e quantos cadastros estão em dia."""

    contagens: list[Contagem]
    clientes: int
    em_dia: int

    @property
    def porcento_em_dia(self) -> Decimal | None:
        return Decimal(self.em_dia) * 100 / self.clientes if self.clientes else None

    @property
    def com_alguma(self) -> int:
        return self.clientes - self.em_dia


def _com_decisoes(base: QuerySet[Indicadores], hoje: date) -> Any:
    return base.annotate(decididas=ArraySubquery(decididas(hoje, "cliente__")))


def _na_fila(tipo: str) -> Q:
    return com_pendencia(tipo, "cliente__") & ~Q(decididas__contains=[tipo])


def com(tipo: str, usuario: Usuario, recorte: Recorte, hoje: date) -> QuerySet[Indicadores]:
    """Quem tem a pendência e ninguém a aceitou nem adiou, do que mais compra ao que menos."""
    base: QuerySet[Indicadores] = _com_decisoes(carteira(usuario, recorte), hoje).filter(_na_fila(tipo))
    return base.order_by("-valor_12m", "pk")


def qualidade(usuario: Usuario, recorte: Recorte, hoje: date) -> Qualidade:
    """Todas as contagens em uma consulta, que olha cada cadastro uma vez."""
    contas: dict[str, Any] = {}
    alguma = Q()
    for tipo in REGRAS:
        na_fila = Q(**{f"tem_{tipo}": True})
        contas[f"n_{tipo}"] = Count("pk", filter=na_fila)
        contas[f"v_{tipo}"] = Coalesce(Sum("valor_12m", filter=na_fila), ZERO, output_field=_REAIS)
        if tipo not in CONVITES:
            alguma |= na_fila
    tem = {f"tem_{t}": Case(When(_na_fila(t), then=Value(True)), default=Value(False)) for t in REGRAS}
    # O limite, que não corta ninguém, guarda a subconsulta: sem ele o banco refaz cada condição em cada contagem.
    base = _com_decisoes(carteira(usuario, recorte), hoje).annotate(**tem)[:_TODOS]
    achado = base.aggregate(todos=Count("pk"), com_alguma=Count("pk", filter=alguma), **contas)
    return Qualidade(
        [Contagem(t, achado[f"n_{t}"], achado[f"v_{t}"]) for t in REGRAS],
        achado["todos"],
        achado["todos"] - achado["com_alguma"],
    )


def resolvidas(usuario: Usuario, desde: date) -> dict[str, int]:
    """Gestos desde o dia, por decisão, nos clientes que a pessoa vê."""
    gestos = DecisaoDePendencia.objects.visiveis_para(usuario).filter(em__date__gte=desde)
    return dict(gestos.order_by().values_list("decisao").annotate(n=Count("pk")))


# ── Potencial ────────────────────────────────────────────────────────────────

REAL = ExpressionWrapper(F("valor_12m") / Value(Decimal(12)), output_field=_REAIS)
LACUNA = ExpressionWrapper(
    F("cliente__potencial_mensal") - F("valor_12m") / Value(Decimal(12)), output_field=_REAIS
)


def com_potencial(usuario: Usuario, recorte: Recorte) -> QuerySet[Indicadores]:
    """Quem declarou potencial, com a média por mês dos últimos doze e a lacuna entre os dois."""
    declarado = carteira(usuario, recorte).filter(cliente__potencial_mensal__isnull=False)
    return declarado.annotate(real_por_mes=REAL, lacuna_por_mes=LACUNA)


def potencial_por_vendedor(usuario: Usuario, recorte: Recorte) -> list[dict[str, Any]]:
    """Por vendedor, da maior lacuna à menor; quem passa do declarado não compensa quem fica abaixo."""
    tem = Q(cliente__potencial_mensal__isnull=False)
    linhas = (
        carteira(usuario, recorte)
        .values("vendedor_id", vendedor_nome=Coalesce(F("vendedor__nome"), Value("Sem vendedor")))
        .annotate(
            clientes=Count("pk"),
            declarados=Count("pk", filter=tem),
            sem_potencial=Count("pk", filter=~tem),
            potencial=Coalesce(Sum("cliente__potencial_mensal", filter=tem), ZERO, output_field=_REAIS),
            real=Coalesce(Sum(REAL, filter=tem), ZERO, output_field=_REAIS),
            lacuna=Coalesce(
                Sum(LACUNA, filter=tem & Q(cliente__potencial_mensal__gt=REAL)), ZERO, output_field=_REAIS
            ),
        )
    )
    return sorted(linhas, key=lambda x: (-x["lacuna"], x["vendedor_nome"], x["vendedor_id"] or 0))
