"""Uma rede que se pode derrubar: fica entre o navegador e o servidor do teste, e perde o que se mandar perder."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest


class Rede:
    """`no_ar=False` recusa tudo; `calada=True` aceita e não responde; `perder_resposta("/caminho")` entrega o
    pedido e engole o que o servidor diz; `demorar("/caminho", s)` retém por uns segundos a resposta."""

    def __init__(self, servidor: str) -> None:
        partes = urlsplit(servidor)
        self._destino = (partes.hostname, partes.port)
        self._escuta = socket.create_server((partes.hostname, 0))
        self.url = f"http://{partes.hostname}:{self._escuta.getsockname()[1]}"
        self.no_ar = True
        self.calada = False
        self._fim = threading.Event()
        self.perdidas: list[bytes] = []
        self._perder = b""
        self._demora = (b"", 0.0, threading.Event())
        threading.Thread(target=self._atender, daemon=True).start()

    def perder_resposta(self, caminho: str) -> None:
        self._perder = caminho.encode()

    def demorar(self, caminho: str, segundos: float) -> None:
        """Daqui em diante; o que já esperava segue o seu caminho."""
        *_, espera = self._demora
        self._demora = (caminho.encode(), segundos, threading.Event())
        espera.set()

    def fechar(self) -> None:
        self._fim.set()
        self._demora[2].set()
        self._escuta.close()

    def _atender(self) -> None:
        with suppress(OSError):
            while True:
                navegador, _ = self._escuta.accept()
                threading.Thread(target=self._ligacao, args=(navegador,), daemon=True).start()

    def _ligacao(self, navegador: socket.socket) -> None:
        """Um pedido por ligação: o cabeçalho diz ao servidor que feche, e assim se sabe onde a resposta acaba."""
        with navegador, suppress(OSError):
            pedido = _ler_pedido(navegador)
            if not pedido or not self.no_ar:
                return
            if self.calada:
                self._fim.wait()
                return
            with socket.create_connection(self._destino) as servidor:
                onde, segundos, espera = self._demora
                servidor.sendall(pedido.replace(b"Connection: keep-alive", b"Connection: close", 1))
                resposta = b"".join(iter(lambda: servidor.recv(65536), b""))
            primeira = pedido.split(b"\r\n", 1)[0]
            if self._perder and self._perder in primeira:
                self.perdidas.append(primeira)
                self._perder = b""
                return
            if onde and onde in primeira:
                espera.wait(segundos)
            if self.no_ar:
                navegador.sendall(resposta)


def _ler_pedido(navegador: socket.socket) -> bytes:
    recebido = b""
    while b"\r\n\r\n" not in recebido:
        pedaco = navegador.recv(65536)
        if not pedaco:
            return b""
        recebido += pedaco
    cabecalho, corpo = recebido.split(b"\r\n\r\n", 1)
    tamanhos = [
        int(linha.split(b":")[1])
        for linha in cabecalho.split(b"\r\n")
        if linha.lower().startswith(b"content-length:")
    ]
    falta = (tamanhos[0] if tamanhos else 0) - len(corpo)
    while falta > 0:
        pedaco = navegador.recv(65536)
        recebido += pedaco
        falta -= len(pedaco)
    return recebido


@contextmanager
def rede_para(servidor: str) -> Iterator[Rede]:
    rede = Rede(servidor)
    try:
        yield rede
    finally:
        rede.fechar()


@pytest.fixture
def rede(live_server: Any) -> Iterator[Rede]:
    """A rede entre o navegador e o servidor deste teste."""
    with rede_para(live_server.url) as aberta:
        yield aberta
