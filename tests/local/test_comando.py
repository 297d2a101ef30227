"""O comando inteiro, como uma pessoa o digita: primeira partida, Ctrl-C, segunda partida."""

import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from carteira.local import ambiente, postgres, redis
from carteira.local.ambiente import RAIZ
from carteira.local.processos import esperar, existe, nome_do_processo
from tests.catalogo import retrato

pytestmark = pytest.mark.lento
NO_AR = "Carteira no ar"


def porta_livre() -> int:
    with socket.socket() as sonda:
        sonda.bind(("127.0.0.1", 0))
        return int(sonda.getsockname()[1])


def limpo(var: Path) -> dict[str, str]:
    fora = {"DATABASE_URL", "REDIS_URL", "EMAIL_URL", "AMBIENTE", "DJANGO_SETTINGS_MODULE", "PYTEST_BANCO"}
    return {**{n: v for n, v in os.environ.items() if n not in fora}, "VAR_DIR": str(var)}


class Partida:
    """Um `./rodar` em curso e o que ele disse."""

    def __init__(self, var: Path, *opcoes: str) -> None:
        self.porta = porta_livre()
        self.saida = var.parent / f"saida-{self.porta}.txt"
        comando = ["./rodar", "--porta", str(self.porta), *opcoes]
        with self.saida.open("w") as arquivo:
            self.processo = subprocess.Popen(
                comando, cwd=RAIZ, env=limpo(var), stdout=arquivo, stderr=arquivo, start_new_session=True
            )

    def disse(self) -> str:
        return self.saida.read_text(encoding="utf-8")

    def esperar(self, texto: str, segundos: float = 120) -> None:
        achou = esperar(lambda: texto in self.disse() or self.processo.poll() is not None, segundos)
        assert achou, self.disse()
        assert texto in self.disse(), self.disse()

    def pagina(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.porta}/", timeout=30) as resposta:
            return str(resposta.read().decode())

    def ctrl_c(self) -> int:
        self.processo.send_signal(signal.SIGINT)
        return self.processo.wait(60)


@contextmanager
def partida(var: Path, *opcoes: str) -> Iterator[Partida]:
    em_curso = Partida(var, *opcoes)
    try:
        yield em_curso
    finally:
        if em_curso.processo.poll() is None:
            em_curso.processo.terminate()
            em_curso.processo.wait(60)


def filhos_de(pid: int) -> list[int]:
    """Todos os descendentes, em qualquer sessão."""
    saida = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    pares = [tuple(map(int, linha.split())) for linha in saida.splitlines()]
    diretos = [filho for filho, pai in pares if pai == pid]
    return diretos + [neto for filho in diretos for neto in filhos_de(filho)]


def do_banco_de(var: Path) -> dict[str, set[tuple[object, ...]]]:
    servidor = postgres.servidor(var)
    with psycopg.connect(
        host=str(servidor.soquete), port=postgres.PORTA, user=postgres.USUARIO, dbname=postgres.BANCO
    ) as conexao:
        return retrato(lambda consulta: conexao.execute(consulta.encode()).fetchall())


