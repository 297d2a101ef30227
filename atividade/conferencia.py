"""A conta na unha: os indicadores de um cliente em Python, pedido por pedido, para conferir o banco."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Exists, OuterRef, Q, Sum, TextField, Value
from django.db.models.functions import MD5, Cast, Concat

from atividade.limiares import regra_de, vigentes
from atividade.models import EstadoDoRecalculo, Indicadores, ParametrosDaAtividade, Sujo
from atividade.recalculo import impressao_das_regras, impressao_dos_parametros
from atividade.regras import (
    DIAS_PARA_CICLO_PROPRIO,
    REGRA_PADRAO,
    Regra,
    arredondar_dias,
    ciclo_conhecido,
    classificar,
    classificar_ritmo,
    recuperou,
    ultimo_dia_da_novidade,
)
from clientes.models import Cliente, Pedido
from contas.models import Empresa, SituacaoDePedido

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


# ── O banco contra a conta ───────────────────────────────────────────────────

LOTE = 500


@dataclass(slots=True)
class Conferencia:
    """O que se conferiu de uma empresa; `nota` diz por que não, quando a conta ainda não cabe."""

    empresa: Empresa
    hoje: date
    conferidos: int = 0
    a_espera: int = 0
    nota: str = ""

    def diferencas(self, *, amostra: int | None, semente: int = 0) -> Iterator[str]:
        """Uma frase por coluna que difere, em `amostra` clientes ao acaso ou, sem ela, em todos.

        De lote em lote, sem escrever nada: a memória não cresce com a carteira. Quem espera o próximo recálculo
        fica de fora, e é contado: o que dele está gravado é o de antes, e não um erro.
        """
        if self.empresa.referencia is None:
            self.nota = "ainda sem nenhuma rodada"
            return
        parametros = ParametrosDaAtividade.objects.filter(empresa=self.empresa).first()
        parametros = parametros or ParametrosDaAtividade(empresa=self.empresa)
        estado = EstadoDoRecalculo.objects.filter(empresa=self.empresa).first()
        estado = estado or EstadoDoRecalculo(empresa=self.empresa)
        if mudou_desde_a_rodada(self.empresa, estado, parametros, self.hoje):
            self.nota = "as regras mudaram depois da última rodada: recalcule e confira de novo"
            return
        sujos = Sujo.objects.filter(cliente_id__in=Cliente.objects.filter(empresa=self.empresa).values("pk"))
        self.a_espera = sujos.values("cliente_id").distinct().count()
        for lote in _lotes(self.empresa, amostra, semente):
            self.conferidos += len(lote)
            yield from self._do_lote(lote, parametros, estado)

    def _do_lote(
        self, lote: list[Indicadores], parametros: ParametrosDaAtividade, estado: EstadoDoRecalculo
    ) -> Iterator[str]:
        referencia = self.empresa.referencia
        assert referencia is not None
        ids = [gravado.pk for gravado in lote]
        regra_de_cada = _regras(self.empresa, ids, self.hoje)
        compras, devolvido = _compras(ids), _devolvido(ids, referencia)
        for gravado in lote:
            esperado = indicadores_de(
                compras.get(gravado.pk, ()),
                referencia=referencia,
                regra=regra_de_cada(gravado),
                janela_meses=parametros.janela_valor_meses,
                dias_novidade=parametros.dias_novidade,
                ciclo_reserva=_reserva(estado, gravado.segmento_id),
            ) | {"devolvido_12m": devolvido.get(gravado.pk, ZERO)}
            if self.empresa.consulta_passada:
                # a consulta a uma data passada toma as medianas dela e não as guarda
                del esperado["proxima_compra_esperada"]
            for coluna, valor in esperado.items():
                if getattr(gravado, coluna) != valor:
                    yield (
                        f"cliente {gravado.cliente.codigo}: {coluna} está {getattr(gravado, coluna)}, "
                        f"deveria ser {valor}"
                    )


def mudou_desde_a_rodada(
    empresa: Empresa, estado: EstadoDoRecalculo, parametros: ParametrosDaAtividade, hoje: date
) -> bool:
    """A regra ou a janela em vigor é outra que a da última rodada regular: os números ainda são os de antes."""
    if not estado.regras:
        return False
    usados = (estado.regras, estado.parametros)
    return usados != (impressao_das_regras(empresa, hoje), impressao_dos_parametros(parametros))


def _lotes(empresa: Empresa, amostra: int | None, semente: int) -> Iterator[list[Indicadores]]:
    """Clientes da empresa em dia com a rodada, ao acaso (o banco sorteia) ou todos, pela chave."""
    em_dia = Indicadores.objects.filter(empresa=empresa).exclude(
        Exists(Sujo.objects.filter(cliente=OuterRef("pk")))
    )
    em_dia = em_dia.select_related("cliente").only(*_COLUNAS, "cliente__codigo")
    if amostra is not None:
        sorteio = MD5(Concat(Cast("pk", TextField()), Value(f"/{semente}")))
        ids = list(em_dia.order_by(sorteio).values_list("pk", flat=True)[:amostra])
        for n in range(0, len(ids), LOTE):
            yield list(em_dia.filter(pk__in=ids[n : n + LOTE]).order_by("pk"))
        return
    ultimo = 0
    while lote := list(em_dia.filter(pk__gt=ultimo).order_by("pk")[:LOTE]):
        yield lote
        ultimo = lote[-1].pk


_COLUNAS = (*SEM_COMPRAS, "devolvido_12m", "empresa", "segmento")


def _compras(ids: list[int]) -> dict[int, list[Compra]]:
    compras: dict[int, list[Compra]] = {}
    contam = Pedido.objects.filter(cliente__in=ids, conta=True)
    for cliente, data, valor in contam.values_list("cliente", "data", "valor").iterator():
        compras.setdefault(cliente, []).append((data, valor))
    return compras


def _devolvido(ids: list[int], referencia: date) -> dict[int, Decimal]:
    janela = {"data__gt": referencia - relativedelta(months=12), "data__lte": referencia}
    devolvidos = Pedido.objects.filter(cliente__in=ids, situacao=SituacaoDePedido.DEVOLVIDO, **janela)
    somas = devolvidos.order_by().values_list("cliente").annotate(Sum("valor"))
    return dict(somas)


def _regras(empresa: Empresa, ids: list[int], hoje: date) -> Callable[[Indicadores], Regra]:
    """A regra de cada cliente do lote: a dele, a do segmento, a da empresa, a da instalação, a de fábrica."""
    limiares = vigentes(hoje).filter(Q(empresa=None) | Q(empresa=empresa))
    limiares = limiares.filter(Q(cliente=None) | Q(cliente__in=ids)).order_by("vigente_desde", "id")
    # o mais novo de cada nível fica por cima dos de antes
    por_nivel = {(n.empresa_id, n.segmento_id, n.cliente_id): n for n in limiares}

    def da_pessoa(i: Indicadores) -> Regra:
        niveis: list[tuple[int | None, int | None, int | None]] = [(empresa.pk, None, i.pk)]
        if i.segmento_id:
            niveis.append((empresa.pk, i.segmento_id, None))
        niveis += [(empresa.pk, None, None), (None, None, None)]
        achados = (por_nivel.get(nivel) for nivel in niveis)
        return next((regra_de(limiar) for limiar in achados if limiar and not limiar.herda), REGRA_PADRAO)

    return da_pessoa


def _reserva(estado: EstadoDoRecalculo, segmento: int | None) -> Decimal | None:
    do_segmento = estado.ciclos_por_segmento.get(str(segmento))
    return Decimal(do_segmento) if do_segmento is not None else estado.ciclo_da_empresa
