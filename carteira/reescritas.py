"""Reescrever o que conta como compra: o pedido vira linha, e é o recálculo que o atende antes de começar.

Assim os números nunca saem com metade dos pedidos na conta antiga, e uma queda no meio só recomeça.
"""

from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from atividade.models import EstadoDaExecucao, Execucao
from clientes.compras import reescrever_conta
from contas.models import Empresa

REESCRITA = "reescrita"
_SEM_DESFECHO = (EstadoDaExecucao.PENDENTE, EstadoDaExecucao.RODANDO)


def pedir_reescrita(empresa: Empresa) -> Execucao:
    """Anota o pedido; peça também o recálculo, que começa por ele."""
    novo = {"estado": EstadoDaExecucao.PENDENTE, "mensagem": "", "terminada_em": None}
    return Execucao.objects.update_or_create(
        rotina=REESCRITA, referencia=timezone.localdate(), empresa=empresa, defaults=novo
    )[0]


def reescrever_se_pedido(empresa: Empresa) -> bool:
    """Reescreve os pedidos se alguém pediu; quem conta as tentativas é o passo de quem chama."""
    pedidos = Execucao.objects.filter(rotina=REESCRITA, empresa=empresa, estado__in=_SEM_DESFECHO)
    execucao = pedidos.order_by("-referencia").first()
    if execucao is None:
        return False
    inicio = timezone.now()
    execucao.estado, execucao.iniciada_em = EstadoDaExecucao.RODANDO, inicio
    execucao.save(update_fields=["estado", "iniciada_em"])
    mudados = reescrever_conta(empresa=empresa, avisar=_progresso(execucao))
    _terminar(execucao, mudados)
    pedidos.filter(referencia__lt=execucao.referencia).update(estado=EstadoDaExecucao.FEITA)
    return True


def _terminar(execucao: Execucao, mudados: int) -> None:
    """Só fecha se ninguém escolheu de novo enquanto reescrevia: o pedido novo fica para a próxima volta."""
    with transaction.atomic():
        atual = Execucao.objects.select_for_update().get(pk=execucao.pk)
        if atual.estado != EstadoDaExecucao.RODANDO:
            return
        atual.estado, atual.terminada_em = EstadoDaExecucao.FEITA, timezone.now()
        atual.mensagem, atual.passos = "", {"pedidos": mudados}
        atual.duracao_ms = int((atual.terminada_em - execucao.iniciada_em).total_seconds() * 1000)
        atual.save()


def _progresso(execucao: Execucao) -> Callable[[int, int], None]:
    def avisar(feito: int, ultimo: int) -> None:
        mensagem = f"{feito * 100 // ultimo}% dos pedidos" if ultimo else ""
        Execucao.objects.filter(pk=execucao.pk).update(mensagem=mensagem)

    return avisar
