"""Os filhos de `./rodar`: liga, vigia, religa o que morrer, e para todos em ordem."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from carteira.local import ambiente
from carteira.local.ambiente import RAIZ
from carteira.local.etapas import avisar, duracao
from carteira.local.processos import esperar, nascimento

PRAZO_PARA_PARAR = 20.0
VIDA_CURTA = 10.0
MAIOR_PAUSA = 30.0
DIARIO_CHEIO = 10_000_000
ANOTADOS = "filhos.json"


@dataclass(frozen=True)
class Orfao:
    """Um filho anotado por um `./rodar` que já não existe: pid e nascimento, porque pids são reaproveitados."""

    nome: str
    pid: int
    nascido: str

    def vivo(self) -> bool:
        return bool(self.nascido) and nascimento(self.pid) == self.nascido

    def pedir(self) -> None:
        """Ao líder, que sabe parar os seus."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)

    def matar(self) -> None:
        """O grupo inteiro, que guarda o número do líder enquanto restar alguém nele."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


def recolher_orfaos(var: Path) -> list[str]:
    """Para o que um `./rodar` morto à força deixou no ar; devolve os nomes.

    Só com a trava de quem roda na mão: senão seriam os filhos de um vivo.
    """
    anotados = ambiente.ler_json(var / ANOTADOS)
    orfaos = [Orfao(nome, int(f["pid"]), str(f["nascido"])) for nome, f in anotados.items()]
    orfaos = [orfao for orfao in orfaos if orfao.vivo()]
    for orfao in orfaos:
        orfao.pedir()
    esperar(lambda: not any(orfao.vivo() for orfao in orfaos), PRAZO_PARA_PARAR)
    for orfao in orfaos:
        orfao.matar()
    esperar(lambda: not any(orfao.vivo() for orfao in orfaos), 5)
    (var / ANOTADOS).unlink(missing_ok=True)
    return [orfao.nome for orfao in orfaos]


@dataclass
class Filho:
    """Um processo da demonstração, em sessão própria: o Ctrl-C chega a nós, não a ele."""

    nome: str
    comando: list[str]
    env: Mapping[str, str]
    diario: Path
    processo: subprocess.Popen[bytes] | None = None
    nascido: float = 0.0
    pausa: float = 0.5
    volta_em: float = 0.0

    def ligar(self) -> None:
        modo = "wb" if self.diario.exists() and self.diario.stat().st_size > DIARIO_CHEIO else "ab"
        with self.diario.open(modo) as saida:
            self.processo = subprocess.Popen(
                self.comando, cwd=RAIZ, env=dict(self.env), start_new_session=True,
                stdin=subprocess.DEVNULL, stdout=saida, stderr=saida,
            )  # fmt: skip
        self.nascido, self.volta_em = time.monotonic(), 0.0

    def vivo(self) -> bool:
        return self.processo is not None and self.processo.poll() is None

    def sinal(self, qual: int, *, grupo: bool = False) -> None:
        """Ao líder, que sabe parar os seus; ao grupo inteiro só para matar."""
        if self.processo is None or (not grupo and not self.vivo()):
            return
        try:
            (os.killpg if grupo else os.kill)(self.processo.pid, qual)
        except (ProcessLookupError, PermissionError):
            return

    def cuidar(self) -> bool:
        """Morreu? Leva os órfãos e volta depois de uma pausa, que cresce se ele morre logo ao nascer.

        Verdadeiro quando acaba de voltar.
        """
        if self.vivo():
            return False
        agora = time.monotonic()
        if not self.volta_em:
            self.sinal(signal.SIGKILL, grupo=True)
            breve = agora - self.nascido < VIDA_CURTA
            self.pausa = min(self.pausa * 2, MAIOR_PAUSA) if breve else 0.5
            self.volta_em = agora + self.pausa
            codigo = self.processo.returncode if self.processo else "?"
            avisar(
                f"{self.nome} terminou (código {codigo}) e volta em {duracao(self.pausa)}; veja {self.diario}"
            )
        elif agora >= self.volta_em:
            self.ligar()
            return True
        return False


@dataclass
class Supervisor:
    """O conjunto dos filhos, anotados em `var/` para que nem `kill -9` no pai deixe sobras na próxima partida."""

    var: Path
    filhos: list[Filho] = field(default_factory=list)

    @property
    def registros(self) -> Path:
        return self.var / "registros"

    def ligar(self, nome: str, comando: list[str], env: Mapping[str, str]) -> Filho:
        filho = Filho(nome, comando, env, self.registros / f"{nome}.log")
        self.filhos.append(filho)
        filho.ligar()
        self._anotar()
        return filho

    def _anotar(self) -> None:
        vivos = {f.nome: f.processo.pid for f in self.filhos if f.processo and f.vivo()}
        ambiente.gravar_json(
            self.var / ANOTADOS,
            {nome: {"pid": pid, "nascido": nascimento(pid)} for nome, pid in vivos.items()},
        )

    def vigiar(self, tambem: Callable[[], None], intervalo: float = 1.0) -> None:
        """Fica aqui até ser interrompido."""
        while True:
            time.sleep(intervalo)
            tambem()
            if [filho for filho in self.filhos if filho.cuidar()]:
                self._anotar()

    def parar(self) -> None:
        """TERM a cada um, espera, e mata o que sobrar. Um segundo Ctrl-C encurta a espera."""
        for filho in reversed(self.filhos):
            filho.sinal(signal.SIGTERM)
        try:
            esperar(lambda: not any(filho.vivo() for filho in self.filhos), PRAZO_PARA_PARAR)
        except KeyboardInterrupt:
            avisar("parando já")
        for filho in self.filhos:
            filho.sinal(signal.SIGKILL, grupo=True)
            if filho.processo is not None:
                filho.processo.wait()
        (self.var / ANOTADOS).unlink(missing_ok=True)
