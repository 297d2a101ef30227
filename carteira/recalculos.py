"""Recalcular uma empresa fora da noite: a pedido, depois de uma importação ou de uma regra nova.

O pedido é uma linha antes de ser uma mensagem: se a campainha se perder, a varredura o encontra.
Atualiza os números na data corrente e não avisa ninguém.
"""

import logging
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from atividade.guarda import referencia_da_noite
from atividade.models import EstadoDaExecucao, Execucao
from atividade.recalculo import recalcular
from carteira import passos
from carteira.horario import vaga_devida
from carteira.probabilidades import pedir_se_devido
from carteira.reescritas import reescrever_se_pedido
from carteira.travas import Rotina, vez
from contas.auditoria import registrar
from contas.models import Empresa, Usuario

registro = logging.getLogger("carteira.rotinas")
RECALCULO = "recalculo"


@transaction.atomic
def pedir_recalculo(*, empresa: Empresa, por: Usuario | None, agora: datetime | None = None) -> Execucao:
    """Anota o pedido e toca a campainha depois de confirmado; pedir outra vez durante a rodada pede outra."""
    from carteira.tasks import recalcular_empresa_task, tocar

    data = vaga_devida(agora or timezone.now())
    execucao, _ = Execucao.objects.select_for_update().get_or_create(
        rotina=RECALCULO, referencia=data, empresa=empresa
    )
    execucao.passos, execucao.tentativas, execucao.mensagem = {}, 0, ""
    execucao.estado, execucao.terminada_em = EstadoDaExecucao.PENDENTE, None
    execucao.save()
    registrar(
        "rotina.recalcular", por=por, objeto=f"empresa {empresa.codigo}", depois={"data": data.isoformat()}
    )
    tocar(recalcular_empresa_task, empresa.pk)
    return execucao


def recalcular_empresa(empresa_id: int, por: Usuario | None = None) -> Execucao | None:
    """Atende o pedido da empresa, se há; nada a fazer se outro processo já o atende.

    Com `por`, o pedido é feito aqui mesmo: é o caminho de quem espera o resultado.
    """
    empresa = Empresa.objects.get(pk=empresa_id)
    if por is not None:
        pedir_recalculo(empresa=empresa, por=por)
    with vez(Rotina.RECALCULO, empresa_id) as minha:
        pedidos = Execucao.objects.filter(rotina=RECALCULO, empresa=empresa).exclude(
            estado__in=passos.TERMINAIS
        )
        execucao = pedidos.order_by("-referencia").first() if minha else None
        while execucao is not None and _atender(execucao, empresa):
            execucao.refresh_from_db()
            if execucao.estado in passos.TERMINAIS:
                break
            execucao.passos = {}  # pediram de novo enquanto rodava
        if execucao is not None:
            pedidos.filter(referencia__lt=execucao.referencia).update(estado=execucao.estado)
    return execucao


def _atender(execucao: Execucao, empresa: Empresa) -> bool:
    """Uma volta. Falso quando falhou: a próxima tentativa é da varredura."""
    try:
        passos.rodar(execucao, "recalculo", lambda: _recalcular(empresa, execucao.referencia))
    except passos.PassoFalhou as falha:
        registro.exception("recálculo da empresa %s: %s falhou", empresa.codigo, falha)
        return False
    # Só fecha se ninguém pediu de novo enquanto rodava: um pedido novo volta a linha a pendente.
    with transaction.atomic():
        atual = Execucao.objects.select_for_update().get(pk=execucao.pk)
        if atual.estado == EstadoDaExecucao.RODANDO:
            passos.terminar(execucao, EstadoDaExecucao.FEITA)
    pedir_se_devido(empresa)
    return True


def _recalcular(empresa: Empresa, data: date) -> dict[str, Any]:
    """A data da noite corrente; uma carteira já adiantada fica na data em que está."""
    empresa.refresh_from_db()
    return rodar_recalculo(empresa, max(data, empresa.referencia_regular or data))


def rodar_recalculo(empresa: Empresa, hoje: date) -> dict[str, Any]:
    """Recalcula com a guarda de pedidos parados e devolve as contagens que ficam na Execucao."""
    reescrita = reescrever_se_pedido(empresa)
    da_noite = referencia_da_noite(empresa, hoje)
    resultado = recalcular(
        empresa=empresa, referencia=da_noite.data, hoje=hoje, completo=reescrita, por_configuracao=reescrita
    )
    return {
        **resultado.contagens,
        "referencia": resultado.referencia.isoformat(),
        "modo": resultado.modo,
        "linhas_alteradas": resultado.linhas_alteradas,
        "mudancas": resultado.mudancas,
        "parado": da_noite.parado,
        "pedidos_ate": da_noite.pedidos_ate.isoformat() if da_noite.pedidos_ate else None,
        "aviso": f"Pedidos parados: {da_noite.aviso}. A referência não avançou." if da_noite.parado else "",
    }
