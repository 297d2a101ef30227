"""kill -9 onde mais dói: nada se perde, e nada sai duas vezes sem a palavra de uma pessoa."""

import signal
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest
import redis
from django.db import connection
from django.utils import timezone

from atividade.models import Execucao, Retrato
from carteira.recalculos import pedir_recalculo
from carteira.rotinas import Desfecho, rotina_noturna
from contas.models import Empresa, Usuario
from notificacoes.caixa import Rascunho, enfileirar
from notificacoes.envio import PRAZO_DO_ENVIO, enviar_pendentes, marcar_incertas
from notificacoes.models import Mensagem
from tests.correio import Correio
from tests.processos import PRAZO, Processos, ate
from tests.trabalhador import FILA

pytestmark = pytest.mark.django_db(transaction=True)
VAGA = date(2026, 11, 20)


@pytest.fixture
def carteiras(ana: Usuario, bruno: Usuario, carla: Usuario, davi: Usuario, novo_cliente: Any) -> None:
    for codigo, dono in (("A1", ana), ("A2", ana), ("C1", carla)):
        novo_cliente(codigo, vendedor=dono, compras=[(VAGA - timedelta(days=130), "1000.00")])
    novo_cliente("A3", vendedor=ana, compras=[(VAGA, "10.00")])


def noite_feita() -> bool:
    return Execucao.objects.filter(rotina="noturna", empresa=None, estado="feita").exists()


def escrever(pessoa: Usuario, quantas: int) -> None:
    enfileirar(Rascunho(f"m:{n}", "teste", pessoa, f"Mensagem {n}", "corpo", "") for n in range(quantas))


# ── O envio ──────────────────────────────────────────────────────────────────


@pytest.mark.resistencia
def test_morto_entre_o_aceite_e_a_confirmacao_fica_incerto_e_nao_sai_de_novo(
    ana: Usuario, davi: Usuario, correio: Correio, processos: Processos
) -> None:
    escrever(ana, 3)
    carteiro = processos.manage("enviar_mensagens")
    correio.caixa.matar_depois_do_corpo = carteiro.pid
    assert carteiro.wait(PRAZO) == -signal.SIGKILL
    correio.caixa.matar_depois_do_corpo = 0
    assert len(correio.caixa.recebidas) == 1
    assert list(Mensagem.objects.order_by("pk").values_list("estado", flat=True)) == [
        "enviando",
        "pendente",
        "pendente",
    ]

    assert enviar_pendentes().enviadas == 2
    assert marcar_incertas(agora=timezone.now() + PRAZO_DO_ENVIO) == 1
    assert enviar_pendentes().enviadas == 0
    assert len(correio.caixa.ids) == len(set(correio.caixa.ids)) == 3
    incerta = Mensagem.objects.get(estado="incerto")
    assert incerta.message_id == correio.caixa.ids[0]


@pytest.mark.resistencia
def test_dois_processos_drenam_juntos_sem_repetir(
    ana: Usuario, correio: Correio, processos: Processos
) -> None:
    escrever(ana, 40)
    carteiros = [processos.manage("enviar_mensagens") for _ in range(2)]
    assert [carteiro.wait(PRAZO) for carteiro in carteiros] == [0, 0]
    assert len(correio.caixa.ids) == len(set(correio.caixa.ids)) == 40


# ── A noite, com um worker de verdade ────────────────────────────────────────


def test_a_varredura_toca_e_o_worker_faz_a_noite_inteira(
    carteiras: None, correio: Correio, processos: Processos
) -> None:
    processos.worker()
    processos.varrer("2026-11-20", vezes=3)
    ate(noite_feita, porque=processos.registros)
    assert correio.caixa.destinatarios == ["ana@exemplo.test", "carla@exemplo.test"]
    assert Execucao.objects.filter(rotina="noturna").count() == 2


def _noite_com_golpe(ponto: str, correio: Correio, processos: Processos, pasta: Path) -> None:
    vitima = processos.worker("tests.worker_que_morre", MORRER_EM=ponto, MORTE=str(pasta / "morte"))
    processos.varrer("2026-11-20")
    assert vitima.wait(PRAZO) == -signal.SIGKILL, processos.registros()
    assert not noite_feita()
    processos.worker()
    processos.varrer("2026-11-20")
    ate(noite_feita, porque=processos.registros)
    assert correio.caixa.destinatarios == ["ana@exemplo.test", "carla@exemplo.test"]
    assert set(Mensagem.objects.values_list("estado", flat=True)) == {"enviada"}
    assert Execucao.objects.filter(rotina="noturna").count() == 2
    assert Retrato.objects.filter(data=VAGA).exists()


