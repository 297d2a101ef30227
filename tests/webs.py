"""Webs de verdade sob carga: dois gunicorn que se derrubam e se levantam, e pessoas a registrar contatos neles."""

import http.client
import signal
import socket
import subprocess
import threading
import uuid
from collections.abc import Callable
from urllib.parse import urlencode

from django.test import Client

from carteira.local import comandos
from clientes.models import Ocorrencia
from contas.models import Usuario
from tests.processos import PRAZO, Processos, ate


class Webs:
    """Dois gunicorn em duas portas; quem pede tenta o outro quando um não responde."""

    def __init__(self, processos: Processos) -> None:
        self.processos = processos
        self.portas = [porta_livre() for _ in range(2)]
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
        return pedir_a(self.portas[n], metodo, caminho, corpo, **cabecalhos)


def pedir_a(porta: int, metodo: str, caminho: str, corpo: str = "", **cabecalhos: str) -> int:
    """O status da resposta; `OSError` se ninguém respondeu."""
    ligacao = http.client.HTTPConnection("127.0.0.1", porta, timeout=90)
    try:
        ligacao.request(metodo, caminho, corpo, cabecalhos)
        return ligacao.getresponse().status
    except http.client.HTTPException as erro:
        raise OSError(str(erro)) from erro
    finally:
        ligacao.close()


def porta_livre() -> int:
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return int(s.getsockname()[1])


def _filhos(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as arquivo:
        return [int(p) for p in arquivo.read().split()]


class Carga:
    """Pessoas a registrar contatos ao mesmo tempo, `vezes` a cada cliente. Quem `insiste` repete com a mesma
    chave até ouvir que foi feito; quem não, pede uma vez só, e o que não deu certo fica em `fora`."""

    def __init__(
        self,
        pedir: Callable[..., int],
        pessoa: Usuario,
        clientes: list[int],
        *,
        vezes: int,
        insiste: bool = True,
    ) -> None:
        navegador = Client()
        navegador.force_login(pessoa, backend="django.contrib.auth.backends.ModelBackend")
        ficha = "a" * 32
        self.cabecalhos = {
            "Cookie": f"sessionid={navegador.cookies['sessionid'].value}; csrftoken={ficha}",
            "X-CSRFToken": ficha,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self.pedir, self.vezes, self.tentativas = pedir, vezes, 600 if insiste else 1
        self.feitos, self.fora = list[str](), list[str]()
        self.ocorrencia = Ocorrencia.objects.get(nome="Vai pensar").pk
        self.fios = [
            threading.Thread(target=self._registrar, args=(parte,)) for parte in _em_partes(clientes, 4)
        ]
        for fio in self.fios:
            fio.start()

    def _registrar(self, clientes: list[int]) -> None:
        for n, cliente in enumerate(clientes * self.vezes):
            chave = str(uuid.uuid4())
            campos = {
                "canal": "ligacao", "ocorrencia": self.ocorrencia, "observacao": chave, "pessoa": "Gisela",
                "proximo": "", "chave": chave,
            }  # fmt: skip
            for tentativa in range(self.tentativas):
                try:
                    status = self.pedir(
                        (n + tentativa) % 2, "POST", f"/clientes/{cliente}/contato/", urlencode(campos),
                        **self.cabecalhos,
                    )  # fmt: skip
                except OSError as erro:
                    if self.tentativas == 1:
                        self.fora.append(repr(erro))
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
