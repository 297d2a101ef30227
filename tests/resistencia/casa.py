"""Uma instalação inteira só da prova: banco, fila, web, worker e beats que se matam e voltam."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg

from carteira.local import comandos, postgres, redis
from carteira.local.portas import escolher_porta
from carteira.local.processos import esperar
from tests.correio import Correio

RAIZ = Path(__file__).resolve().parent.parent.parent
PRAZO = 600  # teto, não espera: a máquina pode estar dividida


class Casa:
    """Os serviços privados de uma `var/` e os processos do Carteira sobre eles."""

    def __init__(self, var: Path, correio: Correio) -> None:
        self.var = var
        self.banco, self.fila = postgres.servidor(var), redis.servidor(var)
        self.banco.ligar()
        self.fila.ligar()
        self.porta = escolher_porta(None)
        self.vivos: dict[str, subprocess.Popen[bytes]] = {}
        self.ambiente = {
            **{n: v for n, v in os.environ.items() if not n.startswith(("PYTEST", "PG"))},
            "AMBIENTE": "desenvolvimento",
            "VAR_DIR": str(var),
            "DATABASE_URL": self.banco.url,
            "REDIS_URL": self.fila.url,
            "EMAIL_URL": correio.url,
            "DJANGO_SETTINGS_MODULE": "carteira.settings",
            "PYTHONPATH": str(RAIZ),
        }
        self._comandos = {
            "web": comandos.web(sys.executable, f"127.0.0.1:{self.porta}"),
            "worker": comandos.worker(sys.executable),
            "beat": [*comandos.beat(sys.executable), "--pidfile="],
            "beat de sobra": [*comandos.beat(sys.executable), "--pidfile="],
        }

    # ── Processos ────────────────────────────────────────────────────────────

    def abrir(self, *comando: str, nome: str = "comando", **ambiente: str) -> subprocess.Popen[bytes]:
        registro = (self.var / "registros" / f"{nome.replace(' ', '-')}.log").open("ab")
        return subprocess.Popen(
            comando, cwd=RAIZ, env={**self.ambiente, **ambiente}, stdout=registro, stderr=registro,
            start_new_session=True,
        )  # fmt: skip

    def manage(self, *argumentos: str, **ambiente: str) -> subprocess.Popen[bytes]:
        return self.abrir(sys.executable, "manage.py", *argumentos, nome=argumentos[0], **ambiente)

    def feito(self, *argumentos: str, **ambiente: str) -> int:
        return self.manage(*argumentos, **ambiente).wait(PRAZO)

    def ligar(self, *nomes: str) -> None:
        for nome in nomes:
            self.vivos[nome] = self.abrir(*self._comandos[nome], nome=nome)

    def matar(self, nome: str) -> None:
        """kill -9 no que tem este nome: um processo com os seus filhos, a fila ou o banco."""
        if nome == "postgres":
            _matar_pid(self.banco.pid())
        elif nome == "redis":
            _matar_pid(self.fila.pid())
        else:
            matar_grupo(self.vivos[nome])

    def religar(self, nome: str) -> None:
        if nome == "postgres":
            assert esperar(lambda: not self.banco.pid(), 30)
            self.banco.ligar()
        elif nome == "redis":
            assert esperar(lambda: not self.fila.pid(), 30)
            self.fila.ligar()
        else:
            self.ligar(nome)

    # ── O que se pergunta ────────────────────────────────────────────────────

    def consultar(self, sql: str, *valores: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.banco.url) as conexao:
            return list(conexao.execute(sql.encode(), valores).fetchall())

    def um(self, sql: str, *valores: Any) -> Any:
        return self.consultar(sql, *valores)[0][0]

    def registros(self, *nomes: str) -> str:
        achados = sorted((self.var / "registros").glob("*.log"))
        return "\n".join(
            f"── {r.name}\n{r.read_text(errors='replace')[-2500:]}"
            for r in achados
            if not nomes or r.stem in nomes
        )

    def conferir(self) -> None:
        """O banco e a conta na unha dizem o mesmo; senão, diz onde."""
        certo = self.feito("conferir", "--amostra", "5000") == 0
        dito = (self.var / "registros" / "conferir.log").read_text(errors="replace").splitlines()
        assert certo, "\n".join(linha for linha in dito if not linha.startswith("  certo"))

    def encerrar(self) -> None:
        for processo in self.vivos.values():
            matar_grupo(processo)
        self.vivos.clear()

    def desligar(self) -> None:
        self.encerrar()
        self.fila.parar()
        self.banco.parar()


def _matar_pid(pid: int) -> None:
    if pid:
        os.kill(pid, signal.SIGKILL)


def matar_grupo(processo: subprocess.Popen[bytes]) -> None:
    """O processo e os filhos que ele fez, na sessão que abrimos para ele."""
    if processo.poll() is None:
        os.killpg(processo.pid, signal.SIGKILL)
    processo.wait(30)
