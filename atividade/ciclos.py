"""Com que ritmo os clientes compram: a distribuição em que se escolhem os limites.

Um intervalo por cliente (o mediano dele): quem compra toda semana não afoga os demais.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

from django.db.models import Aggregate, Count, FloatField, Func, IntegerField, Q

from atividade.models import Indicadores
from atividade.regras import DIAS_PARA_CICLO_PROPRIO
from contas.models import Empresa

FAIXAS_NO_GRAFICO = 40
LARGURAS = (1, 2, 3, 5, 7, 10, 14, 15, 20, 30, 60, 90, 180)


@dataclass(frozen=True)
class Distribuicao:
    """Clientes por intervalo mediano, em dias inteiros arredondados para cima."""

    por_dia: Mapping[int, int]

    @property
    def clientes(self) -> int:
        return sum(self.por_dia.values())

    def porcento_ate(self, dias: int) -> float:
        """% dos clientes cujo intervalo mediano cabe em `dias`."""
        return self.acumulado(dias)[-1]

    def acumulado(self, ate: int) -> list[float]:
        """% acumulada do dia 0 ao dia `ate`."""
        total = self.clientes or 1
        somas = accumulate(self.por_dia.get(dia, 0) for dia in range(ate + 1))
        return [soma * 100 / total for soma in somas]

    def dias_para(self, porcento: float) -> int | None:
        """Em quantos dias essa parte dos clientes já voltou a comprar."""
        soma = 0
        for dia in sorted(self.por_dia):
            soma += self.por_dia[dia]
            if soma * 100 >= porcento * self.clientes:
                return dia
        return None

    def faixas(self, ate: int) -> list[dict[str, int]]:
        """Barras de largura redonda que cobrem de 0 a pelo menos `ate` dias."""
        largura = next((n for n in LARGURAS if n * FAIXAS_NO_GRAFICO >= ate), LARGURAS[-1])
        return [
            {
                "inicio": inicio,
                "fim": inicio + largura,
                "quantidade": sum(self.por_dia.get(d, 0) for d in range(inicio + 1, inicio + largura + 1)),
            }
            for inicio in range(0, ate, largura)
        ]


def intervalos_por_cliente(empresa: Empresa) -> Distribuicao:
    """Uma consulta: quantos clientes têm cada intervalo mediano."""
    dia = Func("intervalo_mediano_dias", function="CEIL", output_field=IntegerField())
    contagens = (
        Indicadores.objects.filter(empresa=empresa, intervalo_mediano_dias__isnull=False)
        .em_carteira()
        .annotate(dia=dia)
        .values_list("dia")
        .annotate(n=Count("pk"))
        .order_by()
    )
    return Distribuicao({int(d): n for d, n in contagens})


class Mediana(Aggregate):
    function = "PERCENTILE_CONT"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


@dataclass(frozen=True, slots=True)
class CicloDoSegmento:
    segmento_id: int | None
    clientes: int
    ciclo: float | None


def ciclos_por_segmento(empresa: Empresa) -> dict[int | None, CicloDoSegmento]:
    """Clientes em carteira e ciclo mediano (dos que têm ciclo próprio) de cada segmento, em uma consulta."""
    linhas = (
        Indicadores.objects.filter(empresa=empresa)
        .em_carteira()
        .values_list("segmento_id")
        .annotate(
            n=Count("pk"),
            ciclo=Mediana("intervalo_mediano_dias", filter=Q(dias_de_compra__gte=DIAS_PARA_CICLO_PROPRIO)),
        )
        .order_by()
    )
    return {s: CicloDoSegmento(s, n, ciclo) for s, n, ciclo in linhas}
