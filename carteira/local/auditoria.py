"""As versões travadas contra os avisos públicos de segurança, pelo pip-audit."""

import json
import subprocess
from dataclasses import dataclass, field
from typing import Any

from carteira.local.ambiente import RAIZ

TRAVAS = ("requirements.txt", "requirements-dev.txt")


@dataclass
class Auditoria:
    """O que se achou, o que não se pôde perguntar e o que se perguntou, nas duas travas."""

    falhas: list[str] = field(default_factory=list)
    sem_resposta: list[str] = field(default_factory=list)
    conferidas: int = 0

    @property
    def conferiu(self) -> bool:
        """Alguma resposta houve: a rede deixa, e o que ficou sem ela é suspeito, e não falta de rede."""
        return bool(self.conferidas or self.falhas)

    @property
    def codigo(self) -> int:
        return int(bool(self.falhas or self.sem_resposta))

    @property
    def dito(self) -> str:
        linhas = [f"Com falha conhecida: {falha}" for falha in self.falhas]
        return "\n".join([*linhas, *(f"Não conferida: {qual}" for qual in self.sem_resposta)])


def auditar(python: str) -> Auditoria:
    """Um pacote que não se pôde conferir reprova, como um que tem falha; nenhum apaga o que se achou nos outros."""
    feita = Auditoria()
    for trava in TRAVAS:
        _somar(feita, trava, python)
    return feita


def _somar(feita: Auditoria, trava: str, python: str) -> None:
    feito = subprocess.run(
        [python, "-m", "pip_audit", "--format", "json", "--disable-pip", "--require-hashes", "-r", trava],
        cwd=RAIZ, check=False, text=True, stdin=subprocess.DEVNULL, capture_output=True,
    )  # fmt: skip
    try:
        pacotes: list[dict[str, Any]] = json.loads(feito.stdout)["dependencies"]
    except (ValueError, KeyError):
        feita.sem_resposta.append(f"{trava}: {feito.stderr.strip()[-500:] or 'o pip-audit não respondeu'}")
        return
    for pacote in pacotes:
        if motivo := pacote.get("skip_reason"):
            feita.sem_resposta.append(f"{trava}: {motivo}")
            continue
        feita.conferidas += 1
        for aviso in pacote["vulns"]:
            corrigida = ", ".join(aviso.get("fix_versions", ())) or "nenhuma versão ainda"
            nome = f"{pacote['name']} {pacote['version']} ({aviso['id']}; corrigida em {corrigida})"
            if nome not in feita.falhas:
                feita.falhas.append(nome)
