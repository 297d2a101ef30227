"""A vaga vem do horário, não do relógio de quem chegou atrasado; e o horário de verão não a perde nem a dobra."""

from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from carteira.horario import (
    HorarioInvalido,
    garantir_agendamento,
    horario,
    mudar_horario,
    proxima,
    vaga_devida,
    vence_em,
)
from contas.models import Usuario

pytestmark = pytest.mark.django_db
SP = ZoneInfo("America/Sao_Paulo")


def test_o_banco_migrado_ja_tem_a_noite_marcada_as_duas() -> None:
    tarefa = PeriodicTask.objects.get(name="rotina-noturna")
    assert (tarefa.task, tarefa.enabled) == ("carteira.tasks.rotina_noturna_task", True)
    assert horario() == time(2, 0)


@pytest.mark.parametrize(
    ("agora", "vaga"),
    [
        (datetime(2026, 11, 22, 1, 59, 59, tzinfo=SP), date(2026, 11, 21)),
        (datetime(2026, 11, 22, 2, 0, tzinfo=SP), date(2026, 11, 22)),
        (datetime(2026, 11, 22, 23, 59, tzinfo=SP), date(2026, 11, 22)),
        (datetime(2026, 11, 22, 4, 59, tzinfo=UTC), date(2026, 11, 21)),
        (datetime(2026, 11, 22, 5, 0, tzinfo=UTC), date(2026, 11, 22)),
    ],
)
def test_a_vaga_vence_na_hora_marcada_da_instalacao(agora: datetime, vaga: date) -> None:
    assert vaga_devida(agora) == vaga


def test_hora_que_nao_existe_vence_depois_do_salto_e_a_repetida_vence_na_primeira(settings: Any) -> None:
    settings.TIME_ZONE = "America/New_York"  # 08/03/2026 pula de 02:00 a 03:00; 01/11/2026 repete a 01:00
    assert vence_em(date(2026, 3, 8), time(2, 30)) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)  # 03:30 do dia
    assert vence_em(date(2026, 11, 1), time(1, 30)) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    vagas = [vaga_devida(datetime(2026, 3, dia, 12, tzinfo=UTC)) for dia in (7, 8, 9)]
    assert vagas == [date(2026, 3, 7), date(2026, 3, 8), date(2026, 3, 9)]


def test_meia_noite_que_nao_existia_em_sao_paulo() -> None:
    assert vence_em(date(2018, 11, 4), time(0, 0)) == datetime(2018, 11, 4, 3, 0, tzinfo=UTC)


def test_a_proxima(davi: Usuario) -> None:
    mudar_horario(hora=23, minuto=5, por=davi)
    assert proxima(datetime(2026, 11, 22, 12, tzinfo=SP)) == datetime(2026, 11, 22, 23, 5, tzinfo=SP)


def test_mudar_a_hora_nao_acumula_agendamentos(davi: Usuario) -> None:
    for hora in (3, 4, 3):
        mudar_horario(hora=hora, minuto=0, por=davi)
    assert PeriodicTask.objects.filter(name="rotina-noturna").count() == 1
    assert horario() == time(3, 0)
    assert CrontabSchedule.objects.filter(hour="3", minute="0").count() == 1


def test_hora_impossivel(davi: Usuario) -> None:
    with pytest.raises(HorarioInvalido):
        mudar_horario(hora=24, minuto=0, por=davi)
    assert horario() == time(2, 0)


def test_agendamento_mexido_por_fora_vale_o_padrao_ate_alguem_escolher() -> None:
    PeriodicTask.objects.filter(name="rotina-noturna").update(
        crontab=CrontabSchedule.objects.create(hour="*/2", minute="0", timezone="UTC")
    )
    assert horario() == time(2, 0)
    PeriodicTask.objects.all().delete()
    assert horario() == time(2, 0)
    garantir_agendamento()
    assert horario() == time(2, 0)
