"""A cópia de toda noite: uma linha em `Execucao` por data, como as outras rodadas, e as velhas saem."""

import logging
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from atividade.models import EstadoDaExecucao, Execucao
from carteira import passos
from carteira.operacao.copia import copiar, guardar_so
from carteira.travas import Rotina, vez

registro = logging.getLogger("carteira.operacao")
COPIA = "copia"


def copiar_de_noite(agora: datetime) -> Execucao | None:
    """Uma por dia, por mais que a tarefa se repita; sem COPIA_DESTINO, ou com outra em curso, nada a fazer."""
    with vez(Rotina.COPIA) as minha:
        if not (minha and settings.COPIA_DESTINO):
            return None
        execucao, _ = Execucao.objects.get_or_create(rotina=COPIA, referencia=agora.date(), empresa=None)
        if execucao.estado == EstadoDaExecucao.FEITA:
            return execucao
        try:
            passos.rodar(execucao, COPIA, lambda: _copiar(agora))
        except passos.PassoFalhou:
            registro.exception("a cópia de %s falhou", agora.date())
            return execucao
        passos.terminar(execucao, EstadoDaExecucao.FEITA)
        return execucao


def _copiar(agora: datetime) -> dict[str, Any]:
    destino = Path(settings.COPIA_DESTINO)
    pasta = copiar(destino, agora=agora)
    apagadas = guardar_so(destino, settings.COPIA_GUARDAR)
    return {"pasta": pasta.name, "bytes": _tamanho(pasta), "apagadas": len(apagadas)}


def _tamanho(pasta: Path) -> int:
    return sum(arquivo.stat().st_size for arquivo in pasta.iterdir())
