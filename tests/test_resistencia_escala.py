"""Mais de uma máquina, numa só: dois processos web e três workers, derrubados sob carga, e nada se perde nem dobra."""

import http.client
import signal
import socket
import subprocess
import threading
import uuid
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.utils import timezone

from atividade.models import Execucao, MudancaStatus, Retrato, Sujo
from carteira.local import comandos
from clientes.models import Contato, Ocorrencia, Pedido
from contas.models import Empresa, Usuario
from notificacoes.caixa import Rascunho, enfileirar
from notificacoes.envio import PRAZO_DO_ENVIO, enviar_pendentes, marcar_incertas
from notificacoes.models import Mensagem
from tests.correio import Correio
from tests.processos import PRAZO, Processos, ate

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.resistencia]
VAGA = date(2026, 11, 20)
CLIENTES, CONTATOS_POR_CLIENTE, MENSAGENS = 20, 4, 40


class Webs:
    """Dois gunicorn em duas portas; quem pede tenta o outro quando um não responde."""

    def __init__(self, processos: Processos) -> None:
        self.processos = processos
        self.portas = [_porta_livre() for _ in range(2)]
        self.vivos = [self.levantar(n) for n in range(2)]

    def levantar(self, n: int) -> subprocess.Popen[bytes]:
        comando = comandos.web("python", f"127.0.0.1:{self.portas[n]}")[1:]
        processo = self.processos.abrir(
            *comando, ALLOWED_HOSTS="127.0.0.1", ENDERECO_PUBLICO="http://127.0.0.1"
        )
        ate(lambda: self.responde(n), PRAZO, self.processos.registros)
        return processo

    def responde(self, n: int) -> bool:
        try:
            return self.pedir(n, "GET", "/entrar/") < 500
        except OSError:
            return False

    def derrubar(self, n: int, sinal: signal.Signals) -> None:
        """O processo e, com kill -9, os filhos que ele deixaria a atender."""
        filhos = _filhos(self.vivos[n].pid)
        self.vivos[n].send_signal(sinal)
        if sinal == signal.SIGKILL:
            for pid in filhos:
                subprocess.run(["kill", "-9", str(pid)], check=False)
        self.vivos[n].wait(PRAZO)

    def pedir(self, n: int, metodo: str, caminho: str, corpo: str = "", **cabecalhos: str) -> int:
        ligacao = http.client.HTTPConnection("127.0.0.1", self.portas[n], timeout=60)
        try:
            ligacao.request(metodo, caminho, corpo, cabecalhos)
            return ligacao.getresponse().status
        except http.client.HTTPException as erro:
            raise OSError(str(erro)) from erro
        finally:
            ligacao.close()


