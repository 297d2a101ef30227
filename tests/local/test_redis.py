"""O Redis privado: senha, AOF, porta própria, e o aviso quando ele não existe."""

import os
import signal
import socket
from pathlib import Path

import pytest
import redis as cliente_redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from carteira.local import ambiente, processos, redis, servicos

pytestmark = pytest.mark.skipif(redis.programa() is None, reason="sem redis-server")


def test_liga_com_senha_e_sem_despejo(var: Path) -> None:
    servidor = redis.servidor(var)
    assert servidor.ligar() is True
    assert servidor.ligar() is False
    conexao = cliente_redis.Redis.from_url(servidor.url)
    assert conexao.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
    assert conexao.config_get("appendonly") == {"appendonly": "yes"}
    with pytest.raises(cliente_redis.AuthenticationError):
        # o cliente insistiria por segundos, com uma senha que não vai mudar
        cliente_redis.Redis(port=servidor.porta, password="outra", retry=Retry(NoBackoff(), 0)).ping()


def test_a_senha_nao_aparece_na_lista_de_processos(var: Path) -> None:
    servidor = redis.servidor(var)
    servidor.ligar()
    linha = Path(f"/proc/{servidor.pid()}/cmdline")
    if linha.exists():
        assert servidor.senha.encode() not in linha.read_bytes()
    assert (servidor.pasta / "redis.conf").stat().st_mode & 0o077 == 0


def test_parar_e_ligar_guarda_a_fila_na_mesma_porta(var: Path) -> None:
    servidor = redis.servidor(var)
    servidor.ligar()
    cliente_redis.Redis.from_url(servidor.url).rpush("fila", "tarefa")
    servidor.parar()
    assert servidor.pid() == 0
    outro = redis.servidor(var)
    outro.ligar()
    assert outro.porta == servidor.porta
    assert cliente_redis.Redis.from_url(outro.url).lrange("fila", 0, -1) == [b"tarefa"]


def test_kill_9_e_religado_no_mesmo_endereco(var: Path) -> None:
    enderecos = servicos.ligar(var)
    servidor = redis.servidor(var)
    pid = servidor.pid()
    os.kill(pid, signal.SIGKILL)
    assert processos.esperar(lambda: not processos.existe_como(pid, *redis.PROGRAMAS), 10)
    servicos.vigiar(var)
    assert redis.servidor(var).pid() > 0
    assert ambiente.enderecos(var) == enderecos


def test_porta_tomada_por_outro_troca_de_porta(var: Path) -> None:
    porta = redis.servidor(var).porta
    with socket.socket() as intruso:
        intruso.bind(("127.0.0.1", porta))
        intruso.listen()
        servidor = redis.servidor(var)
        assert servidor.porta != porta
        assert servidor.ligar() is True


def test_sem_redis_o_transporte_da_demonstracao_e_anunciado(
    var: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(redis, "programa", lambda: None)
    enderecos = servicos.ligar(var)
    assert set(enderecos) == {"DATABASE_URL"}
    assert "modo de demonstração" in capsys.readouterr().out
    assert (var / "fila").is_dir()
