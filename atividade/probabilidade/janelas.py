"""Janelas fechadas do passado: quem a fila teria chamado em cada corte, e quem de fato ficou sem comprar.

As linhas de cada corte são as do recálculo naquela data, pela regra em vigor hoje: a elegibilidade se diz
uma vez só. Ficam numa tabela temporária, e as contas sobre elas são somas no banco.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from atividade import fragmentos
from atividade.formula_sql import em_sql
from atividade.medidas import medir
from atividade.prioridade import HORIZONTE, HORIZONTE_DE_ELEGIBILIDADE, M0_SEM_HISTORIA, Z
from atividade.recalculo import Rodada, abrir, tomar_medianas
from contas.models import Empresa

RECUOS = (90, 120, 150, 180)
# Do cadastro, e não dos indicadores: exportar uma data não depende de nenhuma rodada.
_CLIENTES = (
    "(SELECT id AS cliente_id, empresa_id, vendedor_id, equipe_id, segmento_id, uf FROM clientes_cliente) x"
)


def cortes_de(data: date) -> list[date]:
    """Os cortes cujos 90 dias já se fecharam em `data`."""
    return [data - timedelta(days=recuo) for recuo in RECUOS]


def medir_em(empresa: Empresa, data: date, hoje: date, cursor: Any) -> tuple[Rodada, str]:
    """Põe a mesa do recálculo em `data` e devolve a consulta das linhas; `m0` fica entre os parâmetros."""
    rodada = abrir(empresa, data, hoje, cursor)
    medir(rodada)
    tomar_medianas(rodada, guardar=False)
    m0 = rodada.estado.m0
    rodada.valores["m0"] = float(m0) if m0 else M0_SEM_HISTORIA
    return rodada, fragmentos.calcular(_CLIENTES)


@dataclass
class Janelas:
    """Os cortes já tomados de uma empresa, dentro de uma transação; cada um se mede uma vez só."""

    empresa: Empresa
    hoje: date
    cursor: Any
    tomadas: set[date] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.cursor.execute("DROP TABLE IF EXISTS pg_temp.c_janelas")
        self.cursor.execute(
            "CREATE TEMP TABLE c_janelas (corte date, n int, r int, tx int, z float8, calado bool) ON COMMIT DROP"
        )

    def tomar(self, cortes: Iterable[date]) -> None:
        for corte in sorted(set(cortes) - self.tomadas):
            rodada, linhas = medir_em(self.empresa, corte, self.hoje, self.cursor)
            rodada.valores |= {
                "fim": corte + timedelta(days=HORIZONTE),
                "perto": corte + timedelta(days=HORIZONTE_DE_ELEGIBILIDADE),
            }
            rodada.passo("janela", linhas=linhas, z=em_sql(Z, n="j.n", r="j.r", tx="j.tx", m0="j.m0"))
            self.tomadas.add(corte)

    def contar(self, cortes: list[date]) -> tuple[int, int]:
        """Quantas linhas, e quantas ficaram sem comprar."""
        self.cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE calado) FROM c_janelas WHERE corte = ANY(%s)", [cortes]
        )
        linhas, calados = self.cursor.fetchone()
        return linhas, calados

    def somas(self, cortes: list[date], b0: float, s: float) -> tuple[float, ...]:
        """A verossimilhança da logística (negativa), o gradiente e a curvatura."""
        self.cursor.execute(fragmentos.ler("calibrar"), {"cortes": cortes, "b0": b0, "s": s})
        return tuple(float(v) for v in self.cursor.fetchone())

    def faixas(self, corte: date, p: str) -> list[tuple[int, int, float, float, float]]:
        """Faixa, linhas, previsto e acontecido médios e soma dos erros ao quadrado; `p` é SQL nosso."""
        sql = fragmentos.ler("prova").replace("{p}", p)
        self.cursor.execute(sql, {"corte": corte})
        return [(int(f), int(n), float(p), float(y), float(b)) for f, n, p, y, b in self.cursor.fetchall()]