def _porta_livre() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _filhos(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as arquivo:
        return [int(p) for p in arquivo.read().split()]


class Carga:
    """Pessoas a registrar contatos ao mesmo tempo: cada uma insiste com a mesma chave até ouvir que foi feito."""

    def __init__(self, webs: Webs, pessoa: Usuario, clientes: list[int]) -> None:
        navegador = Client()
        navegador.force_login(pessoa, backend="django.contrib.auth.backends.ModelBackend")
        ficha = "a" * 32
        self.cabecalhos = {
            "Cookie": f"sessionid={navegador.cookies['sessionid'].value}; csrftoken={ficha}",
            "X-CSRFToken": ficha,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self.webs, self.feitos, self.fora = webs, [], list[str]()
        self.ocorrencia = Ocorrencia.objects.get(nome="Vai pensar").pk
        self.fios = [
            threading.Thread(target=self._registrar, args=(parte,)) for parte in _em_partes(clientes, 4)
        ]
        for fio in self.fios:
            fio.start()

    def _registrar(self, clientes: list[int]) -> None:
        for n, cliente in enumerate(clientes * CONTATOS_POR_CLIENTE):
            chave = str(uuid.uuid4())
            campos = {
                "canal": "ligacao", "ocorrencia": self.ocorrencia, "observacao": chave, "pessoa": "Gisela",
                "proximo": "", "chave": chave,
            }  # fmt: skip
            for tentativa in range(600):
                try:
                    status = self.webs.pedir(
                        (n + tentativa) % 2, "POST", f"/clientes/{cliente}/contato/", urlencode(campos),
                        **self.cabecalhos,
                    )  # fmt: skip
                except OSError:
                    threading.Event().wait(0.2)
                    continue
                if status == 302:
                    self.feitos.append(chave)
                    break
                self.fora.append(f"{status}")
                threading.Event().wait(0.2)

    def terminar(self) -> None:
        for fio in self.fios:
            fio.join(PRAZO * 2)
            assert not fio.is_alive()


def _em_partes(itens: list[int], quantas: int) -> list[list[int]]:
    return [itens[n::quantas] for n in range(quantas)]


def test_dois_webs_e_tres_workers_caem_e_voltam_sob_carga(
    ana: Usuario, davi: Usuario, empresa: Empresa, novo_cliente: Any, correio: Correio, processos: Processos
) -> None:
    clientes = [
        novo_cliente(
            f"C{n:02}", vendedor=ana, compras=[(VAGA - timedelta(days=40 * (n % 5) + 3), "100.00")]
        ).pk
        for n in range(CLIENTES)
    ]
    enfileirar(Rascunho(f"m:{n}", "teste", ana, f"Mensagem {n}", "corpo", "") for n in range(MENSAGENS))
    webs = Webs(processos)
    workers = [processos.worker("carteira", "-n", f"w{n}@%h") for n in range(3)]
    carga = Carga(webs, ana, clientes)
    processos.varrer(VAGA.isoformat())

    ate(lambda: len(carga.feitos) >= 10, porque=processos.registros)
    webs.derrubar(0, signal.SIGKILL)
    workers[0].kill()
    processos.varrer(VAGA.isoformat())
    webs.vivos[0] = webs.levantar(0)
    workers[0] = processos.worker("carteira", "-n", "w0b@%h")
    ja = len(carga.feitos)
    ate(
        lambda: len(carga.feitos) >= min(ja + 10, CLIENTES * CONTATOS_POR_CLIENTE), porque=processos.registros
    )
    webs.derrubar(1, signal.SIGTERM)
    workers[1].kill()
    webs.vivos[1] = webs.levantar(1)
    workers[1] = processos.worker("carteira", "-n", "w1b@%h")
    carga.terminar()

    for _ in range(3):
        processos.varrer(VAGA.isoformat())
    ate(
        lambda: Execucao.objects.filter(rotina="noturna", empresa=None, estado="feita").exists(),
        PRAZO,
        processos.registros,
    )
    _nada_se_perdeu_nem_dobrou(carga, correio)
    _os_numeros_conferem(empresa, clientes, processos)


def _nada_se_perdeu_nem_dobrou(carga: Carga, correio: Correio) -> None:
    """Cada contato confirmado existe uma vez; cada mensagem saiu uma vez ou ficou à vista como incerta."""
    assert len(carga.feitos) == CLIENTES * CONTATOS_POR_CLIENTE, carga.fora
    assert sorted(Contato.objects.values_list("observacao", flat=True)) == sorted(carga.feitos)
    enviar_pendentes()
    marcar_incertas(agora=timezone.now() + PRAZO_DO_ENVIO)
    assert set(Mensagem.objects.values_list("estado", flat=True)) <= {"enviada", "incerto"}
    assert Mensagem.objects.filter(assunto__startswith="Mensagem ").count() == MENSAGENS
    assert len(correio.caixa.ids) == len(set(correio.caixa.ids))
    enviadas = set(Mensagem.objects.filter(estado="enviada").values_list("message_id", flat=True))
    assert enviadas <= set(correio.caixa.ids)


def _os_numeros_conferem(empresa: Empresa, clientes: list[int], processos: Processos) -> None:
    """A noite fez um efeito só, e a conta na unha diz o mesmo que o banco."""
    assert Execucao.objects.filter(rotina="noturna").count() == 2
    assert sum(Retrato.objects.filter(data=VAGA).values_list("clientes", flat=True)) == CLIENTES
    assert not Sujo.objects.exists()
    repetidas = MudancaStatus.objects.values_list("cliente", "em", "ordem")
    assert len(repetidas) == len(set(repetidas))
    conferido = processos.manage("conferir", "--amostra", str(CLIENTES))
    assert conferido.wait(PRAZO) == 0, processos.registros()
    assert Pedido.objects.count() == len(clientes)
