"""Contas de referência feitas à mão, sem nada do produto: cada regra escrita de novo, devagar e às claras."""

from calendar import monthrange
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class PedidoDoErp:
    numero: str
    cliente: str
    data: date
    valor: Decimal
    situacao: str

    @property
    def e_compra(self) -> bool:
        return self.situacao in {"aberto", "faturado"}


def somar_meses(dia: date, meses: int) -> date:
    """Meses de calendário; o dia recua quando o mês é mais curto."""
    total = dia.year * 12 + dia.month - 1 + meses
    ano, mes = divmod(total, 12)
    return date(ano, mes + 1, min(dia.day, monthrange(ano, mes + 1)[1]))


def prazo(dia: date, n: int, unidade: str) -> date:
    return somar_meses(dia, n) if unidade == "m" else dia + timedelta(days=n)


def mediana(valores: list[int]) -> Fraction:
    em_ordem = sorted(valores)
    meio = len(em_ordem) // 2
    if len(em_ordem) % 2:
        return Fraction(em_ordem[meio])
    return Fraction(em_ordem[meio - 1] + em_ordem[meio], 2)


def indicadores(
    clientes: list[str],
    pedidos: list[PedidoDoErp],
    referencia: date,
    periodo: tuple[int, str],
    antecedencia: tuple[int, str],
) -> dict[str, dict[str, object]]:
    """Todas as colunas de `exportar indicadores`, por código; datas e Decimals, None onde é vazio."""
    compras: dict[str, list[PedidoDoErp]] = defaultdict(list)
    for pedido in pedidos:
        if pedido.e_compra and pedido.data <= referencia:
            compras[pedido.cliente].append(pedido)
    linhas = {codigo: _linha(compras[codigo], referencia, periodo, antecedencia) for codigo in clientes}
    _curva_abc(linhas)
    return linhas


def _linha(
    compras: list[PedidoDoErp], referencia: date, periodo: tuple[int, str], antecedencia: tuple[int, str]
) -> dict[str, object]:
    vazio = dict.fromkeys(
        ("primeira_compra", "ultima_compra", "recencia_dias", "intervalo_medio_dias", "intervalo_mediano_dias",
         "quase_inativo_em", "inativo_em")
    )  # fmt: skip
    if not compras:
        return vazio | {
            "pedidos": 0, "dias_de_compra": 0, "valor_total": ZERO, "valor_12m": ZERO, "curva_abc": None,
            "status": "prospect",
        }  # fmt: skip
    dias = sorted({c.data for c in compras})
    vaos = [(b - a).days for a, b in pairwise(dias)]
    desde = somar_meses(referencia, -12)
    quase, inativo = _limites(dias[-1], periodo, antecedencia)
    return {
        "primeira_compra": dias[0],
        "ultima_compra": dias[-1],
        "recencia_dias": (referencia - dias[-1]).days,
        "pedidos": len(compras),
        "dias_de_compra": len(dias),
        "intervalo_medio_dias": Fraction((dias[-1] - dias[0]).days, len(dias) - 1) if vaos else None,
        "intervalo_mediano_dias": mediana(vaos) if vaos else None,
        "valor_total": sum((c.valor for c in compras), ZERO),
        "valor_12m": sum((c.valor for c in compras if c.data > desde), ZERO),
        "curva_abc": None,
        "status": "inativo" if referencia >= inativo else "quase_inativo" if referencia >= quase else "ativo",
        "quase_inativo_em": quase,
        "inativo_em": inativo,
    }


def _limites(ultima: date, periodo: tuple[int, str], antecedencia: tuple[int, str]) -> tuple[date, date]:
    inativo = prazo(ultima, *periodo)
    if periodo[1] == antecedencia[1]:
        return prazo(ultima, periodo[0] - antecedencia[0], periodo[1]), inativo
    return inativo - timedelta(days=antecedencia[0]), inativo


def _curva_abc(linhas: dict[str, dict[str, object]]) -> None:
    com_valor = [c for c, linha in linhas.items() if linha["valor_12m"] > 0]  # type: ignore[operator]
    total = sum(Fraction(linhas[c]["valor_12m"]) for c in com_valor)  # type: ignore[arg-type]
    acumulado = Fraction(0)
    for codigo in sorted(com_valor, key=lambda c: (-linhas[c]["valor_12m"], c.encode())):  # type: ignore[operator]
        parte = acumulado / total
        linhas[codigo]["curva_abc"] = (
            "A" if parte < Fraction(80, 100) else "B" if parte < Fraction(95, 100) else "C"
        )
        acumulado += Fraction(linhas[codigo]["valor_12m"])  # type: ignore[arg-type]
