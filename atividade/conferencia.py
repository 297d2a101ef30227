"""A conta na unha: os indicadores de um cliente em Python, pedido por pedido, para conferir o banco."""

import itertools
import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from dateutil.relativedelta import relativedelta

from atividade.limiares import regra_em_vigor
from atividade.models import EstadoDoRecalculo, Indicadores, ParametrosDaAtividade
from atividade.regras import (
    DIAS_PARA_CICLO_PROPRIO,
    Regra,
    arredondar_dias,
    ciclo_conhecido,
    classificar,
    classificar_ritmo,
    recuperou,
    ultimo_dia_da_novidade,
)
from clientes.models import Cliente, Pedido
from contas.models import Empresa

Compra = tuple[date, Decimal]
ZERO = Decimal("0.00")
SEM_COMPRAS: dict[str, Any] = {
    "primeira_compra": None, "ultima_compra": None, "pedidos": 0, "dias_de_compra": 0, "dias_de_compra_12m": 0,
    "intervalo_medio_dias": None, "intervalo_mediano_dias": None, "proxima_compra_esperada": None,
    "valor_total": ZERO, "valor_12m": ZERO, "valor_janela": ZERO, "valor_ano_ativo": ZERO, "valor_90d": ZERO,
    "valor_90d_anterior": ZERO, "ritmo": "", "coeficiente_variacao": None, "status": "prospect",
    "quase_inativo_em": None, "inativo_em": None, "antigo_em": None, "novo_ate": None, "recuperado_ate": None,
}  # fmt: skip


def indicadores_de(
    compras: Sequence[Compra],
    *,
    referencia: date,
    regra: Regra,
    janela_meses: int = 12,
    dias_novidade: int = 90,
    ciclo_reserva: Decimal | None = None,
) -> dict[str, Any]:
    """Todas as colunas de um cliente que dependem só dele; compras depois da referência não existem."""
    visiveis = sorted(par for par in compras if par[0] <= referencia)
    if not visiveis:
        return dict(SEM_COMPRAS)
    dias = sorted({dia for dia, _ in visiveis})
    ciclo = ciclo_conhecido(dias)
    esperado = ciclo if len(dias) >= DIAS_PARA_CICLO_PROPRIO else ciclo_reserva
    return {
        "primeira_compra": dias[0],
        "ultima_compra": dias[-1],
        "pedidos": len(visiveis),
        "proxima_compra_esperada": dias[-1] + timedelta(days=arredondar_dias(esperado))
        if esperado is not None
        else None,
        **_dos_dias(dias, ciclo, referencia),
        **_valores(visiveis, referencia, janela_meses),
        **_datas(dias, regra, referencia, dias_novidade),
    }


def _saltos(dias: list[date]) -> list[int]:
    return [(depois - antes).days for antes, depois in itertools.pairwise(dias)]


def _quatro_casas(valor: Decimal) -> Decimal:
    return valor.quantize(Decimal("0.0001"), rounding=ROUND_HALF_UP)


def _dos_dias(dias: list[date], ciclo: Decimal | None, referencia: date) -> dict[str, Any]:
    saltos = _saltos(dias)
    soma, quadrados, n = sum(saltos), sum(s * s for s in saltos), len(saltos)
    proprio = len(dias) >= DIAS_PARA_CICLO_PROPRIO
    ritmo = classificar_ritmo(len(dias), ciclo, soma, quadrados)
    return {
        "dias_de_compra": len(dias),
        "dias_de_compra_12m": sum(dia > referencia - relativedelta(months=12) for dia in dias),
        "intervalo_medio_dias": _quatro_casas(Decimal(soma) / n) if n else None,
        "intervalo_mediano_dias": ciclo,
        "ritmo": str(ritmo or ""),
        "coeficiente_variacao": _quatro_casas(Decimal(n * quadrados - soma * soma).sqrt() / soma)
        if proprio
        else None,
    }


