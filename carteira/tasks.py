"""Campainhas: cada tarefa acorda o caso de uso de mesmo nome, que acha no banco o que fazer."""

import logging
from datetime import date
from typing import Any

from celery import Task
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from carteira.celery import app

registro = logging.getLogger("carteira.tasks")


def tocar(tarefa: Task, *argumentos: Any) -> None:
    """Ao gravar, publica sem esperar: antes disso a tarefa não acharia no banco o que fazer.

    Com a fila fora do ar só avisa, porque a varredura refaz o toque.
    """

    def publicar() -> None:
        try:
            tarefa.apply_async(argumentos, retry=False)
        except (OperationalError, OSError) as erro:
            registro.warning("campainha de %s não tocou: %s", tarefa.name, erro)

    transaction.on_commit(publicar)


@app.task
def rotina_noturna_task(vaga: str = "") -> str:
    """O beat toca sem vaga: vale a que o horário diz dever agora, por mais que a mensagem atrase."""
    from carteira.horario import vaga_devida
    from carteira.rotinas import rotina_noturna

    data = date.fromisoformat(vaga) if vaga else vaga_devida(timezone.now())
    return rotina_noturna(data, hoje=timezone.localdate())


@app.task
def recalcular_empresa_task(empresa_id: int) -> None:
    from carteira.recalculos import recalcular_empresa

    recalcular_empresa(empresa_id)


@app.task
def ajustar_probabilidade_task(empresa_id: int) -> None:
    from carteira.probabilidades import atender

    atender(empresa_id)


@app.task
def avaliar_prioridade_task(empresa_id: int) -> None:
    from carteira.avaliacoes import atender

    atender(empresa_id)


@app.task
def retratos_passados_task(empresa_id: int) -> None:
    from carteira.retratos_passados import atender

    atender(empresa_id)


@app.task
def procurar_duplicados_task(empresa_id: int) -> None:
    from carteira.duplicados import atender

    atender(empresa_id)


@app.task
def importar_task(importacao_id: int) -> None:
    from carteira.importacoes import executar

    executar(importacao_id, hoje=timezone.localdate())


@app.task
def olhar_pasta_task() -> None:
    from carteira.pasta import olhar

    olhar(hoje=timezone.localdate())


@app.task(soft_time_limit=600, time_limit=660)
def gerar_arquivo_task(arquivo_id: int) -> None:
    from carteira.arquivos import executar

    executar(arquivo_id, agora=timezone.now())


@app.task
def enviar_pendentes_task() -> None:
    from notificacoes.envio import enviar_pendentes

    enviar_pendentes()


@app.task
def webhooks_task() -> None:
    from notificacoes.webhooks.decisao import decidir
    from notificacoes.webhooks.entrega import entregar_pendentes

    decidir(timezone.now())
    entregar_pendentes()


@app.task
def varredura_task() -> None:
    from carteira.varredura import varrer

    varrer(agora=timezone.now())


@app.task
def copiar_task() -> None:
    from carteira.operacao.copias_da_noite import copiar_de_noite

    copiar_de_noite(timezone.localtime())
