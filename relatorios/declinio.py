"""Declínio silencioso: quem ainda compra, mas menos que na mesma estação do ano passado.

Os últimos N meses, (referência − N, referência], contra os mesmos N do ano anterior, (referência − 12 − N,
referência − 12]: assim a safra e o fim de ano se comparam consigo mesmos. Só se fala de quem já comprava antes de a
primeira das duas janelas começar, para que o ano da primeira compra não pareça queda no seguinte.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import (
    Case,
    Count,
    DecimalField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce

from atividade.models import Status
from clientes.models import Pedido
from contas.models import Empresa
from contas.replica import conexao

MESES = (3, 6, 12)
MESES_DA_FAISCA = 24
_DINHEIRO = DecimalField(max_digits=18, decimal_places=2)
_FINO = DecimalField(max_digits=20, decimal_places=6)


@dataclass(frozen=True, slots=True)
class Regra:
    """Quanto tempo se compara, a queda que já preocupa (em %) e o que se comprava para valer a conversa."""

    meses: int = 6
    queda: int = 30
    piso: Decimal = Decimal(1000)

    def desde(self, dia: date) -> date:
        """Onde começa a mais antiga das duas janelas."""
        return dia - relativedelta(months=12 + self.meses)

    def antes(self, dia: date) -> tuple[date, date]:
        return self.desde(dia), dia - relativedelta(months=12)

    def agora(self, dia: date) -> tuple[date, date]:
        return dia - relativedelta(months=self.meses), dia


def _comprado(janela: tuple[date, date]) -> Coalesce:
    """O valor dos pedidos que contam em (de, até]; zero sem nenhum."""
    de, ate = janela
    compras = Pedido.objects.filter(
        empresa=OuterRef("empresa"), cliente=OuterRef("pk"), conta=True, data__gt=de, data__lte=ate
    )
    soma = compras.order_by().values("cliente").annotate(soma=Sum("valor")).values("soma")
    return Coalesce(Subquery(soma, output_field=_DINHEIRO), Value(Decimal(0)), output_field=_DINHEIRO)


def condicao(regra: Regra, dia: date) -> Q:
    """Sobre `Indicadores`, na referência dada: os dois limites contam, e uma queda de zero não é queda.

    As duas janelas se somam numa leitura só: cada soma que se dissesse à parte seria outra ida aos pedidos do cliente.
    """
    (de, meio), (volta, ate) = janelas = regra.antes(dia), regra.agora(dia)
    antes, agora = (_somado(Q(data__gt=a, data__lte=b)) for a, b in janelas)
    compras = Pedido.objects.filter(
        Q(data__lte=meio) | Q(data__gt=volta),
        empresa=OuterRef("empresa"), cliente=OuterRef("pk"), conta=True, data__gt=de, data__lte=ate,
    )  # fmt: skip
    teto = ExpressionWrapper(F("antes") * Value(Decimal(100 - regra.queda) / 100), output_field=_FINO)
    caiu = (
        compras.order_by()
        .values("cliente")
        .annotate(antes=antes, agora=agora)
        .filter(antes__gte=regra.piso, agora__lte=teto, antes__gt=F("agora"))
    )
    return Q(status=Status.ATIVO, primeira_compra__lte=regra.desde(dia)) & Q(Exists(caiu))


def _somado(quais: Q) -> Coalesce:
    return Coalesce(Sum("valor", filter=quais), Value(Decimal(0)), output_field=_DINHEIRO)


def em_declinio(clientes: QuerySet[Any], regra: Regra, empresas: Iterable[Empresa]) -> QuerySet[Any]:
    """Os clientes em declínio, com `antes`, `agora`, `menos` (na janela) e `por_ano`; cada empresa na sua data."""
    por_data: dict[date, list[int]] = {}
    for empresa in empresas:
        if empresa.referencia is not None:
            por_data.setdefault(empresa.referencia, []).append(empresa.pk)
    total = Q(pk__in=[])
    for dia, ids in por_data.items():
        total |= Q(empresa__in=ids) & condicao(regra, dia)
    anotados = clientes.filter(total).annotate(
        antes=_da_empresa(por_data, regra.antes), agora=_da_empresa(por_data, regra.agora)
    )
    menos = ExpressionWrapper(F("antes") - F("agora"), output_field=_DINHEIRO)
    por_ano = ExpressionWrapper(menos * Value(12 // regra.meses), output_field=_DINHEIRO)
    parte = ExpressionWrapper(menos * Value(Decimal(100)) / F("antes"), output_field=_FINO)
    return anotados.annotate(menos=menos, por_ano=por_ano, queda=parte)


def _da_empresa(por_data: Mapping[date, Sequence[int]], janela: Any) -> Any:
    """A janela na referência da empresa da linha; com uma data só, sem escolha a fazer."""
    if len(por_data) == 1:
        return _comprado(janela(next(iter(por_data))))
    casos = [When(empresa__in=ids, then=_comprado(janela(dia))) for dia, ids in por_data.items()]
    return Case(*casos, default=Value(Decimal(0)), output_field=_DINHEIRO)


@dataclass(frozen=True, slots=True)
class Total:
    clientes: int = 0
    menos: Decimal = Decimal(0)
    por_ano: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class DoVendedor:
    """Uma linha por vendedor; `chave` é `0` para quem não tem."""

    chave: str
    nome: str
    total: Total


def por_vendedor(declinio: QuerySet[Any]) -> list[DoVendedor]:
    """Do maior R$ por ano para o menor; o total da página é a soma destas linhas."""
    linhas = (
        declinio.values("vendedor", "vendedor__nome")
        .annotate(n=Count("pk"), a_menos=Sum("menos"), ao_ano=Sum("por_ano"))
        .order_by("-ao_ano", "vendedor__nome", "vendedor")
    )
    return [
        DoVendedor(
            str(linha["vendedor"] or 0),
            linha["vendedor__nome"] or "Sem vendedor",
            Total(linha["n"], linha["a_menos"], linha["ao_ano"]),
        )
        for linha in linhas
    ]


def somar(linhas: Iterable[DoVendedor]) -> Total:
    totais = [linha.total for linha in linhas]
    return Total(
        sum(t.clientes for t in totais),
        sum((t.menos for t in totais), Decimal(0)),
        sum((t.por_ano for t in totais), Decimal(0)),
    )


# Os baldes são (a, b] como as janelas: os últimos N somam exatamente a de agora.
_FAISCA = """
SELECT cliente_id, width_bucket(data - 1, %(limites)s::date[]) AS mes, sum(valor)
  FROM clientes_pedido
 WHERE empresa_id = %(empresa)s AND cliente_id = ANY(%(clientes)s) AND conta
   AND data > %(desde)s AND data <= %(ate)s
 GROUP BY 1, 2
"""


def meses_de(empresa: Empresa, clientes: Sequence[int]) -> dict[int, list[Decimal]]:
    """O comprado em cada um dos 24 meses que acabam na referência, do mais antigo ao de agora."""
    valores = {pk: [Decimal(0)] * MESES_DA_FAISCA for pk in clientes}
    if empresa.referencia is None or not clientes:
        return valores
    limites = [empresa.referencia - relativedelta(months=n) for n in range(MESES_DA_FAISCA, 0, -1)]
    parametros: dict[str, Any] = {
        "limites": limites,
        "empresa": empresa.pk,
        "clientes": list(clientes),
        "desde": limites[0],
        "ate": empresa.referencia,
    }
    with conexao().cursor() as cursor:
        cursor.execute(_FAISCA, parametros)
        for cliente, mes, valor in cursor.fetchall():
            valores[cliente][mes - 1] = valor
    return valores
