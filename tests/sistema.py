"""Um sistema de verdade do outro lado dos webhooks: guarda o que recebe e responde o que se mandar."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass
class Sistema:
    """`respostas` por pedido (status, ou uma espera em segundos); vazia, 200."""

    porta: int = 0
    recebidos: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    respostas: list[int] = field(default_factory=list)
    demora: float = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.porta}/avisos?de=carteira"


class _Porta(BaseHTTPRequestHandler):
    sistema: Sistema

    def do_POST(self) -> None:
        corpo = self.rfile.read(int(self.headers["Content-Length"]))
        self.sistema.recebidos.append((dict(self.headers.items()), corpo))
        time.sleep(self.sistema.demora)
        status = self.sistema.respostas.pop(0) if self.sistema.respostas else 200
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "http://169.254.169.254/")
        self.end_headers()
        self.wfile.write(b"recebido")

    def log_message(self, *args: Any) -> None:
        return None


@pytest.fixture
def sistema() -> Iterator[Sistema]:
    aberto = Sistema()
    servidor = ThreadingHTTPServer(("127.0.0.1", 0), type("Porta", (_Porta,), {"sistema": aberto}))
    aberto.porta = servidor.server_address[1]
    fio = threading.Thread(target=servidor.serve_forever, args=(0.02,), daemon=True)
    fio.start()
    yield aberto
    servidor.shutdown()
    servidor.server_close()
