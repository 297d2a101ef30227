"""A hora da rotina da noite: dado do django-celery-beat, lido por quem toca e por quem confere.

Uma *vaga* é uma data civil da instalação: vence quando o relógio passa da hora marcada naquela data.
Onde a hora não existe (começo do horário de verão) a vaga vence no primeiro instante depois do salto;
onde existe duas vezes, na primeira. O nome da vaga vem daqui, nunca da hora em que a mensagem chegou.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from contas.auditoria import registrar
from contas.models import Usuario

NOME = "rotina-noturna"
TAREFA = "carteira.tasks.rotina_noturna_task"
PADRAO = time(2, 0)


class HorarioInvalido(ValueError):
    """Hora que não se entende; a mensagem já vem pronta para a tela."""


def fuso() -> ZoneInfo:
    return ZoneInfo(settings.TIME_ZONE)


def horario() -> time:
    """A hora marcada; a padrão se o agendamento sumiu ou foi mexido por fora."""
    linha = (
        PeriodicTask.objects.filter(name=NOME, crontab__isnull=False)
        .values_list("crontab__hour", "crontab__minute")
        .first()
    )
    try:
        return time(int(linha[0]), int(linha[1])) if linha else PADRAO
    except ValueError:
        return PADRAO


def vence_em(vaga: date, hora: time) -> datetime:
    """O instante em que a vaga passa a dever."""
    return datetime.combine(vaga, hora, tzinfo=fuso()).astimezone(UTC)


def vaga_devida(agora: datetime) -> date:
    """A vaga mais nova já vencida: a de hoje ou, antes da hora, a de ontem."""
    hoje = agora.astimezone(fuso()).date()
    hora = horario()
    return hoje if vence_em(hoje, hora) <= agora else hoje - timedelta(days=1)


def proxima(agora: datetime) -> datetime:
    """Quando vence a próxima vaga, na hora da instalação."""
    return vence_em(vaga_devida(agora) + timedelta(days=1), horario()).astimezone(fuso())


@transaction.atomic
def mudar_horario(*, hora: int, minuto: int, por: Usuario) -> time:
    """Marca outra hora; o beat a percebe sozinho em segundos."""
    try:
        nova = time(hora, minuto)
    except ValueError as erro:
        raise HorarioInvalido("Escolha uma hora entre 00:00 e 23:59.") from erro
    antes = horario()
    garantir_agendamento(nova)
    registrar("rotina.horario", por=por, antes={"hora": f"{antes:%H:%M}"}, depois={"hora": f"{nova:%H:%M}"})
    return nova


def garantir_agendamento(hora: time | None = None) -> None:
    """Cria o agendamento que falta; com `hora`, marca-a. Segue o fuso da instalação se ele mudar."""
    atual = hora or horario()
    crontab = CrontabSchedule.objects.filter(
        hour=str(atual.hour),
        minute=str(atual.minute),
        day_of_week="*",
        day_of_month="*",
        month_of_year="*",
        timezone=settings.TIME_ZONE,
    ).first() or CrontabSchedule.objects.create(
        hour=str(atual.hour), minute=str(atual.minute), timezone=settings.TIME_ZONE
    )
    tarefa = PeriodicTask.objects.filter(name=NOME).first() or PeriodicTask(name=NOME)
    if (tarefa.task, tarefa.crontab_id, tarefa.enabled) != (TAREFA, crontab.pk, True):
        tarefa.task, tarefa.crontab, tarefa.enabled = TAREFA, crontab, True
        tarefa.save()
