"""O que mudaria se esta regra valesse: uma consulta sobre a carteira, e nada é escrito."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, CharField, Count, F, Q, QuerySet, Sum, Value, When

from atividade.limiares import regra_da_empresa, regra_de, vigentes
from atividade.models import Indicadores, Limiar
from atividade.parametros import parametros_de
from atividade.regras import REGRA_PADRAO, Regra, Status
from clientes.models import Segmento
from contas.models import Empresa, Usuario

_MAIS_ANTIGA = 7_500  # dias: mais que o maior período que uma regra aceita
_VALOR = Case(When(valor_12m=0, then=F("valor_ano_ativo")), default=F("valor_12m"))


@dataclass(frozen=True, slots=True)
class Rascunho:
    """A regra que se experimenta, no nível da empresa ou de um segmento; sem regra, o nível herda."""

    empresa: Empresa
    regra: Regra | None
    segmento: Segmento | None = None

    def regra_efetiva(self, data: date) -> Regra:
        return self.regra or _de_cima(self, data)


@dataclass(frozen=True, slots=True)
class Movimento:
    de: str
    para: str
    clientes: int
    valor: Decimal


@dataclass(frozen=True, slots=True)
class Carga:
    """Quantos quase inativos um vendedor tem hoje e teria com o rascunho."""

    vendedor: str
    antes: int
    depois: int


@dataclass(frozen=True)
class Previa:
    movimentos: tuple[Movimento, ...] = ()
    antes: dict[str, int] = field(default_factory=dict)
    depois: dict[str, int] = field(default_factory=dict)
    cargas: tuple[Carga, ...] = ()
    alertas_por_vendedor: int = 40

    @property
    def clientes(self) -> int:
        return sum(m.clientes for m in self.movimentos)

    @property
    def sobrecarregados(self) -> list[Carga]:
        """Quem passaria do que dá para atender, do mais carregado ao menos."""
        acima = [c for c in self.cargas if c.depois > self.alertas_por_vendedor]
        return sorted(acima, key=lambda c: (-c.depois, c.vendedor))

    @property
    def por_vendedor(self) -> int:
        """Média de alertas por vendedor com carteira, arredondada para cima: meio alerta é um alerta."""
        total = sum(c.depois for c in self.cargas)
        return -(-total // len(self.cargas)) if self.cargas else 0


def previa(rascunho: Rascunho, *, referencia: date, data: date | None = None) -> Previa:
    """Situação de hoje contra a do rascunho, cliente a cliente, somada por de → para e por vendedor.

    `data` diz que outras regras estariam em vigor (o `vigente_desde` do rascunho).
    """
    grupos = (
        _com_rascunho(rascunho, referencia, data or referencia)
        .values("vendedor_id", "status", "ficaria")
        .annotate(n=Count("pk"), valor=Sum(_VALOR))
        .order_by()
    )
    return _somar(list(grupos), parametros_de(rascunho.empresa).alertas_por_vendedor)


def quem_mudaria(
    rascunho: Rascunho, *, referencia: date, data: date | None = None, de: str = "", para: str = ""
) -> QuerySet[Any]:
    """Os nomes por trás da prévia, do maior valor ao menor."""
    mudam = _com_rascunho(rascunho, referencia, data or referencia).exclude(status=F("ficaria"))
    if de:
        mudam = mudam.filter(status=de)
    if para:
        mudam = mudam.filter(ficaria=para)
    return mudam.annotate(valor=_VALOR).order_by("-valor", "cliente__codigo", "pk")


def _com_rascunho(rascunho: Rascunho, referencia: date, data: date) -> QuerySet[Any]:
    """Indicadores em carteira da empresa com `ficaria`: a situação sob o rascunho."""
    quase_ate, inativo_ate = cortes(rascunho.regra_efetiva(data), referencia)
    nova: Any = Case(
        When(ultima_compra__lte=inativo_ate, then=Value(Status.INATIVO.value)),
        When(ultima_compra__lte=quase_ate, then=Value(Status.QUASE_INATIVO.value)),
        When(ultima_compra__isnull=False, then=Value(Status.ATIVO.value)),
        default=Value(Status.PROSPECT.value),
        output_field=CharField(),
    )
    return (
        Indicadores.objects.filter(empresa=rascunho.empresa)
        .em_carteira()
        .annotate(ficaria=Case(When(_atingidos(rascunho, data), then=nova), default=F("status")))
    )


def cortes(regra: Regra, referencia: date) -> tuple[date, date]:
    """As últimas compras mais novas que já são quase inativo e inativo na referência.

    Comprar antes nunca dá limite depois, então cada situação é um trecho de datas: o banco só compara.
    """

    def corte(limite: Callable[[date], date]) -> date:
        dias = bisect_left(
            range(_MAIS_ANTIGA), True, key=lambda n: limite(referencia - timedelta(n)) <= referencia
        )
        return referencia - timedelta(dias)

    return (
        corte(lambda compra: regra.limites(compra).quase_inativo_em),
        corte(lambda compra: regra.limites(compra).inativo_em),
    )


def _atingidos(rascunho: Rascunho, data: date) -> Q:
    """Quem segue a regra do nível mexido: os que têm regra mais específica não saem do lugar."""
    proprias = list(_com_regra_propria(rascunho.empresa, data).values_list("cliente_id", "segmento_id"))
    seguem = ~Q(pk__in=[cliente for cliente, _ in proprias if cliente])
    if rascunho.segmento is not None:
        return seguem & Q(segmento=rascunho.segmento)
    fora = Q(segmento__in=[segmento for _, segmento in proprias if segmento])
    return seguem & (~fora | Q(segmento__isnull=True))


def _com_regra_propria(empresa: Empresa, data: date) -> "QuerySet[Limiar]":
    """Limiares de cliente e de segmento em vigor na data que não herdam."""
    ultimos = (
        Limiar.objects.filter(empresa=empresa, vigente_desde__lte=data)
        .exclude(segmento=None, cliente=None)
        .order_by("segmento_id", "cliente_id", "-vigente_desde", "-id")
        .distinct("segmento_id", "cliente_id")
    )
    return Limiar.objects.filter(pk__in=ultimos.values("pk"), herda=False)


def _de_cima(rascunho: Rascunho, data: date) -> Regra:
    """A regra que sobra quando o nível do rascunho passa a herdar."""
    if rascunho.segmento is not None:
        return regra_da_empresa(rascunho.empresa, data).regra
    instalacao = vigentes(data).filter(empresa=None, segmento=None, cliente=None).first()
    return REGRA_PADRAO if instalacao is None or instalacao.herda else regra_de(instalacao)


def _somar(grupos: list[dict[str, Any]], alertas_por_vendedor: int) -> Previa:
    antes: Counter[str] = Counter()
    depois: Counter[str] = Counter()
    pares: dict[tuple[str, str], tuple[int, Decimal]] = {}
    for g in grupos:
        antes[g["status"]] += g["n"]
        depois[g["ficaria"]] += g["n"]
        if g["status"] != g["ficaria"]:
            n, valor = pares.get((g["status"], g["ficaria"]), (0, Decimal(0)))
            pares[g["status"], g["ficaria"]] = n + g["n"], valor + g["valor"]
    movimentos = sorted((Movimento(*par, *soma) for par, soma in pares.items()), key=lambda m: -m.clientes)
    return Previa(tuple(movimentos), dict(antes), dict(depois), _cargas(grupos), alertas_por_vendedor)


def _cargas(grupos: list[dict[str, Any]]) -> tuple[Carga, ...]:
    """Quase inativos por vendedor, antes e depois."""
    antes: Counter[int] = Counter()
    depois: Counter[int] = Counter()
    for g in grupos:
        if g["vendedor_id"]:
            antes[g["vendedor_id"]] += g["n"] * (g["status"] == Status.QUASE_INATIVO)
            depois[g["vendedor_id"]] += g["n"] * (g["ficaria"] == Status.QUASE_INATIVO)
    nomes = dict(Usuario.objects.filter(pk__in=antes).values_list("pk", "nome"))
    return tuple(Carga(nome, antes[pk], depois[pk]) for pk, nome in nomes.items())
