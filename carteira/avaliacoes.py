"""A prova da ordem da fila a pedido: corre em segundo plano, e o andamento fica onde a página o lê.

Como no ajuste, o pedido é uma linha antes de ser uma mensagem: a varredura acha a que se perdeu.
"""

from typing import Any

from django.core.cache import cache
from django.db import transaction

from atividade.models import AvaliacaoDaPrioridade, EstadoDaExecucao, Execucao
from carteira import passos
from carteira.travas import Rotina
from contas.auditoria import registrar
from contas.models import Empresa, Usuario

AVALIACAO = "avaliacao"
_GUARDA_DO_ANDAMENTO = 3600  # segundos


@transaction.atomic
def pedir_avaliacao(*, empresa: Empresa, por: Usuario) -> Execucao:
    """Anota o pedido na referência da empresa e toca a campainha depois de confirmado."""
    from carteira.tasks import avaliar_prioridade_task, tocar

    execucao = passos.pedir(AVALIACAO, empresa)
    registrar("prioridade.avaliar", por=por, objeto=f"empresa {empresa.codigo}")
    tocar(avaliar_prioridade_task, empresa.pk)
    return execucao


def atender(empresa_id: int) -> Execucao | None:
    """Faz a prova pedida, se há; nada a fazer se outro processo já a faz."""
    execucao = passos.atender_na_vez(AVALIACAO, Rotina.AVALIACAO, empresa_id, "prova", _provar)
    if execucao is not None:
        cache.delete(_chave(empresa_id))
    return execucao


def _provar(empresa: Empresa, execucao: Execucao) -> dict[str, Any]:
    from atividade.avaliacao.prova import avaliar

    def avisar(feitos: int, de: int) -> None:
        cache.set(_chave(empresa.pk), (feitos, de), _GUARDA_DO_ANDAMENTO)

    avaliacao = avaliar(empresa=empresa, data=execucao.referencia, avisar=avisar)
    AvaliacaoDaPrioridade.objects.update_or_create(
        empresa=empresa, referencia=execucao.referencia, defaults={"resultado": avaliacao.como_json()}
    )
    return {"cortes": len(avaliacao.cortes), "casos": avaliacao.casos, "perdas": avaliacao.perdas}


def andamento_de(empresa: Empresa) -> dict[str, Any]:
    """Se há prova andando e por onde vai, ou se a última falhou."""
    execucao = empresa.execucoes.filter(rotina=AVALIACAO).order_by("-referencia").first()
    estado = execucao.estado if execucao else ""
    feitos, de = cache.get(_chave(empresa.pk)) or (0, 0)
    return {
        "andando": estado in {EstadoDaExecucao.PENDENTE, EstadoDaExecucao.RODANDO},
        "falhou": estado == EstadoDaExecucao.FALHOU,
        "feitos": feitos,
        "de": de,
    }


def _chave(empresa_id: int) -> str:
    return f"avaliacao:{empresa_id}"
