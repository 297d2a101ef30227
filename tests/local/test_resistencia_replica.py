"""Relatórios numa réplica: replicação de verdade entre dois servidores, o atraso dito e a volta ao primário."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
import pytest

from carteira.local import postgres
from tests.processos import RAIZ, ate

pytestmark = pytest.mark.resistencia


@dataclass
class Par:
    """O primário, a réplica que o segue e um processo do projeto que usa os dois."""

    primario: postgres.Servidor
    replica: postgres.Servidor

    def correr(self, *argumentos: str) -> str:
        ambiente = {
            **os.environ,
            "AMBIENTE": "teste",
            "DJANGO_SETTINGS_MODULE": "carteira.settings",
            "DATABASE_URL": self.primario.url,
            "DATABASE_URL_LEITURA": self.replica.url,
            "REPLICA_ATRASO_MAXIMO": "2",
        }
        feito = subprocess.run(
            [sys.executable, *argumentos], cwd=RAIZ, env=ambiente, capture_output=True, text=True, check=False
        )
        assert feito.returncode == 0, feito.stdout + feito.stderr
        return feito.stdout

    def ver(self) -> list[str]:
        return self.correr("-m", "tests.replica_em_uso", "ver").splitlines()

    def na_replica(self, sql: str) -> object:
        with psycopg.connect(
            host=self.replica.soquete, user=postgres.USUARIO, dbname=postgres.BANCO, autocommit=True
        ) as c:
            linha = c.execute(sql).fetchone()
        return linha[0] if linha else None


@pytest.fixture
def par(var_migrada: Path) -> Iterator[Par]:
    primario = postgres.servidor(var_migrada)
    if not Path(primario.binarios["pg_basebackup"]).exists():
        pytest.skip("os programas do PostgreSQL desta máquina não trazem pg_basebackup")
    base, entregar = primario.dados.parent, primario.dono.entregar
    replica = replace(primario, dados=entregar(base / "replica"), soquete=entregar(base / "s2"))
    primario.ligar()
    try:
        primario._programa(
            "pg_basebackup", "-D", str(replica.dados), "-R", "-c", "fast", "-X", "stream",
            "-h", str(primario.soquete), "-p", str(postgres.PORTA), "-U", postgres.USUARIO,
        )  # fmt: skip
        replica.ligar()
        yield Par(primario, replica)
    finally:
        replica.parar()
        primario.parar()


def test_relatorios_leem_da_replica_enquanto_ela_esta_em_dia(par: Par) -> None:
    assert par.na_replica("SELECT pg_is_in_recovery()") is True
    par.correr("-m", "tests.replica_em_uso", "preparar")
    ate(lambda: par.na_replica("SELECT count(*) FROM clientes_cliente") == 1)
    assert par.ver() == ["/composicao/ 200 replica atraso", "/clientes/ 200 primario nada"]

    # Cada página e planilha de relatório, até a última linha: do primário, nada da carteira.
    assert par.correr("-m", "tests.replica_em_uso", "tudo") == "vistas 20 ou mais\n"

    # Parada no tempo, ela passa do limite e ninguém mais a lê.
    par.na_replica("SELECT pg_wal_replay_pause()")
    par.correr("-m", "tests.replica_em_uso", "criar")
    assert par.na_replica("SELECT count(*) FROM clientes_cliente") == 1
    ate(lambda: par.ver() == ["/composicao/ 200 primario recusada", "/clientes/ 200 primario nada"])

    # De volta, alcança o primário e torna a servir.
    par.na_replica("SELECT pg_wal_replay_resume()")
    ate(lambda: par.na_replica("SELECT count(*) FROM clientes_cliente") == 2)
    ate(lambda: par.ver()[0] == "/composicao/ 200 replica atraso")

    # Morta, as páginas continuam, do primário.
    par.replica.parar()
    assert par.ver() == ["/composicao/ 200 primario nada", "/clientes/ 200 primario nada"]
