"""Celery é a campainha: acorda rotinas cujo estado mora no PostgreSQL."""

import os
from typing import Any

from celery import Celery
from celery.signals import before_task_publish, heartbeat_sent, setup_logging, worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "carteira.settings")

app = Celery("carteira")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(["carteira"])


@setup_logging.connect
def _registros_da_casa(**_: Any) -> None:
    """Os do worker e do beat saem como os da web: o Celery não põe os dele por cima."""
    from logging.config import dictConfig

    from django.conf import settings

    dictConfig(settings.LOGGING)


@worker_init.connect
def _ligar_tarefas_a_pedidos(**_: Any) -> None:
    """O número do pedido que tocou a campainha acompanha a tarefa, nas linhas que ela escreve."""
    from django.apps import apps

    apps.get_app_config("django_structlog")._celery_receiver.connect_worker_signals()


@heartbeat_sent.connect
def _bate_o_worker(sender: Any = None, **_: Any) -> None:
    from carteira.operacao.batidas import WORKER, bater

    bater(f"{WORKER}{getattr(getattr(sender, 'eventer', None), 'hostname', '') or 'worker'}")


@before_task_publish.connect(sender="carteira.tasks.varredura_task")
def _bate_o_beat(**_: Any) -> None:
    """Só o beat publica a varredura."""
    from carteira.operacao.batidas import BEAT, bater

    bater(BEAT)
