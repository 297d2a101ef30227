"""Os filhos de `./rodar`: liga, vigia, religa o que morrer, e para todos em ordem."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from carteira.local.ambiente import RAIZ
from carteira.local.etapas import avisar
from carteira.local.processos import esperar

PRAZO_PARA_PARAR = 20.0
VIDA_CURTA = 10.0
MAIOR_PAUSA = 30.0
DIARIO_CHEIO = 10_000_000


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

    def cuidar(self) -> None:
        """Morreu? Leva os órfãos e volta depois de uma pausa, que cresce se ele morre logo ao nascer."""
        if self.vivo():
            return
        agora = time.monotonic()
        if not self.volta_em:
            self.sinal(signal.SIGKILL, grupo=True)
            breve = agora - self.nascido < VIDA_CURTA
            self.pausa = min(self.pausa * 2, MAIOR_PAUSA) if breve else 0.5
            self.volta_em = agora + self.pausa
            codigo = self.processo.returncode if self.processo else "?"
            avisar(
                f"{self.nome} terminou (código {codigo}) e volta em {self.pausa:.0f} s; veja {self.diario}"
            )
        elif agora >= self.volta_em:
            self.ligar()


@dataclass
class Supervisor:
    """O conjunto dos filhos."""

    registros: Path
    filhos: list[Filho] = field(default_factory=list)

    def ligar(self, nome: str, comando: list[str], env: Mapping[str, str]) -> Filho:
        filho = Filho(nome, comando, env, self.registros / f"{nome}.log")
        self.filhos.append(filho)
        filho.ligar()
        return filho

    def vigiar(self, tambem: Callable[[], None], intervalo: float = 1.0) -> None:
        """Fica aqui até ser interrompido."""
        while True:
            time.sleep(intervalo)
            tambem()
            for filho in self.filhos:
                filho.cuidar()

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
