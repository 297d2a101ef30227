"""Com que ritmo os clientes compram: a distribuição em que se escolhem os limites.

*Por compra*, cada recompra é um intervalo; *por cliente*, cada um entra uma vez, com o mediano dele:
quem compra toda semana não afoga os demais. O que vem dos pedidos está em `intervalos.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import accumulate
from typing import Any

from django.db.models import Aggregate, Count, FloatField, Func, IntegerField, Q, QuerySet, Sum

from atividade.models import Indicadores
from atividade.regras import DIAS_PARA_CICLO_PROPRIO, Ritmo
from contas.models import Empresa

FAIXAS_NO_GRAFICO = 40
LARGURAS = (1, 2, 3, 5, 7, 10, 14, 15, 20, 30, 60, 90, 180)


@dataclass(frozen=True, slots=True)
class Faixa:
    """De `de` a `ate` dias, as duas pontas dentro; a última não tem fim."""

    de: int
    ate: int | None
    quantidade: int
    acumulada: int
    total: int

    @property
    def porcento(self) -> Decimal:
        return Decimal(self.quantidade * 100) / self.total

    @property
    def porcento_acumulado(self) -> Decimal:
        return Decimal(self.acumulada * 100) / self.total


@dataclass(frozen=True)
class Distribuicao:
    """Quantos intervalos (ou clientes) há em cada número inteiro de dias."""

    por_dia: Mapping[int, int]

    @property
    def total(self) -> int:
        return sum(self.por_dia.values())

    @property
    def clientes(self) -> int:
        """O total, quando cada cliente entra uma vez."""
        return self.total

    def porcento_ate(self, dias: int) -> float:
        """% dos intervalos que cabem em `dias`."""
        return self.acumulado(dias)[-1]

    def acumulado(self, ate: int) -> list[float]:
        """% acumulada do dia 0 ao dia `ate`."""
        total = self.total or 1
        somas = accumulate(self.por_dia.get(dia, 0) for dia in range(ate + 1))
        return [soma * 100 / total for soma in somas]

    def dias_para(self, porcento: float) -> int | None:
        """Em quantos dias essa parte já aconteceu."""
        soma, total = 0, self.total
        for dia in sorted(self.por_dia):
            soma += self.por_dia[dia]
            if soma * 100 >= porcento * total:
                return dia
        return None

    def faixas(self, ate: int) -> list[dict[str, int]]:
        """Barras de largura redonda que cobrem de 0 a pelo menos `ate` dias."""
        largura = largura_para(ate)
        return [
            {
                "inicio": inicio,
                "fim": inicio + largura,
                "quantidade": sum(self.por_dia.get(d, 0) for d in range(inicio + 1, inicio + largura + 1)),
            }
            for inicio in range(0, ate, largura)
        ]

    def tabela(self, largura: int, ate: int) -> list[Faixa]:
        """Faixas de `largura` dias até cobrir `ate`, e uma última, aberta, se sobrar alguém."""
        total, acumulada, faixas = self.total, 0, []
        for inicio in range(0, ate if total else 0, largura):
            n = sum(self.por_dia.get(d, 0) for d in range(inicio + 1, inicio + largura + 1))
            acumulada += n
            faixas.append(Faixa(inicio + 1, inicio + largura, n, acumulada, total))
        if acumulada < total:
            faixas.append(Faixa(faixas[-1].de + largura, None, total - acumulada, total, total))
        return faixas


def largura_para(ate: int, quantas: int = FAIXAS_NO_GRAFICO) -> int:
    """A menor largura redonda com que até `quantas` faixas cobrem `ate` dias."""
    return next((n for n in LARGURAS if n * quantas >= ate), LARGURAS[-1])


# ── Dos indicadores ──────────────────────────────────────────────────────────


def em_carteira_de(empresa: Empresa) -> "QuerySet[Any]":
    """A população de Configurar atividade: a empresa inteira."""
    return Indicadores.objects.filter(empresa=empresa).em_carteira()


def intervalos_por_cliente(empresa: Empresa, clientes: "QuerySet[Any] | None" = None) -> Distribuicao:
    """Uma consulta: quantos clientes têm cada intervalo mediano, meio dia para cima."""
    populacao = em_carteira_de(empresa) if clientes is None else clientes
    dia = Func("intervalo_mediano_dias", function="CEIL", output_field=IntegerField())
    contagens = (
        populacao.filter(intervalo_mediano_dias__isnull=False)
        .annotate(dia=dia)
        .values_list("dia")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return Distribuicao({int(d): n for d, n in contagens})


class Percentil(Aggregate):
    """O percentil interpolado do PostgreSQL, o mesmo do recálculo."""

    function = "PERCENTILE_CONT"
    template = "%(function)s(%(fracao)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True, slots=True)
class CicloDoSegmento:
    """Clientes em carteira e o ciclo dos que têm ciclo próprio: mediana e a metade central."""

    segmento_id: int | None
    clientes: int
    ciclo: float | None
    com_ciclo: int = 0
    p25: float | None = None
    p75: float | None = None


_TEM_CICLO = Q(dias_de_compra__gte=DIAS_PARA_CICLO_PROPRIO)


def _medidas_do_ciclo() -> dict[str, Any]:
    def percentil(fracao: float) -> Percentil:
        return Percentil("intervalo_mediano_dias", filter=_TEM_CICLO, fracao=fracao)

    return {
        "n": Count("pk"),
        "ciclo": percentil(0.5),
        "com_ciclo": Count("pk", filter=_TEM_CICLO),
        "p25": percentil(0.25),
        "p75": percentil(0.75),
    }


def ciclos_por_segmento(
    empresa: Empresa, clientes: "QuerySet[Any] | None" = None
) -> dict[int | None, CicloDoSegmento]:
    """O ciclo de cada segmento (nulo é quem não tem segmento), em uma consulta."""
    populacao = em_carteira_de(empresa) if clientes is None else clientes
    linhas = populacao.values_list("segmento_id").annotate(**_medidas_do_ciclo()).order_by()
    return {linha[0]: CicloDoSegmento(*linha) for linha in linhas}


def ciclo_geral(clientes: "QuerySet[Any]") -> CicloDoSegmento:
    """O mesmo, de todos juntos."""
    return CicloDoSegmento(None, **_renomear(clientes.aggregate(**_medidas_do_ciclo())))


def _renomear(medidas: dict[str, Any]) -> dict[str, Any]:
    return {"clientes" if nome == "n" else nome: valor for nome, valor in medidas.items()}


@dataclass(frozen=True, slots=True)
class ClasseDeRitmo:
    """Clientes de um ritmo e o que compraram em 12 meses; ritmo vazio é quem só tem dois dias de compra."""

    ritmo: str
    clientes: int
    valor: Decimal


SEM_RITMO = ""
ORDEM_DOS_RITMOS = (
    Ritmo.SEMANAL,
    Ritmo.QUINZENAL,
    Ritmo.MENSAL,
    Ritmo.BIMESTRAL,
    Ritmo.TRIMESTRAL,
    Ritmo.SEMESTRAL,
    Ritmo.ANUAL,
    Ritmo.A_CADA_N_DIAS,
    Ritmo.IRREGULAR,
    SEM_RITMO,
    Ritmo.UNICA,
)


def classes_de_ritmo(clientes: "QuerySet[Any]") -> list[ClasseDeRitmo]:
    """As classes que têm alguém, do ritmo mais curto ao mais longo; prospects não têm ritmo."""
    somas = clientes.filter(ultima_compra__isnull=False).values_list("ritmo")
    achadas = {
        r: ClasseDeRitmo(r, n, v) for r, n, v in somas.annotate(Count("pk"), Sum("valor_12m")).order_by()
    }
    return [achadas[ritmo] for ritmo in ORDEM_DOS_RITMOS if ritmo in achadas]
