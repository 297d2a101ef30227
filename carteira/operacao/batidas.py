"""Quem está vivo: o beat e cada worker deixam a hora no Redis; o que parou de bater, parou."""

import time
from datetime import UTC, datetime
from functools import cache
from typing import Any

from django.conf import settings

CHAVE = "carteira:batidas"
BEAT, WORKER = "beat", "worker:"
# A varredura é de minuto em minuto: depois disto, três se perderam.
SILENCIO = 240.0
INTERVALO = 15.0
# O de um contêiner que não existe mais sai da conta.
ESQUECER = 3600.0
_ultimas: dict[str, float] = {}


@cache
def redis() -> Any:
    """O cliente deste processo; nulo quando a fila é de arquivos. Espera pouco: é para sinais de vida."""
    if not settings.REDIS_URL:
        return None
    from redis import Redis

    return Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2)


def bater(quem: str) -> None:
    """Anota a hora, no máximo de quinze em quinze segundos; sem Redis não há o que anotar, e ninguém cai por isso."""
    agora = time.time()
    if agora - _ultimas.get(quem, 0) < INTERVALO or redis() is None:
        return
    _ultimas[quem] = agora
    from redis import RedisError

    try:
        redis().hset(CHAVE, quem, f"{agora:.0f}")
    except RedisError:
        return


def batidas() -> dict[str, datetime]:
    """A última de cada um; as muito velhas se esquecem."""
    if redis() is None:
        return {}
    lidas = {quem.decode(): float(hora) for quem, hora in redis().hgetall(CHAVE).items()}
    velhas = [q for q, hora in lidas.items() if q != BEAT and time.time() - hora > ESQUECER]
    if velhas:
        redis().hdel(CHAVE, *velhas)
    return {q: datetime.fromtimestamp(hora, UTC) for q, hora in lidas.items() if q not in velhas}


def fila() -> tuple[int, int] | None:
    """Tarefas à espera e em curso; nulo sem Redis."""
    if redis() is None:
        return None
    return int(redis().llen("celery")), int(redis().hlen("unacked"))
