"""Para onde vão as leituras pesadas: à réplica, quando há uma e ela está em dia; senão, ao primário.

Ninguém mais decide isto: as consultas do ORM passam pelo `Roteador`, e as escritas à mão, por `conexao()`. Tudo
que grava vai ao primário. Só quem abre um bloco `lendo()` (os relatórios) lê da réplica, e a escolha vale para o
bloco inteiro: uma página não mistura os dois.
"""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections
from django.utils import timezone

ALIAS = "leitura"
VALIDADE = 5  # segundos que uma medida do atraso vale neste processo
DESCANSO = 30  # segundos sem tentar de novo uma réplica que não respondeu

registro = logging.getLogger("carteira.replica")
_em_uso: ContextVar[str] = ContextVar("banco_de_leitura", default=DEFAULT_DB_ALIAS)

# Sem ninguém a alimentá-la, a última transação só envelhece; em dia com quem a alimenta, o atraso é zero.
_ATRASO = """
SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0
            WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn()
             AND EXISTS (SELECT 1 FROM pg_stat_wal_receiver) THEN 0
            ELSE extract(epoch FROM clock_timestamp()
                           - coalesce(pg_last_xact_replay_timestamp(), pg_postmaster_start_time())) END
"""


@dataclass(frozen=True, slots=True)
class Leitura:
    """De onde este bloco lê e, se da réplica, há quantos segundos ela está atrás do primário."""

    da_replica: bool
    atraso: float = 0.0
    medida_em: datetime | None = None
    recusada: bool = False

    @property
    def dados_de(self) -> datetime:
        """O instante que os números mostram."""
        return (self.medida_em or timezone.now()) - timedelta(seconds=self.atraso)


_DO_PRIMARIO = Leitura(False)
_ultima: tuple[float, Leitura] = (float("-inf"), _DO_PRIMARIO)


def existe() -> bool:
    return ALIAS in settings.DATABASES


def conexao() -> Any:
    """A conexão das consultas escritas à mão: a do bloco em curso."""
    return connections[_em_uso.get()]


@contextmanager
def lendo() -> Iterator[Leitura]:
    """Durante o bloco, leituras vão à réplica, se houver e estiver em dia; diz de onde se lê."""
    leitura = escolher()
    with como(leitura):
        yield leitura


@contextmanager
def como(leitura: Leitura) -> Iterator[None]:
    """Durante o bloco, lê-se de onde `leitura` já escolheu: o que sai em pedaços acaba onde começou."""
    marca = _em_uso.set(ALIAS if leitura.da_replica else DEFAULT_DB_ALIAS)
    try:
        yield
    finally:
        _em_uso.reset(marca)


def escolher() -> Leitura:
    """A réplica com o seu atraso de agora; o primário se ela não há, não responde ou ficou para trás."""
    global _ultima
    if not existe():
        return _DO_PRIMARIO
    vale_ate, leitura = _ultima
    if time.monotonic() >= vale_ate:
        leitura = _medir()
        _ultima = (
            time.monotonic() + (VALIDADE if leitura.da_replica or leitura.recusada else DESCANSO),
            leitura,
        )
    return leitura


def _medir() -> Leitura:
    try:
        segundos = _atraso()
    except DatabaseError as erro:
        connections[ALIAS].close()
        motivo = str(erro).partition("\n")[0]
        registro.warning("a réplica não respondeu; os relatórios leem do primário: %s", motivo)
        return _DO_PRIMARIO
    agora = timezone.now()
    if segundos > settings.REPLICA_ATRASO_MAXIMO:
        registro.warning("a réplica está %.0f s atrás; os relatórios leem do primário", segundos)
        return Leitura(False, segundos, agora, recusada=True)
    return Leitura(True, segundos, agora)


def _atraso() -> float:
    """Depois de um sossego, o que acaba de chegar faz a última transação parecer velha: confere-se de novo."""
    segundos = 0.0
    with connections[ALIAS].cursor() as cursor:
        for _ in range(3):
            cursor.execute(_ATRASO)
            segundos = float(cursor.fetchone()[0])
            if segundos <= settings.REPLICA_ATRASO_MAXIMO:
                break
            time.sleep(0.05)
    return segundos


class Roteador:
    """Leituras, ao banco do bloco; o resto, sempre ao primário. A réplica é o mesmo banco: relações valem."""

    def db_for_read(self, model: Any, **dicas: Any) -> str:
        return _em_uso.get()

    def db_for_write(self, model: Any, **dicas: Any) -> str:
        return DEFAULT_DB_ALIAS

    def allow_relation(self, um: Any, outro: Any, **dicas: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **dicas: Any) -> bool:
        return db == DEFAULT_DB_ALIAS
