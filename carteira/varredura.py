"""A cada minuto: o que o banco diz que falta vira campainha. Perder uma mensagem é só perder um minuto."""

from datetime import date, datetime

from atividade.models import EstadoDaExecucao, Execucao
from carteira.arquivos import cuidar_dos_arquivos
from carteira.avaliacoes import AVALIACAO
from carteira.horario import vaga_devida
from carteira.importacoes import em_aberto
from carteira.passos import TERMINAIS
from carteira.probabilidades import PROBABILIDADE
from carteira.recalculos import RECALCULO
from carteira.rotinas import NOTURNA
from carteira.tasks import (
    ajustar_probabilidade_task,
    avaliar_prioridade_task,
    enviar_pendentes_task,
    importar_task,
    recalcular_empresa_task,
    rotina_noturna_task,
    tocar,
    webhooks_task,
)
from carteira.travas import Rotina, ocupada
from notificacoes.envio import a_enviar, marcar_incertas
from notificacoes.models import DestinoDeWebhook


def varrer(*, agora: datetime) -> dict[str, object]:
    """Toca o que falta e devolve o que tocou; com tudo em dia são meia dúzia de consultas por índice."""
    tocadas: dict[str, object] = {"incertas": marcar_incertas(agora=agora)}
    vaga = vaga_por_fazer(agora)
    if vaga and not ocupada(Rotina.NOTURNA):
        tocar(rotina_noturna_task, vaga.isoformat())
        tocadas["noturna"] = vaga
    pedidos = _pedidos_por_fazer()
    tocadas["recalculos"] = [_tocar_recalculo(empresa) for rotina, empresa in pedidos if rotina == RECALCULO]
    if ajustes := [_tocar_ajuste(empresa) for rotina, empresa in pedidos if rotina == PROBABILIDADE]:
        tocadas["probabilidades"] = ajustes
    if provas := [_tocar_avaliacao(empresa) for rotina, empresa in pedidos if rotina == AVALIACAO]:
        tocadas["avaliacoes"] = provas
    paradas = em_aberto()
    for importacao in paradas:
        tocar(importar_task, importacao)
        tocadas["importacoes"] = paradas
    if arquivos := cuidar_dos_arquivos(agora=agora):
        tocadas["arquivos"] = arquivos
    if a_enviar(agora=agora):
        tocar(enviar_pendentes_task)
        tocadas["envio"] = True
    if DestinoDeWebhook.objects.exists():
        tocar(webhooks_task)
        tocadas["webhooks"] = True
    return tocadas


def vaga_por_fazer(agora: datetime) -> date | None:
    """A vaga vencida mais nova, se ela (ou outra adiante dela) ainda não teve desfecho."""
    vaga = vaga_devida(agora)
    desfechos = Execucao.objects.filter(
        rotina=NOTURNA, empresa=None, referencia__gte=vaga, estado__in=TERMINAIS
    )
    return None if desfechos.exists() else vaga


def _pedidos_por_fazer() -> list[tuple[str, int]]:
    """(rotina, empresa) de cada recálculo, ajuste ou prova pedida e ainda sem desfecho."""
    abertas = Execucao.objects.filter(
        rotina__in=(RECALCULO, PROBABILIDADE, AVALIACAO),
        estado__in=(EstadoDaExecucao.PENDENTE, EstadoDaExecucao.RODANDO),
    )
    return list(abertas.values_list("rotina", "empresa").distinct().order_by("rotina", "empresa"))


def _tocar_recalculo(empresa: int) -> int:
    if not ocupada(Rotina.RECALCULO, empresa):
        tocar(recalcular_empresa_task, empresa)
    return empresa


def _tocar_ajuste(empresa: int) -> int:
    if not ocupada(Rotina.PROBABILIDADE, empresa):
        tocar(ajustar_probabilidade_task, empresa)
    return empresa


def _tocar_avaliacao(empresa: int) -> int:
    if not ocupada(Rotina.AVALIACAO, empresa):
        tocar(avaliar_prioridade_task, empresa)
    return empresa
