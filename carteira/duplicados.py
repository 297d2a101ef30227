"""A procura de duplicados fora da página: a noite e o botão só pedem; quem procura é outra tarefa.

Como no recálculo, o pedido é uma linha antes de ser uma mensagem: a varredura acha a que se perdeu.
"""

import logging
from typing import Any

from django.db import transaction
from django.utils import timezone

from atividade.models import EstadoDaExecucao, Execucao
from carteira import passos
from carteira.travas import Rotina
from clientes.duplicados import procurar
from contas.auditoria import registrar
from contas.models import Empresa, Usuario

registro = logging.getLogger("carteira.rotinas")
DUPLICADOS = "duplicados"


@transaction.atomic
def pedir_procura(*, empresa: Empresa, por: Usuario | None = None) -> Execucao:
    """Anota o pedido e toca a campainha depois de confirmado."""
    from carteira.tasks import procurar_duplicados_task, tocar

    execucao = passos.pedir(DUPLICADOS, empresa, empresa.referencia or timezone.localdate())
    if por is not None:
        registrar("duplicados.procurar", por=por, objeto=f"empresa {empresa.codigo}")
    tocar(procurar_duplicados_task, empresa.pk)
    return execucao


def pedir_de_noite(empresa: Empresa) -> None:
    """Para o fim de uma rodada: o que der errado aqui fica no registro e não derruba quem chamou."""
    try:
        pedir_procura(empresa=empresa)
    except Exception:
        registro.exception("empresa %s: a procura de duplicados não pôde ser pedida", empresa.codigo)


def atender(empresa_id: int) -> Execucao | None:
    """Faz a procura pedida, se há; nada a fazer se outro processo já a faz."""
    return passos.atender_na_vez(DUPLICADOS, Rotina.DUPLICADOS, empresa_id, "procura", _procurar)


def _procurar(empresa: Empresa, _execucao: Execucao) -> dict[str, Any]:
    busca = procurar(empresa)
    return {"clientes": busca.clientes, "pares": busca.pares, "novos": busca.novos}


def procurando(empresas: list[int]) -> bool:
    """Alguma destas empresas tem uma procura por fazer?"""
    abertas = (EstadoDaExecucao.PENDENTE, EstadoDaExecucao.RODANDO)
    return Execucao.objects.filter(rotina=DUPLICADOS, empresa__in=empresas, estado__in=abertas).exists()
