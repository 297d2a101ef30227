"""Minutos de queda ao acaso durante uma noite com muitos avisos: worker, fila e servidor de e-mail morrem e voltam.

No fim, cada mensagem esperada saiu uma vez ou está incerta à vista; nada foi a quem não tem acesso, e nenhuma fala de
cliente oposto. `SOAK_SEGUNDOS` muda a duração, `SOAK_SEMENTE` o acaso.
"""

import os
import random
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from atividade.models import Execucao
from carteira.rotinas import pedir_rodada
from clientes.models.cliente import CanalDeContato
from contas.models import Empresa, Equipe, Papel, Usuario
from notificacoes.envio import PRAZO_DO_ENVIO, enviar_pendentes, marcar_incertas
from notificacoes.models import ItemDeMensagem, Mensagem
from tests.conftest import criar_pessoa, por_na_equipe
from tests.correio import Correio, texto
from tests.processos import PRAZO, Processos

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.resistencia]
VAGA = date(2026, 11, 16)  # segunda-feira: resumos, volumes e agendas
SEGUNDOS = int(os.environ.get("SOAK_SEGUNDOS", "180"))
SEMENTE = int(os.environ.get("SOAK_SEMENTE", "6"))
VENDEDORES, POR_EQUIPE = 60, 10


class Fila:
    """Um Redis só desta prova, que se mata e volta na mesma porta com o que o diário guardou."""

    def __init__(self, pasta: Path) -> None:
        self.pasta, self.processo = pasta, None
        with socket.socket() as livre:
            livre.bind(("127.0.0.1", 0))
            self.porta = livre.getsockname()[1]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.porta}/0"

    def ligar(self) -> None:
        programa = shutil.which("redis-server") or shutil.which("valkey-server")
        if programa is None:
            pytest.skip("sem redis-server nesta máquina")
        self.processo: Any = subprocess.Popen(
            [programa, "--port", str(self.porta), "--bind", "127.0.0.1", "--appendonly", "yes",
             "--dir", str(self.pasta), "--save", ""],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def matar(self) -> None:
        if self.processo is not None:
            self.processo.kill()
            self.processo.wait(20)


@pytest.fixture
def fila(tmp_path: Path) -> Iterator[Fila]:
    pasta = tmp_path / "fila"
    pasta.mkdir()
    aberta = Fila(pasta)
    aberta.ligar()
    yield aberta
    aberta.matar()


def test_minutos_de_quedas_ao_acaso(
    empresa: Empresa, davi: Usuario, novo_cliente: Any, correio: Correio, processos: Processos, fila: Fila
) -> None:
    esperados = _noite_cheia(empresa, novo_cliente)
    processos.ambiente["REDIS_URL"] = fila.url
    acaso, fim = random.Random(SEMENTE), time.monotonic() + SEGUNDOS
    correio.caixa.demora = 0.3  # um envio dura o bastante para se morrer no meio dele
    workers = [processos.worker() for _ in range(2)]
    golpes = {"worker": 0, "fila": 0, "correio": 0, "minuto": 0}
    minuto = processos.python(_MINUTOS.format(vaga=VAGA.isoformat()))
    while time.monotonic() < fim:
        time.sleep(acaso.uniform(2, 6))
        alvo = acaso.choice(["worker", "worker", "fila", "correio", "minuto"])
        golpes[alvo] += 1
        if alvo == "worker":
            n = acaso.randrange(len(workers))
            workers[n].kill()
            workers[n].wait(20)
            workers[n] = processos.worker()
        elif alvo == "fila":
            fila.matar()
            time.sleep(acaso.uniform(0, 2))
            fila.ligar()
        elif alvo == "correio":
            correio.desligar()
            time.sleep(acaso.uniform(0, 3))
            correio.ligar()
        else:
            minuto.kill()
            minuto.wait(20)
            minuto = processos.python(_MINUTOS.format(vaga=VAGA.isoformat()))
        _passar_o_tempo()
    _terminar(correio, processos, davi)
    _conferir(esperados, correio, davi)
    assert golpes["worker"] > 3, golpes


# Quem toca os minutos: o relógio da vaga, e cada segundo daqui vale um minuto de lá.
_MINUTOS = """
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo
from carteira.tasks import enviar_pendentes_task, tocar
from carteira.varredura import varrer
from notificacoes.envio import a_enviar
agora = datetime.fromisoformat('{vaga}T03:00').replace(tzinfo=ZoneInfo('America/Sao_Paulo'))
while True:
    try:
        varrer(agora=agora)
        if a_enviar():  # a hora da vaga já passou; a das mensagens é a de agora
            tocar(enviar_pendentes_task)
    except Exception as erro:
        print('varredura:', erro, flush=True)
    agora += timedelta(seconds=1)
    time.sleep(2)
"""


def _noite_cheia(empresa: Empresa, novo_cliente: Any) -> set[str]:
    """Sessenta vendedores com quem avisar, seis gestores; e quem não pode receber. Devolve quem se espera."""
    opostos = list(CanalDeContato.values)
    esperados: set[str] = set()
    for n in range(VENDEDORES):
        if n % POR_EQUIPE == 0:
            equipe = Equipe.objects.create(nome=f"Equipe {n // POR_EQUIPE}")
            gestor = criar_pessoa(f"G{n} Gestora", empresa, Papel.GESTOR)
            equipe.gestores.add(gestor)
            esperados.add(gestor.email or "")
        pessoa = criar_pessoa(f"V{n} Vendedora", empresa)
        por_na_equipe(pessoa, equipe)
        esperados.add(pessoa.email or "")
        parado = [(VAGA - timedelta(days=130), "1000.00")]
        novo_cliente(f"A{n}", vendedor=pessoa, compras=parado)
        novo_cliente(
            f"X{n}", vendedor=pessoa, compras=parado, razao_social=f"OPOSTO {n}", nao_contatar=opostos
        )
    novo_cliente("HOJE", vendedor=pessoa, compras=[(VAGA, "10.00")])
    sem_senha = criar_pessoa("Sem Senha", empresa)
    sem_senha.set_unusable_password()
    sem_senha.save()
    saiu = criar_pessoa("Saiu Antes", empresa, is_active=False)
    calada = criar_pessoa("Calada Souza", empresa, recebe_emails=False)
    for n, pessoa in enumerate((sem_senha, saiu, calada)):
        por_na_equipe(pessoa, equipe)
        novo_cliente(f"N{n}", vendedor=pessoa, compras=[(VAGA - timedelta(days=130), "1000.00")])
    return esperados


def _passar_o_tempo() -> None:
    """A espera de uma recusada encurta: minutos de recuo não cabem na prova."""
    Mensagem.objects.filter(estado="pendente").update(proxima_tentativa_em=timezone.now())


def _terminar(correio: Correio, processos: Processos, davi: Usuario) -> None:
    """A tempestade passa: a noite chega ao fim e o que estava pendente sai."""
    processos.encerrar()
    correio.caixa.demora = 0
    correio.desligar()
    correio.ligar()
    if Execucao.objects.filter(rotina="noturna", estado="falhou").exists():
        # morta três vezes no mesmo passo, ela desiste e avisa; uma pessoa manda rodar de novo
        assert pedir_rodada(data=VAGA, por=davi)
    noite = processos.manage("rotina_noturna", "--data", VAGA.isoformat())
    assert noite.wait(PRAZO) == 0, processos.registros()
    assert Execucao.objects.filter(rotina="noturna", empresa=None, estado="feita").exists()
    marcar_incertas(agora=timezone.now() + PRAZO_DO_ENVIO)
    for _ in range(3):
        _passar_o_tempo()
        enviar_pendentes()


def _conferir(esperados: set[str], correio: Correio, davi: Usuario) -> None:
    mensagens = list(Mensagem.objects.filter(tipo__in=("resumo_diario", "volume_semanal", "agenda")))
    assert {m.para for m in mensagens} == esperados  # a cada um, e a mais ninguém
    assert len(mensagens) == len(esperados)  # uma por pessoa
    assert {m.estado for m in mensagens} <= {"enviada", "incerto"}
    ids = correio.caixa.ids
    assert len(ids) == len(set(ids))  # nenhuma duas vezes
    assert {m.message_id for m in mensagens if m.estado == "enviada"} <= set(ids)
    assert set(ids) <= set(Mensagem.objects.values_list("message_id", flat=True))
    assert {m["To"] for m in correio.caixa.recebidas} <= esperados | {
        davi.email
    }  # a ele, só que a rotina falhou
    assert not ItemDeMensagem.objects.filter(cliente__codigo__startswith="X").exists()
    assert not [m for m in correio.caixa.recebidas if "OPOSTO" in texto(m)]
