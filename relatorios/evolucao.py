"""A composição mês a mês: dos retratos guardados e, onde faltam, dos próprios pedidos.

Um retrato diz como a carteira estava, com o dono e a regra daquele dia. Um mês sem retrato, ou pedido pela
regra ou pelo dono de hoje, é refeito dos pedidos; em carteira grande demais para isso na hora, fica declarado
que não há retrato.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import QuerySet, Sum

from atividade.models import Indicadores, Retrato
from contas.escopo import Forma, empresas_de, filtro_de_visibilidade
from contas.models import Empresa, Usuario
from contas.replica import conexao
from relatorios.composicao import NA_CONTA, ZERO, Recorte
from relatorios.passado import EPOCA, NA_DATA, Leitura, Passado, nos_dias

CLIENTES_REFEITOS_NA_HORA = 5_000
RETRATO, PEDIDOS, ATUAL, SEM_RETRATO = "retrato", "pedidos", "atual", ""


@dataclass(frozen=True)
class Mes:
    """Um fim de mês (ou a referência, no último): clientes e R$ por situação, e de onde vieram."""

    data: date
    origem: str = SEM_RETRATO
    clientes: dict[str, int] = field(default_factory=dict)
    valor: dict[str, Decimal] = field(default_factory=dict)
    # A primeira contagem daquele dia, onde um fato que chegou depois a mudou.
    visto: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.clientes.get(s, 0) for s in NA_CONTA)

    def porcento(self, status: str) -> Decimal | None:
        return Decimal(self.clientes.get(status, 0) * 100) / self.total if self.total else None

    def porcento_valor(self, status: str) -> Decimal | None:
        total = sum((self.valor.get(s, ZERO) for s in NA_CONTA), ZERO)
        return self.valor.get(status, ZERO) * 100 / total if total else None


def fins_de_mes(referencia: date, meses: int = 12) -> list[date]:
    """Os últimos dias dos `meses` meses anteriores ao da referência, do mais antigo ao mais novo."""
    primeiro = referencia.replace(day=1)
    return [primeiro - relativedelta(months=m) - timedelta(days=1) for m in range(meses - 1, -1, -1)]


def evolucao(
    usuario: Usuario,
    recorte: Recorte,
    referencia: date,
    hoje: date | None = None,
    *,
    regra: str = EPOCA,
    dono: str = NA_DATA,
    meses: int = 12,
) -> list[Mes]:
    """Os fins de mês anteriores; o mês corrente é de quem chama, que já tem a conta de hoje.

    `hoje` é o dia em que a regra atual é lida (padrão: a referência).
    """
    datas = fins_de_mes(referencia, meses)
    achados = _dos_retratos(usuario, recorte, datas) if (regra, dono) == (EPOCA, NA_DATA) else {}
    if faltam := [d for d in datas if d not in achados]:
        leitura = Leitura(referencia, regra, dono)
        empresas = list(_empresas(usuario, recorte))
        passado = Passado(usuario, recorte, empresas, leitura, hoje or referencia)
        achados |= _dos_pedidos(passado, faltam)
    return [achados.get(d, Mes(d)) for d in datas]


def _dos_retratos(usuario: Usuario, recorte: Recorte, datas: Sequence[date]) -> dict[date, Mes]:
    # Em literais: o banco sabe quantas linhas são e lê-as juntas; numa subconsulta ia a cada uma.
    visivel = filtro_de_visibilidade(usuario, forma=Forma.LITERAL)
    visiveis = Retrato.objects.filter(visivel, recorte.q_do_retrato(), data__in=datas)
    meses = {d: Mes(d, RETRATO) for d in _com_retrato_inteiro(usuario, recorte, datas)}
    somas: dict[str, Any] = {"n": Sum("clientes"), "v": Sum("valor_12m"), "visto": Sum("clientes_no_dia")}
    lidas: Any = visiveis.values("data", "status").annotate(**somas).order_by()
    for linha in lidas if meses else ():
        if linha["data"] in meses:
            mes = meses[linha["data"]]
            mes.clientes[linha["status"]] = linha["n"]
            mes.valor[linha["status"]] = linha["v"]
            if linha["visto"] is not None and linha["visto"] != linha["n"]:
                mes.visto[linha["status"]] = linha["visto"]
    return meses


def _empresas(usuario: Usuario, recorte: Recorte) -> "QuerySet[Empresa]":
    """As do recorte que a pessoa vê e que já têm números."""
    empresas = empresas_de(usuario).filter(referencia__isnull=False)
    return empresas.filter(pk__in=recorte.empresa) if recorte.empresa else empresas


def _com_retrato_inteiro(usuario: Usuario, recorte: Recorte, datas: Sequence[date]) -> list[date]:
    """Só as datas em que todas as empresas do recorte foram retratadas: meia carteira enganaria."""
    if not recorte.cabe_no_retrato:
        return []
    ids = set(_empresas(usuario, recorte).values_list("pk", flat=True))
    if not ids:
        return []
    retratadas: dict[date, set[int]] = {}
    for dia, empresa in _retratadas(ids, datas):
        retratadas.setdefault(dia, set()).add(empresa)
    return [d for d in datas if retratadas.get(d, set()) >= ids]


# Se há retrato, e não quantas linhas tem; a ordem é a do índice, para que o banco leia uma linha dele e não a tabela.
_RETRATADAS = f"""
SELECT d.dia, e.id
  FROM unnest(%(datas)s::date[]) AS d (dia)
 CROSS JOIN unnest(%(empresas)s::int[]) AS e (id)
 CROSS JOIN LATERAL (
   SELECT FROM {Retrato._meta.db_table} r WHERE r.empresa_id = e.id AND r.data = d.dia ORDER BY r.vendedor_id LIMIT 1) r
"""


def _retratadas(empresas: Iterable[int], datas: Sequence[date]) -> list[tuple[date, int]]:
    with conexao().cursor() as cursor:
        cursor.execute(_RETRATADAS, {"datas": list(datas), "empresas": list(empresas)})
        return list(cursor.fetchall())


def _dos_pedidos(passado: Passado, datas: Sequence[date]) -> dict[date, Mes]:
    """Refaz as datas, se a carteira couber; senão nada, e a tela diz que falta."""
    visiveis = Indicadores.objects.visiveis_para(passado.usuario)
    clientes = visiveis.filter(passado.recorte_de_hoje.q(), ultima_compra__isnull=False)
    if clientes[: CLIENTES_REFEITOS_NA_HORA + 1].count() > CLIENTES_REFEITOS_NA_HORA:
        return {}
    meses = {d: Mes(d, PEDIDOS) for d in datas}
    for dia, status, quantos, valor in nos_dias(passado, datas):
        meses[dia].clientes[status] = quantos
        meses[dia].valor[status] = valor
    return meses


def mes_atual(referencia: date, clientes: dict[str, int], valor: dict[str, Decimal]) -> Mes:
    """O último ponto do gráfico, com a conta que a página já fez."""
    return Mes(referencia, ATUAL, clientes, valor)


__all__ = ["ATUAL", "PEDIDOS", "RETRATO", "SEM_RETRATO", "Mes", "evolucao", "fins_de_mes", "mes_atual"]
