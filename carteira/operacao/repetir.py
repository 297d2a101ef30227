"""Repetir uma rodada: todas são idempotentes, e a de uma data que passou não volta."""

from datetime import date, datetime

from django.db import transaction

from atividade.models import EstadoDaExecucao, Execucao
from carteira import passos
from carteira.avaliacoes import AVALIACAO
from carteira.duplicados import DUPLICADOS
from carteira.horario import vaga_devida
from carteira.operacao.copias_da_noite import COPIA
from carteira.probabilidades import PROBABILIDADE
from carteira.recalculos import RECALCULO
from carteira.rotinas import NOTURNA, pedir_rodada
from carteira.tasks import copiar_task, rotina_noturna_task, tocar
from carteira.varredura import tocar_pedido
from contas.auditoria import registrar
from contas.models import Usuario

# As que se refazem inteiras só com o que a linha já diz.
REPETIVEIS = frozenset({RECALCULO, PROBABILIDADE, AVALIACAO, DUPLICADOS})


def repetivel(execucao: Execucao, agora: datetime, vaga: date) -> bool:
    """Terminada, e de uma data que ainda é a corrente (a noite e a cópia) ou que não importa."""
    if execucao.estado not in passos.TERMINAIS:
        return False
    if execucao.rotina == NOTURNA:
        return execucao.referencia == vaga
    if execucao.rotina == COPIA:
        return execucao.referencia == agora.date()
    return execucao.rotina in REPETIVEIS


def repetir(execucao: Execucao, *, por: Usuario, agora: datetime) -> bool:
    """Volta a pendente e toca a campainha; falso se já não dá (outra pessoa repetiu, ou está rodando)."""
    if execucao.rotina == NOTURNA:
        feito = repetivel(execucao, agora, vaga_devida(agora)) and pedir_rodada(
            data=execucao.referencia, por=por
        )
        if feito:
            tocar(rotina_noturna_task, execucao.referencia.isoformat())
        return feito
    with transaction.atomic():
        atual = Execucao.objects.select_for_update().get(pk=execucao.pk)
        if not repetivel(atual, agora, vaga_devida(agora)):
            return False
        passos.reabrir(atual)
        alvo = f"{atual.rotina} de {atual.referencia:%d/%m/%Y}"
        registrar(
            "rotina.repetir", por=por, objeto=alvo, antes={"estado": EstadoDaExecucao(execucao.estado).label}
        )
        _tocar(atual)
    return True


def _tocar(execucao: Execucao) -> None:
    if execucao.rotina == COPIA:
        tocar(copiar_task)
    else:
        tocar_pedido(execucao.rotina, execucao.empresa_id)