def do_banco_da_suite() -> dict[str, set[tuple[object, ...]]]:
    def executar(consulta: str) -> list[tuple[object, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(consulta)
            return list(cursor.fetchall())

    return retrato(executar)


def rodar(var: Path, *comando: str) -> str:
    feito = subprocess.run(comando, cwd=RAIZ, env=limpo(var), capture_output=True, text=True, check=False)
    assert feito.returncode == 0, feito.stdout + feito.stderr
    return feito.stdout


@pytest.mark.django_db
def test_da_primeira_partida_aos_servicos_que_ficam(var: Path) -> None:
    """Uma instalação só, do nada: partida, Ctrl-C, segunda rápida, `parar`, e os serviços sem ela."""
    _primeira_partida(var)
    _segunda_rapida(var)
    _servicos_ficam_e_o_manage_os_acha(var)


def _primeira_partida(var: Path) -> None:
    with partida(var) as primeira:
        primeira.esperar(NO_AR)
        assert "Estrutura do banco" in primeira.disse()
        assert "Dados de demonstração" in primeira.disse()
        assert "senha" in primeira.disse()
        assert "Entrar" in primeira.pagina()
        assert do_banco_de(var) == do_banco_da_suite(), "a cópia da suíte é o que as migrações fazem do nada"
        assert esperar(lambda: len(filhos_de(primeira.processo.pid)) >= 7, 30), (
            "web, worker e beat, com os seus"
        )
        descendentes = filhos_de(primeira.processo.pid)
        with partida(var) as intrusa:
            assert intrusa.processo.wait(60) == 1
            assert "Já está rodando" in intrusa.disse()
        assert primeira.ctrl_c() == 130
    assert [pid for pid in descendentes if nome_do_processo(pid)] == []
    assert postgres.servidor(var).pid() == 0
    assert redis.servidor(var).pid() == 0


def _segunda_rapida(var: Path) -> None:
    with partida(var) as segunda:
        segunda.esperar("Carteira")
        anotados = var / "filhos.json"
        assert esperar(lambda: "web" in ambiente.ler_json(anotados), 30)
        assert postgres.servidor(var).pid() == 0, "a web adianta-se: importa enquanto o banco sobe"
        segunda.esperar("✓ Web", 60)
        segunda.esperar(NO_AR)
        assert "Dados de demonstração" not in segunda.disse()
        assert "Entrar" in segunda.pagina()
        assert "Parados: ./rodar." in rodar(var, "./rodar", "parar")
        assert segunda.processo.wait(10) == 130
    assert postgres.servidor(var).pid() == 0


def _servicos_ficam_e_o_manage_os_acha(var: Path) -> None:
    (var / "migrado.json").unlink()
    assert "Estrutura do banco" in rodar(var, "./rodar", "servicos")
    pergunta = (
        "from contas.models import Empresa; print(list(Empresa.objects.values_list('codigo', flat=True)))"
    )
    manage = (str(RAIZ / ".venv/bin/python"), "manage.py", "shell", "--no-imports", "-c", pergunta)
    assert "['1']" in rodar(var, *manage)
    inicio = time.monotonic()
    assert "Estrutura do banco" not in rodar(var, "./rodar", "servicos"), "nada mudou, nada se repete"
    assert time.monotonic() - inicio < 5
    pid = postgres.servidor(var).pid()
    assert "PostgreSQL" in rodar(var, "./rodar", "parar")
    assert not existe(pid) or nome_do_processo(pid) == ""
    assert ambiente.enderecos(var) == {}
    assert "Nada ligado" in rodar(var, "./rodar", "parar")


@pytest.mark.resistencia
def test_kill_9_na_partida_e_a_seguinte_recolhe_o_que_ela_deixou(var_migrada: Path) -> None:
    var = var_migrada
    with partida(var, "--vazio") as morta:
        morta.esperar(NO_AR)
        assert esperar(lambda: len(filhos_de(morta.processo.pid)) >= 7, 30)
        sobras = filhos_de(morta.processo.pid)
        morta.processo.kill()
    with partida(var, "--vazio") as seguinte:
        seguinte.esperar("parado o que ela deixou (web, worker, beat)", 60)
        seguinte.esperar(NO_AR)
        assert [pid for pid in sobras if nome_do_processo(pid)] == [], "um beat e um worker só"
        assert seguinte.ctrl_c() == 130
    assert postgres.servidor(var).pid() == 0


@pytest.mark.resistencia
def test_vazio_leva_aos_primeiros_passos_e_worker_morto_volta(var_migrada: Path) -> None:
    var = var_migrada
    with partida(var, "--vazio") as empresa:
        empresa.esperar(NO_AR)
        assert "/comecar/" in empresa.disse()
        with urllib.request.urlopen(f"http://127.0.0.1:{empresa.porta}/", timeout=30) as resposta:
            assert resposta.url.endswith("/comecar/")
        registro = var / "registros/worker.log"
        assert esperar(lambda: "ready." in registro.read_text(), 60)
        for pid in filhos_de(empresa.processo.pid):
            if (
                b"\0celery\0" in (linha := Path(f"/proc/{pid}/cmdline").read_bytes())
                and b"\0worker\0" in linha
            ):
                os.kill(pid, signal.SIGKILL)
                break
        empresa.esperar("worker terminou", 30)
        assert esperar(lambda: registro.read_text().count("ready.") == 2, 60)
        empresa.processo.terminate()
        assert empresa.processo.wait(60) == 130
