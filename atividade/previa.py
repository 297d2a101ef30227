"""O que mudaria se esta regra valesse: uma consulta sobre a carteira, e nada é escrito."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    CharField,
    Count,
    F,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.lookups import LessThanOrEqual

from atividade.limiares import regra_da_empresa, regra_da_instalacao, regra_do_segmento
from atividade.models import Indicadores, Limiar
from atividade.parametros import parametros_de
from atividade.prioridade import recencia
from atividade.regras import DIAS_PARA_CICLO_PROPRIO, REGRA_PADRAO, PorCiclo, Regra, Status
from clientes.models import Cliente, Segmento
from contas.models import Empresa, Usuario

_MAIS_ANTIGA = 7_500  # dias: mais que o maior período que uma regra aceita
_VALOR = Case(When(valor_12m=0, then=F("valor_ano_ativo")), default=F("valor_12m"))


@dataclass(frozen=True, slots=True)
class Rascunho:
    """A regra que se experimenta em um nível, vista em uma empresa; sem regra, o nível herda."""

    empresa: Empresa
    regra: Regra | None
    segmento: Segmento | None = None
    cliente: Cliente | None = None
    instalacao: bool = False

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
    """Quantos quase inativos um vendedor tem hoje e teria com o rascunho, e quem dele muda de situação."""

    vendedor: str
    antes: int
    depois: int
    mudam: int = 0
    valor: Decimal = Decimal(0)


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
    def por_vendedores_que_mudam(self) -> list[Carga]:
        """Os vendedores com alguém que muda, do maior valor ao menor."""
        return sorted((c for c in self.cargas if c.mudam), key=lambda c: (-c.valor, c.vendedor))

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
    regra = rascunho.regra_efetiva(data)
    nova: Any = _pelos_limites_fixos(regra, referencia)
    if regra.ciclo:
        proprio = Q(dias_de_compra__gte=DIAS_PARA_CICLO_PROPRIO, intervalo_mediano_dias__isnull=False)
        nova = Case(When(proprio, then=_pelo_ciclo(regra.ciclo, referencia)), default=nova)
    return (
        Indicadores.objects.filter(empresa=rascunho.empresa)
        .em_carteira()
        .annotate(ficaria=Case(When(_atingidos(rascunho, data), then=nova), default=F("status")))
    )


def _pelos_limites_fixos(regra: Regra, referencia: date) -> Case:
    quase_ate, inativo_ate = cortes(regra, referencia)
    return _situacao(Q(ultima_compra__lte=inativo_ate), Q(ultima_compra__lte=quase_ate))


def _situacao(inativo: Any, quase: Any) -> Case:
    return Case(
        When(inativo, then=Value(Status.INATIVO.value)),
        When(quase, then=Value(Status.QUASE_INATIVO.value)),
        When(ultima_compra__isnull=False, then=Value(Status.ATIVO.value)),
        default=Value(Status.PROSPECT.value),
        output_field=CharField(),
    )


def _pelo_ciclo(regra: PorCiclo, referencia: date) -> Case:
    """`PorCiclo.dias` sem arredondar: um número inteiro de dias passa do teto quando passa do valor."""
    inativo = _passou(regra.inativo, regra.inativo_min, regra.inativo_max, referencia)
    vespera = _passou(regra.inativo, regra.inativo_min, regra.inativo_max, referencia, folga=1)
    quase = _passou(regra.quase, regra.quase_min, regra.quase_max, referencia)
    return _situacao(inativo, quase | vespera)


def _passou(multiplo: Decimal, menor: int, maior: int, referencia: date, folga: int = 0) -> Q:
    """Os dias sem comprar, mais a folga, chegaram ao múltiplo do ciclo, entre o mínimo e o máximo."""
    limite = F("intervalo_mediano_dias") * Value(multiplo)
    no_maximo = Q(ultima_compra__lte=referencia - timedelta(days=maior - folga))
    no_minimo = Q(ultima_compra__lte=referencia - timedelta(days=menor - folga))
    return no_maximo | (no_minimo & Q(LessThanOrEqual(limite, recencia(referencia) + folga)))


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
    if rascunho.cliente is not None:
        return Q(pk=rascunho.cliente.pk)
    proprias = list(_com_regra_propria(rascunho.empresa, data).values_list("cliente_id", "segmento_id"))
    seguem = ~Q(pk__in=[cliente for cliente, _ in proprias if cliente])
    if rascunho.segmento is not None:
        return seguem & Q(segmento=rascunho.segmento)
    if rascunho.instalacao and (None, None) in proprias:
        return Q(pk__in=[])
    fora = Q(segmento__in=[segmento for _, segmento in proprias if segmento])
    return seguem & (~fora | Q(segmento__isnull=True))


def _com_regra_propria(empresa: Empresa, data: date) -> "QuerySet[Limiar]":
    """Limiares da empresa em vigor na data que não herdam, um por nível."""
    ultimos = (
        Limiar.objects.filter(empresa=empresa, vigente_desde__lte=data)
        .order_by("segmento_id", "cliente_id", "-vigente_desde", "-id")
        .distinct("segmento_id", "cliente_id")
    )
    return Limiar.objects.filter(pk__in=ultimos.values("pk"), herda=False)


def _de_cima(rascunho: Rascunho, data: date) -> Regra:
    """A regra que sobra quando o nível do rascunho passa a herdar."""
    if rascunho.cliente is not None and rascunho.cliente.segmento is not None:
        return regra_do_segmento(rascunho.cliente.segmento, data).regra
    if rascunho.segmento is not None or rascunho.cliente is not None:
        return regra_da_empresa(rascunho.empresa, data).regra
    return REGRA_PADRAO if rascunho.instalacao else regra_da_instalacao(data).regra


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
    mudam: Counter[int] = Counter()
    valor: defaultdict[int, Decimal] = defaultdict(Decimal)
    for g in grupos:
        if g["vendedor_id"] and g["status"] != g["ficaria"]:
            mudam[g["vendedor_id"]] += g["n"]
            valor[g["vendedor_id"]] += g["valor"]
        if g["vendedor_id"]:
            antes[g["vendedor_id"]] += g["n"] * (g["status"] == Status.QUASE_INATIVO)
            depois[g["vendedor_id"]] += g["n"] * (g["ficaria"] == Status.QUASE_INATIVO)
    nomes = dict(Usuario.objects.filter(pk__in=antes).values_list("pk", "nome"))
    return tuple(Carga(nome, antes[pk], depois[pk], mudam[pk], valor[pk]) for pk, nome in nomes.items())
