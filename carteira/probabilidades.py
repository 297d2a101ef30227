"""O ajuste de probabilidade fora da noite: a rodada só pede; quem ajusta é outra tarefa, e nada a espera.

Como no recálculo, o pedido é uma linha antes de ser uma mensagem: a varredura acha a que se perdeu.
"""

import logging
from typing import Any

from django.db import transaction

from atividade.models import Execucao
from atividade.probabilidade.mensal import ajustar_empresa, devido
from carteira import passos
from carteira.travas import Rotina
from contas.auditoria import registrar
from contas.models import Empresa, Usuario

registro = logging.getLogger("carteira.rotinas")
PROBABILIDADE = "probabilidade"


@transaction.atomic
def pedir_ajuste(*, empresa: Empresa, por: Usuario | None = None) -> Execucao:
    """Anota o pedido na referência da empresa e toca a campainha depois de confirmado."""
    from carteira.tasks import ajustar_probabilidade_task, tocar

    execucao = passos.pedir(PROBABILIDADE, empresa)
    if por is not None:
        registrar("probabilidade.ajustar", por=por, objeto=f"empresa {empresa.codigo}")
    tocar(ajustar_probabilidade_task, empresa.pk)
    return execucao


def pedir_se_devido(empresa: Empresa) -> None:
    """Para o fim de uma rodada: o que der errado aqui fica no registro e não derruba quem chamou."""
    try:
        empresa.refresh_from_db()
        if devido(empresa):
            pedir_ajuste(empresa=empresa)
    except Exception:
        registro.exception("empresa %s: o ajuste de probabilidade não pôde ser pedido", empresa.codigo)


def atender(empresa_id: int) -> Execucao | None:
    """Faz o ajuste pedido, se há; nada a fazer se outro processo já o faz."""
    return passos.atender_na_vez(PROBABILIDADE, Rotina.PROBABILIDADE, empresa_id, "ajuste", _ajustar)


def _ajustar(empresa: Empresa, execucao: Execucao) -> dict[str, Any]:
    ajuste = ajustar_empresa(empresa=empresa, referencia=execucao.referencia, hoje=execucao.referencia)
    return {"clientes": ajuste.clientes, "linhas": ajuste.linhas, "modelo": ajuste.modelo}
