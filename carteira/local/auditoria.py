"""As versões travadas contra os avisos públicos de segurança, pelo pip-audit."""

import subprocess
from dataclasses import dataclass

from carteira.local.ambiente import RAIZ

TRAVAS = ("requirements.txt", "requirements-dev.txt")
# Como o pip-audit diz que não pôde perguntar.
_SEM_INDICE = (
    "could not be audited",
    "Failed to resolve",
    "ConnectionError",
    "Max retries",
    "Connection refused",
)
_ACHOU = "known vulnerabilit"


@dataclass(frozen=True)
class Auditoria:
    """O código de saída, o que o programa disse e se ele chegou a conferir."""

    codigo: int
    dito: str
    conferiu: bool


def auditar(python: str) -> Auditoria:
    """`--strict`: um pacote que não se pôde conferir reprova; uma falha achada conta mesmo assim."""
    travas = [parte for trava in TRAVAS for parte in ("-r", trava)]
    feito = subprocess.run(
        [python, "-m", "pip_audit", "--strict", "--disable-pip", "--require-hashes", *travas],
        cwd=RAIZ, check=False, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )  # fmt: skip
    as_cegas = any(dito in feito.stdout for dito in _SEM_INDICE) and _ACHOU not in feito.stdout
    return Auditoria(feito.returncode, feito.stdout.rstrip(), not (feito.returncode and as_cegas))
