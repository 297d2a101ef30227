"""A cada minuto: o que o banco diz que falta vira campainha. Perder uma mensagem é só perder um minuto."""

from datetime import date, datetime
from typing import NamedTuple

from celery import Task
from django.conf import settings

from atividade.models import EstadoDaExecucao, Execucao
from carteira import relatorios_agendados
from carteira.arquivos import cuidar_dos_arquivos
from carteira.avaliacoes import AVALIACAO
from carteira.duplicados import DUPLICADOS
from carteira.horario import vaga_devida
from carteira.importacoes import em_aberto
from carteira.passos import TERMINAIS
from carteira.probabilidades import PROBABILIDADE
from carteira.recalculos import RECALCULO
from carteira.repetiveis import esquecer_antigos
from carteira.retratos_passados import RETRATOS
from carteira.rotinas import NOTURNA
from carteira.tasks import (
    ajustar_probabilidade_task,
    avaliar_prioridade_task,
    enviar_pendentes_task,
    importar_task,
    olhar_pasta_task,
    procurar_duplicados_task,
    recalcular_empresa_task,
    retratos_passados_task,
    rotina_noturna_task,
    tocar,
    webhooks_task,
)
from carteira.travas import Rotina, ocupada
from clientes.importacao.anteriores import esquecer_antigas
from notificacoes.envio import a_enviar, marcar_incertas
from notificacoes.models import DestinoDeWebhook


class _APedido(NamedTuple):
    """Como se chama no que a varredura devolve, que trava segura quem a roda, e quem a faz."""

    nome: str
    trava: Rotina
    tarefa: Task


_A_PEDIDO = {
    RECALCULO: _APedido("recalculos", Rotina.RECALCULO, recalcular_empresa_task),
    PROBABILIDADE: _APedido("probabilidades", Rotina.PROBABILIDADE, ajustar_probabilidade_task),
    AVALIACAO: _APedido("avaliacoes", Rotina.AVALIACAO, avaliar_prioridade_task),
    RETRATOS: _APedido("retratos", Rotina.RETRATOS, retratos_passados_task),
    DUPLICADOS: _APedido("duplicados", Rotina.DUPLICADOS, procurar_duplicados_task),
}


def varrer(*, agora: datetime) -> dict[str, object]:
    """Toca o que falta e devolve o que tocou; com tudo em dia são meia dúzia de consultas por índice."""
    tocadas: dict[str, object] = {"incertas": marcar_incertas(agora=agora)}
    vaga = vaga_por_fazer(agora)
    if vaga and not ocupada(Rotina.NOTURNA):
        tocar(rotina_noturna_task, vaga.isoformat())
        tocadas["noturna"] = vaga
    tocadas |= _tocar_pedidos()
    paradas = em_aberto()
    for importacao in paradas:
        tocar(importar_task, importacao)
        tocadas["importacoes"] = paradas
    if esquecidas := esquecer_antigas(agora=agora, dias=settings.IMPORTACAO_DESFAZ_ATE_DIAS):
        tocadas["versoes_antigas"] = esquecidas
    if settings.PASTA_DE_ENTRADA:
        tocar(olhar_pasta_task)
        tocadas["pasta"] = True
    if enviados := relatorios_agendados.andar(agora=agora):
        tocadas["relatorios"] = enviados
    if arquivos := cuidar_dos_arquivos(agora=agora):
        tocadas["arquivos"] = arquivos
    esquecer_antigos(agora=agora)
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
    """(rotina, empresa) de cada pedido ainda sem desfecho."""
    abertas = Execucao.objects.filter(
        rotina__in=_A_PEDIDO,
        estado__in=(EstadoDaExecucao.PENDENTE, EstadoDaExecucao.RODANDO),
    )
    return list(abertas.values_list("rotina", "empresa").distinct().order_by("rotina", "empresa"))


def tocar_pedido(rotina: str, empresa: int) -> bool:
    """A campainha de uma rotina que se pede; falso se ela não é dessas."""
    if rotina not in _A_PEDIDO:
        return False
    tocar(_A_PEDIDO[rotina].tarefa, empresa)
    return True


def _tocar_pedidos() -> dict[str, list[int]]:
    """As empresas com pedido por fazer, por rotina; a de quem já está rodando não toca outra vez."""
    tocadas: dict[str, list[int]] = {_A_PEDIDO[RECALCULO].nome: []}
    for rotina, empresa in _pedidos_por_fazer():
        nome, trava, tarefa = _A_PEDIDO[rotina]
        tocadas.setdefault(nome, []).append(empresa)
        if not ocupada(trava, empresa):
            tocar(tarefa, empresa)
    return tocadas
