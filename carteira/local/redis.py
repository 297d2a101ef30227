"""Redis privado: a campainha do Celery. Porta própria em 127.0.0.1 com senha, AOF, sem despejo.

Quem guarda a verdade é o PostgreSQL; o Redis pode perder tudo sem que nada se perca.
"""

import os
import secrets
import shutil
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from carteira.local import ambiente, comandos, processos
from carteira.local.portas import livre
from carteira.local.usuario import Dono, escolher_dono, pasta_dos_servicos, preparar_var, rodar_como

PROGRAMAS = ("redis-server", "valkey-server")
AVISO_SEM_REDIS = (
    "Redis ausente, modo de demonstração: as tarefas passam por arquivos em var/fila; um worker morto "
    "perde a mensagem, e a varredura de cada minuto a refaz."
)


def programa() -> str | None:
    """O executável instalado, se houver."""
    return next((achado for nome in PROGRAMAS if (achado := shutil.which(nome))), None)


@dataclass(frozen=True)
class Servidor:
    """Um Redis privado: sua pasta, sua porta e sua senha."""

    pasta: Path
    porta: int
    senha: str
    dono: Dono

    @property
    def url(self) -> str:
        return f"redis://:{self.senha}@127.0.0.1:{self.porta}/0"

    @property
    def diario(self) -> Path:
        return self.pasta / "redis.log"

    def pid(self) -> int:
        anotado = processos.ler_pid(self.pasta / "redis.pid")
        return anotado if processos.existe_como(anotado, *PROGRAMAS) and self.responde() else 0

    def responde(self) -> bool:
        """PING com a nossa senha: só o nosso responde PONG nessa porta."""
        try:
            with socket.create_connection(("127.0.0.1", self.porta), timeout=2) as conexao:
                conexao.sendall(f"AUTH {self.senha}\r\nPING\r\n".encode())
                recebido = b""
                while b"+PONG" not in recebido and b"-" not in recebido:
                    if not (pedaco := conexao.recv(200)):
                        break
                    recebido += pedaco
        except OSError:
            return False
        return b"+PONG" in recebido

    def ligar(self) -> bool:
        """Liga o servidor; devolve False se já estava ligado."""
        if self.pid():
            return False
        executavel = programa()
        if executavel is None:
            raise RuntimeError(AVISO_SEM_REDIS)
        (self.pasta / "redis.pid").unlink(missing_ok=True)
        feito = rodar_como(self.dono, [executavel, str(self._configuracao())])
        if feito.returncode or not processos.esperar(self.responde, 30):
            raise RuntimeError(f"O Redis não subiu; veja {self.diario}\n{feito.stdout[-500:]}")
        return True

    def _configuracao(self) -> Path:
        """Arquivo em vez de opções: a senha não aparece na lista de processos."""
        ajustes = {
            "bind": "127.0.0.1", "port": str(self.porta), "requirepass": self.senha, "daemonize": "yes",
            "dir": f'"{self.pasta}"', "pidfile": f'"{self.pasta}/redis.pid"', "logfile": f'"{self.diario}"',
            "save": '""', "maxmemory": "256mb", **comandos.REDIS,
        }  # fmt: skip
        caminho = self.pasta / "redis.conf"
        descritor = os.open(caminho, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descritor, "w", encoding="utf-8") as arquivo:
            arquivo.writelines(f"{nome} {valor}\n" for nome, valor in ajustes.items())
        if self.dono.troca:
            os.chown(caminho, self.dono.uid, self.dono.gid)
        return caminho

    def parar(self) -> None:
        """TERM faz o Redis gravar o AOF e sair."""
        if pid := self.pid():
            processos.parar(pid, *PROGRAMAS, sinal=signal.SIGTERM, prazo=20)


def _porta_livre() -> int:
    with socket.socket() as sonda:
        sonda.bind(("127.0.0.1", 0))
        return int(sonda.getsockname()[1])


def servidor(var: Path) -> Servidor:
    """O Redis privado daquela `var/`: a mesma porta de antes, salvo se outro a tomou."""
    dono = escolher_dono()
    preparar_var(var, dono)
    pasta = dono.entregar(pasta_dos_servicos(var, dono) / "redis")
    anotado = ambiente.ler_json(var / "redis.json")
    atual = Servidor(pasta, int(anotado.get("porta", 0)), str(anotado.get("senha", "")), dono)
    if atual.porta and (atual.responde() or livre(atual.porta)):
        return atual
    novo = Servidor(pasta, _porta_livre(), atual.senha or secrets.token_urlsafe(24), dono)
    ambiente.gravar_json(var / "redis.json", {"porta": novo.porta, "senha": novo.senha})
    return novo
