"""O relógio e o fuso que mudam durante a noite, noites perdidas e beats em dobro: uma vaga, uma vez, por nome."""

import os
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from atividade.models import Execucao, MudancaStatus, Retrato
from notificacoes.models import Mensagem
from tests.correio import Correio
from tests.processos import PRAZO, Processos, ate
from tests.test_resistencia_rotina import noite_feita

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.resistencia]
VAGA = date(2026, 11, 20)
_VARRER = """
from datetime import datetime
from carteira.varredura import varrer
for instante in {instantes!r}:
    varrer(agora=datetime.fromisoformat(instante))
"""


def varrer(processos: Processos, instantes: list[datetime], **ambiente: str) -> None:
    codigo = _VARRER.format(instantes=[i.isoformat() for i in instantes])
    assert processos.python(codigo, **ambiente).wait(PRAZO) == 0, processos.registros()


def conferir(processos: Processos) -> None:
    assert processos.manage("conferir", "--amostra", "5000").wait(PRAZO) == 0, processos.registros()


def test_relogio_que_anda_e_volta_e_fuso_que_muda_no_meio(
    carteiras: None, correio: Correio, processos: Processos
) -> None:
    """Duas da manhã cinco vezes, em dois fusos, com o relógio adiantado de uma máquina: uma noite só."""
    paulista = datetime(2026, 11, 20, 2, 0, tzinfo=ZoneInfo("America/Sao_Paulo"))
    processos.worker()
    varrer(processos, [paulista + timedelta(minutes=m) for m in (0, 1, -3, -1, 2)])
    varrer(processos, [paulista, paulista + timedelta(minutes=30)], FUSO="America/Manaus")
    ate(noite_feita, porque=processos.registros)
    varrer(processos, [paulista + timedelta(hours=h) for h in (1, -1, 5)], FUSO="America/Rio_Branco")
    varrer(processos, [paulista + timedelta(hours=h) for h in (2, 6)])
    assert set(
        Execucao.objects.filter(rotina="noturna", empresa=None).values_list("referencia", flat=True)
    ) <= {
        VAGA,
        VAGA - timedelta(days=1),
    }
    assert Execucao.objects.filter(rotina="noturna", referencia=VAGA, empresa=None).count() == 1
    assert correio.caixa.destinatarios == ["ana@exemplo.test", "carla@exemplo.test"]
    conferir(processos)


def test_duas_noites_perdidas(carteiras: None, correio: Correio, processos: Processos) -> None:
    """A máquina ficou desligada dois dias: a terceira noite cobre, e cada virada fica no dia em que foi verdade."""
    primeira = VAGA - timedelta(days=3)
    assert processos.manage("rotina_noturna", "--data", primeira.isoformat()).wait(PRAZO) == 0, (
        processos.registros()
    )
    avisos = Mensagem.objects.count()
    assert processos.manage("rotina_noturna", "--data", VAGA.isoformat()).wait(PRAZO) == 0, (
        processos.registros()
    )
    dias = set(Retrato.objects.values_list("data", flat=True))
    assert {primeira + timedelta(days=n) for n in range(4)} <= dias
    assert set(Execucao.objects.filter(rotina="noturna").values_list("referencia", flat=True)) == {
        primeira,
        VAGA,
    }
    por_pessoa = Mensagem.objects.filter(referencia=VAGA).values_list("pessoa", flat=True)
    assert len(por_pessoa) == len(set(por_pessoa))
    assert Mensagem.objects.count() - avisos <= 2
    assert not MudancaStatus.objects.filter(em__gt=VAGA).exists()
    # perdida de novo, a do meio já não roda: está superada
    assert (
        processos.manage("rotina_noturna", "--data", (VAGA - timedelta(days=1)).isoformat()).wait(PRAZO) == 0
    )
    assert Mensagem.objects.count() - avisos <= 2
    conferir(processos)


def test_beats_em_dobro_fazem_uma_noite(carteiras: None, correio: Correio, processos: Processos) -> None:
    """Dois beats e dois workers, como numa troca de versão mal feita: um efeito."""
    for n in range(2):
        processos.worker("carteira", "-n", f"w{n}@prova")
        processos.abrir(
            "-m", "celery", "-A", "carteira", "beat", "--loglevel", "INFO", "--pidfile=", "--schedule",
            str(processos.pasta / f"agenda-{n}"),
        )  # fmt: skip
    feita = Execucao.objects.filter(rotina="noturna", empresa=None).exclude(terminada_em=None)
    ate(feita.exists, PRAZO, processos.registros)
    assert Execucao.objects.filter(rotina="noturna", empresa=None).count() == 1
    assert all(
        p["tentativas"] == 1 for e in Execucao.objects.filter(rotina="noturna") for p in e.passos.values()
    )
    ids = correio.caixa.ids
    assert len(ids) == len(set(ids))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
        assert cursor.fetchone() == (0,)
    assert os.path.isdir(processos.pasta)
    conferir(processos)
