"""O que se conta a quem espera: uma linha por etapa, com a duração, e o fim do registro quando falha."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from carteira.local.ambiente import RAIZ


class Falha(Exception):
    """Algo que impede de continuar, dito em uma frase que serve para agir."""


def duracao(segundos: float) -> str:
    """`0,3 s`, `12 s` ou `2 min 05 s`."""
    if segundos < 10:
        return f"{segundos:.1f} s".replace(".", ",")
    if segundos < 100:
        return f"{segundos:.0f} s"
    return f"{segundos // 60:.0f} min {segundos % 60:02.0f} s"


def dizer(texto: str) -> None:
    """Terminal fechado ou cano partido não impede o trabalho, nem a parada em ordem."""
    with suppress(OSError):
        print(texto, flush=True)


def avisar(texto: str) -> None:
    dizer(f"  ! {texto}")


@contextmanager
def etapa(titulo: str) -> Iterator[Callable[[str], None]]:
    """Mostra a etapa enquanto corre e, ao fim, quanto levou; `dar(detalhe)` acrescenta ao texto."""
    detalhes: list[str] = []
    inicio = time.monotonic()
    if sys.stdout.isatty():
        with suppress(OSError):
            print(f"  … {titulo}", end="\r", flush=True)
    try:
        yield detalhes.append
    except BaseException:
        dizer(f"  ✗ {titulo} ({duracao(time.monotonic() - inicio)})")
        raise
    resto = f": {'; '.join(detalhes)}" if detalhes else ""
    dizer(f"  ✓ {titulo}{resto} ({duracao(time.monotonic() - inicio)})")


def rodar(
    comando: list[str],
    *,
    registro: Path,
    env: Mapping[str, str] | None = None,
    erro: str = "",
    umask: int = -1,
) -> None:
    """Roda até o fim com a saída no registro; se falhar, mostra o fim dele."""
    registro.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with registro.open("w") as saida:
        codigo = subprocess.run(
            comando, cwd=RAIZ, env=env, check=False, umask=umask,
            stdin=subprocess.DEVNULL, stdout=saida, stderr=saida,
        ).returncode  # fmt: skip
    if codigo:
        fim = "\n".join(registro.read_text(errors="replace").splitlines()[-12:])
        raise Falha(
            f"{erro or 'Falhou: ' + ' '.join(comando)} (código {codigo})\n{fim}\nRegistro: {registro}"
        )
