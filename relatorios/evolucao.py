"""A composição mês a mês: dos retratos guardados e, onde faltam, dos próprios pedidos.

Um retrato diz como a carteira estava, com o dono e a regra daquele dia. Um mês sem retrato é
refeito dos pedidos pela regra e pelo dono de hoje; em carteira grande demais para isso na hora,
fica declarado que não há retrato.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db import connection
from django.db.models import Q, Sum

from atividade import fragmentos
from atividade.models import Indicadores, Retrato
from atividade.regras import REGRA_PADRAO
from contas.escopo import empresas_de, filtro_de_visibilidade
from contas.models import Usuario
from relatorios.composicao import NA_CONTA, ZERO, Recorte

CLIENTES_REFEITOS_NA_HORA = 5_000
RETRATO, PEDIDOS, ATUAL, SEM_RETRATO = "retrato", "pedidos", "atual", ""


@dataclass(frozen=True)
class Mes:
    """Um fim de mês (ou a referência, no último): clientes e R$ por situação, e de onde vieram."""

    data: date
    origem: str = SEM_RETRATO
    clientes: dict[str, int] = field(default_factory=dict)
    valor: dict[str, Decimal] = field(default_factory=dict)

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


def evolucao(usuario: Usuario, recorte: Recorte, referencia: date) -> list[Mes]:
    """Os doze fins de mês anteriores; o mês corrente é de quem chama, que já tem a conta de hoje."""
    datas = fins_de_mes(referencia)
    achados = _dos_retratos(usuario, recorte, datas)
    faltam = [d for d in datas if d not in achados]
    achados |= _dos_pedidos(usuario, recorte, faltam) if faltam else {}
    return [achados.get(d, Mes(d)) for d in datas]


def _dos_retratos(usuario: Usuario, recorte: Recorte, datas: Sequence[date]) -> dict[date, Mes]:
    visiveis = Retrato.objects.filter(filtro_de_visibilidade(usuario), recorte.q(), data__in=datas)
    meses = {d: Mes(d, RETRATO) for d in _com_retrato_inteiro(usuario, recorte, datas)}
    for linha in visiveis.values("data", "status").annotate(n=Sum("clientes"), v=Sum("valor_12m")).order_by():
        if linha["data"] in meses:
            meses[linha["data"]].clientes[linha["status"]] = linha["n"]
            meses[linha["data"]].valor[linha["status"]] = linha["v"]
    return meses


def _com_retrato_inteiro(usuario: Usuario, recorte: Recorte, datas: Sequence[date]) -> list[date]:
    """Só as datas em que todas as empresas do recorte foram retratadas: meia carteira enganaria."""
    empresas = empresas_de(usuario)
    if recorte.empresa:
        empresas = empresas.filter(pk__in=recorte.empresa)
    ids = set(empresas.filter(referencia__isnull=False).values_list("pk", flat=True))
    retratadas: dict[date, set[int]] = {}
    for dia, empresa in (
        Retrato.objects.filter(empresa__in=ids, data__in=datas).values_list("data", "empresa").distinct()
    ):
        retratadas.setdefault(dia, set()).add(empresa)
    return [d for d in datas if ids and retratadas.get(d, set()) >= ids]


# O limiar de cada cliente; quem não tem segue o padrão. `ciclo` é o conhecido na última compra de cada data.
_COMPOSICAO_EM = f"""
WITH padrao AS (
    SELECT %(periodo_n)s AS periodo_n, %(periodo_unidade)s AS periodo_unidade,
           %(antecedencia_n)s AS antecedencia_n, %(antecedencia_unidade)s AS antecedencia_unidade,
           NULL::numeric AS ciclo_quase, NULL::int AS ciclo_quase_min, NULL::int AS ciclo_quase_max,
           NULL::numeric AS ciclo_inativo, NULL::int AS ciclo_inativo_min, NULL::int AS ciclo_inativo_max
), regras AS (
    SELECT l.id, {fragmentos.intervalos("l")} FROM atividade_limiar l
     UNION ALL
    SELECT 0, {fragmentos.intervalos("p")} FROM padrao p
), alvo AS (
    SELECT i.cliente_id, c.empresa_id, c.encerrado_em, r.*
    FROM ({{escopo}}) AS i
    JOIN clientes_cliente c ON c.id = i.cliente_id
    JOIN regras r ON r.id = COALESCE(i.limiar_id, 0)
), compras AS (
    -- uma sondagem do índice pedido_que_conta por cliente e data
    SELECT a.*, d.dia, p.ultima, p.valor
    FROM alvo a
    CROSS JOIN unnest(%(dias)s::date[]) AS d(dia)
    CROSS JOIN LATERAL (
        SELECT max(data) AS ultima,
               COALESCE(sum(valor) FILTER (WHERE data > d.dia - interval '12 months'), 0) AS valor
        FROM clientes_pedido WHERE cliente_id = a.cliente_id AND conta AND data <= d.dia
    ) p
    WHERE p.ultima IS NOT NULL AND (a.encerrado_em IS NULL OR a.encerrado_em > d.dia)
), limites AS (
    SELECT r.dia, r.valor, {fragmentos.quase_inativo_em("r.ultima", "k.ciclo")} AS quase_em,
           {fragmentos.inativo_em("r.ultima", "k.ciclo")} AS inativo_em
    FROM compras r
    CROSS JOIN LATERAL {fragmentos.ciclo_ate("r.cliente_id", "r.ultima", "r.ci IS NOT NULL", "r.empresa_id")} k
)
SELECT dia, {fragmentos.status("quase_em", "inativo_em", "dia")}, count(*), sum(valor)
FROM limites GROUP BY 1, 2
"""


def _dos_pedidos(usuario: Usuario, recorte: Recorte, datas: Sequence[date]) -> dict[date, Mes]:
    """Refaz as datas pela regra de hoje, se a carteira couber; senão nada, e a tela diz que falta."""
    clientes = Indicadores.objects.visiveis_para(usuario).filter(
        Q(cliente__fora_do_perfil=False), recorte.q(), ultima_compra__isnull=False
    )
    if clientes[: CLIENTES_REFEITOS_NA_HORA + 1].count() > CLIENTES_REFEITOS_NA_HORA:
        return {}
    escopo, parametros = clientes.values("cliente_id", "limiar_id").query.sql_with_params()
    return _executar(escopo, parametros, datas)


def _executar(escopo: str, do_escopo: Sequence[Any], datas: Sequence[date]) -> dict[date, Mes]:
    meses = {d: Mes(d, PEDIDOS) for d in datas}
    nomeados = {f"escopo_{i}": valor for i, valor in enumerate(do_escopo)}
    consulta = _COMPOSICAO_EM.replace("{escopo}", escopo % tuple(f"%({n})s" for n in nomeados))
    with connection.cursor() as cursor:
        cursor.execute(consulta, {**nomeados, **_regra_padrao(), "dias": list(datas)})
        for dia, status, clientes, valor in cursor.fetchall():
            meses[dia].clientes[status] = clientes
            meses[dia].valor[status] = valor
    return meses


def _regra_padrao() -> dict[str, Any]:
    return {
        "periodo_n": REGRA_PADRAO.periodo.n,
        "periodo_unidade": REGRA_PADRAO.periodo.unidade,
        "antecedencia_n": REGRA_PADRAO.antecedencia.n,
        "antecedencia_unidade": REGRA_PADRAO.antecedencia.unidade,
    }


def mes_atual(referencia: date, clientes: dict[str, int], valor: dict[str, Decimal]) -> Mes:
    """O último ponto do gráfico, com a conta que a página já fez."""
    return Mes(referencia, ATUAL, clientes, valor)


__all__ = ["ATUAL", "PEDIDOS", "RETRATO", "SEM_RETRATO", "Mes", "evolucao", "fins_de_mes", "mes_atual"]
