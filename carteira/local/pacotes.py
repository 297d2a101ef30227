"""Pacotes do sistema: o que falta, por que serve, e a linha exata que o instala."""

import ctypes
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from carteira.local import comandos, redis
from carteira.local.etapas import avisar, etapa

# O primeiro é o Chromium sem janelas, que gasta um quinto menos nos testes; os outros servem igual.
NAVEGADORES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
SEM_SERVICOS = "/usr/sbin/policy-rc.d"


@dataclass(frozen=True)
class Pacote:
    """Algo que só o sistema tem: como saber se está, como se chama, e o que se perde sem ele."""

    apt: tuple[str, ...]
    brew: tuple[str, ...]
    presente: Callable[[], bool]
    sem_ele: str


def _carrega(*bibliotecas: str) -> bool:
    try:
        for nome in bibliotecas:
            ctypes.CDLL(nome)
    except OSError:
        return False
    return True


def _tem_pango() -> bool:
    if sys.platform == "darwin":
        return any(Path(p, "libpango-1.0.dylib").exists() for p in ("/opt/homebrew/lib", "/usr/local/lib"))
    return _carrega("libpango-1.0.so.0", "libpangoft2-1.0.so.0", "libharfbuzz-subset.so.0")


def _tem_fontes() -> bool:
    return sys.platform == "darwin" or Path("/usr/share/fonts/truetype/dejavu").is_dir() or bool(_fontes_fc())


def _fontes_fc() -> str:
    if not shutil.which("fc-list"):
        return ""
    return subprocess.run(["fc-list"], capture_output=True, text=True, check=False).stdout.strip()


def navegador() -> str | None:
    """O Chromium dos testes: CHROMIUM, ou o do sistema."""
    indicado = os.environ.get("CHROMIUM")
    if indicado:
        return indicado if Path(indicado).exists() else None
    return next((achado for nome in NAVEGADORES if (achado := shutil.which(nome))), None)


def _tem_venv() -> bool:
    codigo = "import ensurepip, venv"
    return subprocess.run([sys.executable, "-c", codigo], capture_output=True, check=False).returncode == 0


VENV = Pacote(("python3-venv",), (), _tem_venv, "sem ele não há como criar o ambiente .venv")
REDIS = Pacote(
    ("redis-server",), ("redis",), lambda: redis.programa() is not None, "as tarefas passarão por arquivos"
)
PDF = Pacote(
    comandos.PDF_NO_SISTEMA, ("pango", "harfbuzz"), _tem_pango,
    "PDF desligado: as telas e os arquivos CSV e XLSX seguem funcionando",
)  # fmt: skip
FONTES = Pacote(comandos.FONTES_NO_SISTEMA, (), _tem_fontes, "os PDFs sairiam sem letras")
CHROMIUM = Pacote(
    ("chromium-headless-shell",),
    ("chromium",),
    lambda: navegador() is not None,
    "os testes no navegador não rodam",
)


def para_rodar() -> tuple[Pacote, ...]:
    """O que a demonstração usa; sem REDIS_URL, também o Redis."""
    base = (VENV, PDF, FONTES)
    return base if os.environ.get("REDIS_URL") else (*base, REDIS)


def para_testes() -> tuple[Pacote, ...]:
    return (*para_rodar(), CHROMIUM)


def linha_de_instalacao(faltam: list[Pacote]) -> str:
    """O que a pessoa digita quando não podemos instalar por ela."""
    if sys.platform == "darwin":
        return "brew install " + " ".join(nome for p in faltam for nome in p.brew)
    nomes = " ".join(nome for p in faltam for nome in p.apt)
    return f"sudo apt-get update && sudo apt-get install --no-install-recommends {nomes}"


def _prefixo() -> list[str] | None:
    """Como virar root: já é, ou sudo sem senha; None se não há como."""
    if os.geteuid() == 0:
        return []
    if (
        shutil.which("sudo")
        and subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False).returncode == 0
    ):
        return ["sudo", "-n"]
    return None


def _roteiro_apt(nomes: list[str]) -> str:
    """Instala sem deixar o apt ligar serviço algum; atualiza as listas só se faltarem ou envelheceram."""
    opcoes = "-y -q --no-install-recommends -o DPkg::Lock::Timeout=300"
    instalar = f"apt-get install {opcoes} {' '.join(map(shlex.quote, nomes))}"
    return f"""
set -u
export DEBIAN_FRONTEND=noninteractive
if [ ! -e {SEM_SERVICOS} ]; then
    printf '#!/bin/sh\\nexit 101\\n' > {SEM_SERVICOS} && chmod 755 {SEM_SERVICOS}
    trap 'rm -f {SEM_SERVICOS}' EXIT
fi
ls /var/lib/apt/lists/*_Packages* >/dev/null 2>&1 || apt-get update -q
{instalar} || {{ apt-get update -q && {instalar}; }}
"""


def _comando(faltam: list[Pacote]) -> list[str] | None:
    if sys.platform == "darwin":
        nomes = [nome for p in faltam for nome in p.brew]
        return ["brew", "install", *nomes] if nomes and shutil.which("brew") else None
    prefixo = _prefixo()
    if prefixo is None or not shutil.which("apt-get"):
        return None
    return [*prefixo, "sh", "-c", _roteiro_apt([nome for p in faltam for nome in p.apt])]


def faltando(pacotes: tuple[Pacote, ...]) -> list[Pacote]:
    return [pacote for pacote in pacotes if not pacote.presente()]


def garantir(pacotes: tuple[Pacote, ...], registro: Path) -> list[Pacote]:
    """Instala o que falta, se puder; devolve o que continua faltando, já avisado com a linha a digitar."""
    faltam = faltando(pacotes)
    if not faltam:
        return []
    comando = _comando(faltam)
    if comando:
        with etapa("Pacotes do sistema") as dar:
            dar(", ".join(nome for p in faltam for nome in p.apt))
            with registro.open("w") as saida:
                subprocess.run(comando, stdin=subprocess.DEVNULL, stdout=saida, stderr=saida, check=False)
        faltam = faltando(pacotes)
    for pacote in faltam:
        avisar(f"falta {' '.join(pacote.apt)}: {pacote.sem_ele}")
    if faltam:
        avisar(f"para instalar:  {linha_de_instalacao(faltam)}")
    return faltam
