"""A carteira como estava em uma data: status, limites, valor e dono de cada cliente naquele dia.

"Como estava em D" são os fatos conhecidos hoje: um pedido de antes de D que só chegou depois conta.
A regra é a da época ou a de hoje, o dono é o da data ou o atual; segmento, UF e município são os de hoje.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db.models import F, QuerySet

from atividade import fragmentos
from atividade.models import ParametrosDaAtividade
from atividade.regras import REGRA_PADRAO
from contas.models import Empresa

# Cliente sem períodos guardados é de quem é hoje.
_DONO_NA_DATA = (
    "LEFT JOIN clientes_periododecarteira o ON o.cliente_id = i.cliente_id AND o.periodo @> %(data)s::date"
)
_SEM_PERIODO = "CASE WHEN o.id IS NULL THEN i.{0} ELSE o.{0} END"
_DO_ESCOPO = ("cliente_id", "empresa_id", "segmento_id", "uf", "status", "vendedor_id", "equipe_id")
_DO_CADASTRO = {nome: F(f"cliente__{nome}") for nome in ("municipio_id", "perfil", "porte")}
# Mais que o corte é da classe; no corte, os que a ordem por código deixou caber.
_CURVA = """CASE WHEN x.valor_12m = 0 THEN ''
            WHEN x.valor_12m > k.a OR x.cliente_id = ANY (k.empatados_a) THEN 'A'
            WHEN x.valor_12m > k.b OR x.cliente_id = ANY (k.empatados_b) THEN 'B' ELSE 'C' END"""


@dataclass(frozen=True)
class Momento:
    """Uma empresa em uma data; `hoje` é o dia em que as regras são lidas (a própria data: regra da época)."""

    empresa: Empresa
    data: date
    hoje: date
    dono_na_data: bool = True


def relacao(
    momento: Momento,
    clientes: "QuerySet[Any]",
    *,
    valores: bool = True,
    curva: bool = False,
    marcas: bool = False,
    cadastro: bool = False,
) -> tuple[str, dict[str, Any]]:
    """SELECT (e parâmetros) com uma linha por cliente de `clientes` (Indicadores) que era da carteira na data.

    Sem `valores` o custo é só o da última compra; a curva (que os lê) pede uma passada pela empresa inteira, as marcas
    (novo e recuperado) a história de quem comprou há pouco, e `cadastro` a leitura de município, perfil e porte.
    """
    lidos = clientes.order_by().values(*_DO_ESCOPO, **(_DO_CADASTRO if cadastro else {}))
    escopo, do_escopo = lidos.query.sql_with_params()
    nomeados = {f"escopo_{i}": valor for i, valor in enumerate(do_escopo)}
    trocas = {
        "escopo": escopo % tuple(f"%({nome})s" for nome in nomeados),
        "regras": _regras(),
        # por ciclo, a régua é o ciclo conhecido na última compra daquele dia
        "ciclo": fragmentos.ciclo_ate("m.cliente_id", "m.ultima", "r.ci IS NOT NULL"),
        "quase_em": fragmentos.quase_inativo_em("m.ultima", "k.ciclo"),
        "inativo_em": fragmentos.inativo_em("m.ultima", "k.ciclo"),
        "antigo_em": fragmentos.COLUNAS["antigo_em"],
        "status": fragmentos.status("x.quase_em", "x.inativo_em", "%(data)s::date"),
        "com_valores": "true" if valores or curva else "false",
        "cortes": f", cortes AS MATERIALIZED ({fragmentos.ler('cortes_na_data')})" if curva else "",
        "curva": _CURVA if curva else "''",
        "com_cortes": "CROSS JOIN cortes k" if curva else "",
        "do_cadastro": "".join(f", i.{nome}" for nome in _DO_CADASTRO) if cadastro else "",
        "marcas": "g.nova, g.voltou" if marcas else "false AS nova, false AS voltou",
        "com_marcas": _marcas() if marcas else "",
        **_dono(momento.dono_na_data),
    }
    sql = fragmentos.ler("na_data")
    for chave, texto in trocas.items():
        sql = sql.replace("{" + chave + "}", texto)
    return sql, nomeados | _parametros(momento) | _da_empresa(momento, curva=curva, marcas=marcas)


def _regras() -> str:
    """A mesma tabela de regras do recálculo (`sql/regras.sql`), como consulta: é aqui que as duas se juntam."""
    consulta = fragmentos.ler("regras").partition("ON COMMIT DROP AS")[2].rstrip().removesuffix(";")
    return consulta.replace("{intervalos}", fragmentos.intervalos("n"))


def _dono(na_data: bool) -> dict[str, str]:
    if not na_data:
        return {"vendedor": "i.vendedor_id", "equipe": "i.equipe_id", "dono": ""}
    return {
        "vendedor": _SEM_PERIODO.format("vendedor_id"),
        "equipe": _SEM_PERIODO.format("equipe_id"),
        "dono": _DONO_NA_DATA,
    }


def _parametros(momento: Momento) -> dict[str, Any]:
    return {
        "empresa": momento.empresa.pk,
        "data": momento.data,
        "hoje": momento.hoje,
        "h12": momento.data - relativedelta(months=12),
        "fuso": settings.TIME_ZONE,
        "padrao_n": REGRA_PADRAO.periodo.n,
        "padrao_u": REGRA_PADRAO.periodo.unidade,
        "padrao_aviso_n": REGRA_PADRAO.antecedencia.n,
    }


def _da_empresa(momento: Momento, *, curva: bool, marcas: bool) -> dict[str, Any]:
    if not (curva or marcas):
        return {}
    guardados = ParametrosDaAtividade.objects.filter(empresa=momento.empresa).first()
    parametros = guardados or ParametrosDaAtividade()
    novidade = momento.data - timedelta(days=parametros.dias_novidade)
    return {"abc_a": parametros.abc_a, "abc_b": parametros.abc_b, "novidade": novidade}


def _marcas() -> str:
    """A volta é julgada com o ciclo das compras até a anterior, como em `sql/recuperados.sql`."""
    julgada = "r.ci IS NOT NULL AND s.data > %(novidade)s AND s.data - s.anterior >= r.menor_periodo"
    return (
        fragmentos.ler("marcas_na_data")
        .replace("{ciclo}", fragmentos.ciclo_ate("m.cliente_id", "s.anterior", julgada))
        .replace("{inativo_em}", fragmentos.inativo_em("s.anterior", "kv.ciclo"))
    )
