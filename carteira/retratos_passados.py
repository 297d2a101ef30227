"""Retratar os meses anteriores à instalação, a pedido, em segundo plano.

Como no recálculo, o pedido é uma linha antes de ser uma mensagem. O andamento se lê dos próprios retratos: o que
já está guardado está feito, e uma queda no meio só recomeça do que falta.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from atividade.models import EstadoDaExecucao, Execucao
from atividade.retratos import fins_de_mes_sem_retrato, refotografar
from carteira import passos
from carteira.travas import Rotina
from contas.auditoria import registrar
from contas.models import Empresa, Usuario

RETRATOS = "retratos"
_PEDIDO = "pedido"


@dataclass(frozen=True, slots=True)
class Andamento:
    """Por onde vai o pedido de uma empresa; `de` é quantos fins de mês foram pedidos."""

    empresa: Empresa
    andando: bool
    falhou: bool
    feitos: int
    de: int
    desde: date | None


@transaction.atomic
def pedir_retratos(*, empresa: Empresa, desde: date, por: Usuario) -> int:
    """Anota o pedido e toca a campainha depois de confirmado; devolve quantos meses faltam."""
    from carteira.tasks import retratos_passados_task, tocar

    faltam = len(fins_de_mes_sem_retrato(empresa, desde))
    if not faltam:
        return 0
    execucao = passos.pedir(RETRATOS, empresa)
    execucao.passos = {_PEDIDO: {"desde": desde.isoformat(), "meses": faltam}}
    execucao.save(update_fields=["passos"])
    registrar(
        "rotina.retratar", por=por, objeto=f"empresa {empresa.codigo}", depois={"desde": desde.isoformat()}
    )
    tocar(retratos_passados_task, empresa.pk)
    return faltam


def atender(empresa_id: int) -> Execucao | None:
    """Retrata o que falta do pedido, se há; nada a fazer se outro processo já o atende."""
    return passos.atender_na_vez(RETRATOS, Rotina.RETRATOS, empresa_id, "retratos", _retratar)


def _retratar(empresa: Empresa, execucao: Execucao) -> dict[str, Any]:
    return {
        "dias": refotografar(empresa=empresa, desde=date.fromisoformat(execucao.passos[_PEDIDO]["desde"]))
    }


def andamento_de(empresa: Empresa) -> Andamento | None:
    """O último pedido da empresa e quanto dele já está guardado; nada se nunca se pediu."""
    execucao = empresa.execucoes.filter(rotina=RETRATOS).order_by("-referencia").first()
    if execucao is None or _PEDIDO not in execucao.passos:
        return None
    desde, de = date.fromisoformat(execucao.passos[_PEDIDO]["desde"]), execucao.passos[_PEDIDO]["meses"]
    andando = execucao.estado in {EstadoDaExecucao.PENDENTE, EstadoDaExecucao.RODANDO}
    faltam = len(fins_de_mes_sem_retrato(empresa, desde)) if andando else 0
    falhou = execucao.estado == EstadoDaExecucao.FALHOU
    return Andamento(empresa, andando, falhou, max(de - faltam, 0), de, desde)