@pytest.mark.resistencia
@pytest.mark.parametrize(
    "ponto",
    [
        "antes do recálculo",
        "recálculo feito, passo por anotar",
        "retrato feito, passo por anotar",
        "avisos escritos, transação aberta",
        "antes do envio",
        "mensagem confirmada, as outras por enviar",
        "tudo enviado, execução por fechar",
    ],
)
def test_worker_morto_em_cada_passo(
    ponto: str, carteiras: None, correio: Correio, processos: Processos, tmp_path: Path
) -> None:
    _noite_com_golpe(ponto, correio, processos, tmp_path)


@pytest.mark.resistencia
def test_fila_esvaziada_e_a_varredura_a_refaz(
    carteiras: None, correio: Correio, processos: Processos
) -> None:
    processos.varrer("2026-11-20")
    fila = redis.Redis.from_url(FILA)
    assert fila.llen("celery") == 1
    fila.flushdb()
    processos.worker()
    processos.varrer("2026-11-20")
    ate(noite_feita, porque=processos.registros)
    assert correio.caixa.destinatarios == ["ana@exemplo.test", "carla@exemplo.test"]


def test_duas_noites_ao_mesmo_tempo_fazem_um_efeito(carteiras: None, correio: Correio) -> None:
    """Duas sessões do banco, que é quem as põe em fila: não precisam de dois processos."""
    juntas = Barrier(2)

    def noite() -> Desfecho:
        juntas.wait()
        try:
            return rotina_noturna(VAGA, hoje=VAGA)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pessoas:
        feitas = [pessoas.submit(noite) for _ in range(2)]
    assert {feita.result() for feita in feitas} <= {Desfecho.FEITA, Desfecho.OCUPADA}
    assert noite_feita()
    assert correio.caixa.destinatarios == ["ana@exemplo.test", "carla@exemplo.test"]
    assert all(e.passos[p]["tentativas"] == 1 for e in Execucao.objects.all() for p in e.passos)


@pytest.mark.resistencia
def test_o_recalculo_pedido_nao_se_perde_com_a_fila(
    carteiras: None, empresa: Empresa, davi: Usuario, processos: Processos
) -> None:
    pedir_recalculo(empresa=empresa, por=davi)
    redis.Redis.from_url(FILA).flushdb()
    processos.worker()
    processos.varrer(timezone.localdate().isoformat())
    ate(
        lambda: Execucao.objects.filter(rotina="recalculo", estado="feita").exists(),
        porque=processos.registros,
    )


@pytest.mark.resistencia
def test_tempestade_de_mortes_durante_o_envio(ana: Usuario, correio: Correio, processos: Processos) -> None:
    """Seis carteiros mortos a meio caminho: cada mensagem chega uma vez, ou fica incerta à vista."""
    escrever(ana, 60)
    correio.caixa.demora = 0.15
    for _ in range(6):
        carteiro = processos.manage("enviar_mensagens")
        alvo = len(correio.caixa.recebidas) + 3
        ate(lambda alvo=alvo: len(correio.caixa.recebidas) >= alvo, porque=processos.registros)
        carteiro.kill()
        carteiro.wait(20)
    correio.caixa.demora = 0
    enviar_pendentes()
    marcar_incertas(agora=timezone.now() + PRAZO_DO_ENVIO)
    assert len(correio.caixa.ids) == len(set(correio.caixa.ids))
    assert set(Mensagem.objects.values_list("estado", flat=True)) <= {"enviada", "incerto"}
    enviadas = set(Mensagem.objects.filter(estado="enviada").values_list("message_id", flat=True))
    assert enviadas <= set(correio.caixa.ids)


@pytest.mark.resistencia
def test_banco_que_derruba_a_conexao_no_meio_da_noite(
    carteiras: None, correio: Correio, processos: Processos
) -> None:
    """A sessão derrubada solta a trava, e a varredura recomeça."""
    processos.worker()
    processos.varrer("2026-11-20")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    for _ in range(4):
        processos.varrer("2026-11-20")
    ate(noite_feita, porque=processos.registros)
    assert correio.caixa.destinatarios == ["ana@exemplo.test", "carla@exemplo.test"]


@pytest.mark.resistencia
def test_o_beat_toca_sozinho(carteiras: None, correio: Correio, processos: Processos) -> None:
    """Beat e worker de verdade, sem ninguém chamar a varredura: em dois minutos a noite de hoje tem desfecho."""
    processos.worker()
    processos.abrir(
        "-m",
        "celery",
        "-A",
        "carteira",
        "beat",
        "--loglevel",
        "INFO",
        "--pidfile=",
        "--schedule",
        str(processos.pasta / "agenda"),
    )
    ate(
        lambda: Execucao.objects.filter(rotina="noturna", empresa=None).exclude(terminada_em=None).exists(),
        PRAZO,
        processos.registros,
    )