def _valores(compras: list[Compra], referencia: date, janela_meses: int) -> dict[str, Any]:
    ultima = compras[-1][0]

    def soma(depois_de: date, ate: date = referencia) -> Decimal:
        return sum((valor for dia, valor in compras if depois_de < dia <= ate), ZERO)

    d90, d180 = referencia - timedelta(days=90), referencia - timedelta(days=180)
    return {
        "valor_total": soma(date.min),
        "valor_12m": soma(referencia - relativedelta(months=12)),
        "valor_janela": soma(referencia - relativedelta(months=janela_meses)),
        "valor_ano_ativo": soma(ultima - relativedelta(months=12)),
        "valor_90d": soma(d90),
        "valor_90d_anterior": soma(d180, d90),
    }


def _datas(dias: list[date], regra: Regra, referencia: date, dias_novidade: int) -> dict[str, Any]:
    limites = regra.limites(dias[-1], ciclo_conhecido(dias), len(dias))
    voltas = _voltas(dias, regra, referencia - timedelta(days=dias_novidade))
    return {
        "status": str(classificar(limites.quase_inativo_em, limites.inativo_em, referencia)),
        "quase_inativo_em": limites.quase_inativo_em,
        "inativo_em": limites.inativo_em,
        "antigo_em": limites.antigo_em,
        "novo_ate": ultimo_dia_da_novidade(dias[0], dias_novidade),
        "recuperado_ate": ultimo_dia_da_novidade(voltas[-1], dias_novidade) if voltas else None,
    }


def _voltas(dias: list[date], regra: Regra, inicio: date) -> list[date]:
    """As compras depois de `inicio` que acharam o cliente inativo, cada uma pelo ciclo de antes dela."""
    return [
        dia
        for n, (antes, dia) in enumerate(itertools.pairwise(dias), start=1)
        if dia > inicio and recuperou(regra, antes, dia, ciclo_conhecido(dias[:n]), n)
    ]


def conferir(*, empresa: Empresa, hoje: date, amostra: int, semente: int = 0) -> Iterator[str]:
    """Compara o banco com a conta na unha em clientes sorteados; cada diferença vira uma frase."""
    referencia = empresa.referencia
    if referencia is None:
        return
    parametros = ParametrosDaAtividade.objects.get_or_create(empresa=empresa)[0]
    estado = EstadoDoRecalculo.objects.filter(empresa=empresa).first() or EstadoDoRecalculo(empresa=empresa)
    for cliente in _sorteados(empresa, amostra, semente):
        gravado = Indicadores.objects.get(cliente=cliente)
        esperado = indicadores_de(
            list(Pedido.objects.filter(cliente=cliente, conta=True).values_list("data", "valor")),
            referencia=referencia,
            regra=regra_em_vigor(cliente, hoje).regra,
            janela_meses=parametros.janela_valor_meses,
            dias_novidade=parametros.dias_novidade,
            ciclo_reserva=_reserva(estado, cliente),
        )
        if empresa.consulta_passada:
            # a consulta a uma data passada toma as medianas dela e não as guarda
            del esperado["proxima_compra_esperada"]
        for coluna, valor in esperado.items():
            if getattr(gravado, coluna) != valor:
                yield f"cliente {cliente.codigo}: {coluna} está {getattr(gravado, coluna)}, deveria ser {valor}"


def _sorteados(empresa: Empresa, amostra: int, semente: int) -> list[Cliente]:
    ids = list(Cliente.objects.filter(empresa=empresa).order_by("pk").values_list("pk", flat=True))
    sorteados = random.Random(semente).sample(ids, min(amostra, len(ids)))  # noqa: S311 - sorteio, não segredo
    return list(Cliente.objects.filter(pk__in=sorteados).select_related("empresa", "segmento").order_by("pk"))


def _reserva(estado: EstadoDoRecalculo, cliente: Cliente) -> Decimal | None:
    do_segmento = estado.ciclos_por_segmento.get(str(cliente.segmento_id))
    return Decimal(do_segmento) if do_segmento is not None else estado.ciclo_da_empresa
