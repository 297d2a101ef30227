"""Por quanto tempo se guarda cada tipo de dado: a prévia e a limpeza, em lotes, com rastro.

Cada tipo diz quantas linhas venceram e como se vão. Nada corre enquanto a regra está desligada.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from clientes.models import RegraDeRetencao, TipoDeRetencao
from contas.auditoria import registrar
from contas.models import Usuario

LOTE = 5_000
_PADRAO_EM_DIAS = {
    TipoDeRetencao.VISTAS: 730,
    TipoDeRetencao.MENSAGENS: 365,
    TipoDeRetencao.ARQUIVOS: 30,
    TipoDeRetencao.PROSPECTS: 730,
    TipoDeRetencao.AUDITORIA: 1825,
}
# A lei pede seis meses dos registros de acesso (Marco Civil, art. 15); o banco recusa menos.
MINIMOS = {TipoDeRetencao.AUDITORIA: 184, TipoDeRetencao.VISTAS: 184}
# O que já era regra da casa nasce ligado.
LIGADAS = {TipoDeRetencao.ARQUIVOS}


class RegraInvalida(ValueError):
    """Prazo que a casa recusa; a mensagem já vem pronta para a tela."""


@dataclass(frozen=True, slots=True)
class Limpeza:
    """Um tipo de dado: quantas linhas venceram até `ate`, e apagar um lote delas."""

    contar: Callable[[datetime], int]
    apagar: Callable[[datetime, int], int]


def regras() -> list[RegraDeRetencao]:
    """Uma por tipo, gravada ou de partida, na ordem em que se mostram."""
    gravadas = {r.tipo: r for r in RegraDeRetencao.objects.all()}
    return [
        gravadas.get(t) or RegraDeRetencao(tipo=t, dias=_PADRAO_EM_DIAS[t], ligada=t in LIGADAS)
        for t in TipoDeRetencao
    ]


@transaction.atomic
def mudar(*, tipo: str, dias: int, ligada: bool, por: Usuario) -> bool:
    minimo = MINIMOS.get(TipoDeRetencao(tipo), 1)
    if not minimo <= dias <= 36500:
        raise RegraInvalida(f"Guarde por {minimo} dias ou mais, até 36.500.")
    atual = next(r for r in regras() if r.tipo == tipo)
    antes, depois = _resumo(atual), {"dias": dias, "ligada": ligada}
    if antes == depois:
        return False
    RegraDeRetencao.objects.update_or_create(tipo=tipo, defaults=depois)
    objeto = TipoDeRetencao(tipo).label
    registrar("mudar retenção", por=por, objeto=objeto, antes=antes, depois=depois)
    return True


def _resumo(regra: RegraDeRetencao) -> dict[str, Any]:
    return {"dias": regra.dias, "ligada": regra.ligada}


def limpar(limpezas: dict[str, Limpeza], *, agora: datetime) -> dict[str, int]:
    """Corre as ligadas até o fim, um lote por transação; a que para no meio segue na noite seguinte."""
    feitas: dict[str, int] = {}
    for regra in regras():
        if not regra.ligada or regra.tipo not in limpezas:
            continue
        ate, total = agora - timedelta(days=regra.dias), 0
        while apagadas := limpezas[regra.tipo].apagar(ate, LOTE):
            total += apagadas
        if total:
            registrar(
                "apagar por retenção",
                por=None,
                objeto=TipoDeRetencao(regra.tipo).label,
                depois={"linhas": total, "dias": regra.dias},
            )
            feitas[regra.tipo] = total
    return feitas


def por_sql(contagem: str, comando: str) -> Limpeza:
    """Uma limpeza que o banco faz inteira; os dois recebem `ate` e o segundo também `lote`."""

    def contar(ate: datetime) -> int:
        with connection.cursor() as cursor:
            cursor.execute(contagem, {"ate": ate})
            return int(cursor.fetchone()[0])

    def apagar(ate: datetime, lote: int) -> int:
        with connection.cursor() as cursor:
            cursor.execute(comando, {"ate": ate, "lote": lote})
            return cursor.rowcount if cursor.description is None else int(cursor.fetchone()[0])

    return Limpeza(contar, apagar)
