"""Plugin do pytest, carregado antes das configurações: cada processo da suíte tem os seus bancos do Redis.

O pytest-django já dá a cada um o seu banco no PostgreSQL. Sem o mesmo no Redis, o cache esvaziado por um
teste levaria o do vizinho, e um worker de verdade tiraria tarefas da fila errada.
"""

import os
from urllib.parse import urlsplit, urlunsplit

from carteira.local.ambiente import enderecos, pasta_var

# Um Redis nasce com 16 bancos: os dois primeiros ficam para quem usa a mesma máquina.
PRIMEIRO, PROCESSOS = 2, 7
ORDEM = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
if ORDEM >= PROCESSOS:
    raise RuntimeError(f"A suíte se reparte por até {PROCESSOS} processos: cada um usa dois bancos do Redis.")


def _no_banco(url: str, banco: int) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{banco}"))


BASE = os.environ.get("REDIS_URL") or enderecos(pasta_var()).get("REDIS_URL", "")
CACHE = _no_banco(BASE, PRIMEIRO + 2 * ORDEM) if BASE else ""
FILA = _no_banco(BASE, PRIMEIRO + 2 * ORDEM + 1) if BASE else ""
if CACHE:
    os.environ["REDIS_URL"] = CACHE
