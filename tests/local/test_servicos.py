"""Quem liga, quem usa e quem desliga os serviços privados."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from carteira.local import ambiente, postgres, redis, servicos

OUTRO_PROCESSO = """
import sys, time, types
p = types.ModuleType("carteira"); p.__path__ = [sys.argv[1] + "/carteira"]; sys.modules["carteira"] = p
from pathlib import Path
from carteira.local import servicos
with servicos.em_uso(Path(sys.argv[2])):
    print("pronto", flush=True)
    sys.stdin.read()
"""


def vivos(var: Path) -> tuple[bool, bool]:
    return postgres.servidor(var).pid() > 0, redis.servidor(var).pid() > 0


def test_quem_ligou_desliga_esquece_os_enderecos_e_sabe_onde_voltarao(var: Path) -> None:
    """É com os previstos que a web se adianta na segunda partida."""
    assert servicos.previstos(var) == {}
    with servicos.em_uso(var) as enderecos:
        assert set(enderecos) == {"DATABASE_URL", "REDIS_URL"}
        assert ambiente.enderecos(var) == enderecos
        assert vivos(var) == (True, True)
        for nome in ("servicos.json", "redis.json", "postgres.json"):
            assert (var / nome).stat().st_mode & 0o077 == 0, f"{nome}: só o dono lê"
    assert vivos(var) == (False, False)
    assert ambiente.enderecos(var) == {}
    assert servicos.previstos(var) == enderecos


def test_o_que_servicos_deixou_ligado_fica_ate_parar(var: Path) -> None:
    servicos.deixar_ligados(var)
    with servicos.em_uso(var):
        pass
    assert vivos(var) == (True, True)
    assert servicos.desligar(var) == ["Redis", "PostgreSQL"]
    assert servicos.desligar(var) == []
    assert vivos(var) == (False, False)


def test_o_ultimo_a_sair_desliga(var: Path) -> None:
    """Testes rodando ao lado da demonstração não perdem o banco quando ela para."""
    comando = [sys.executable, "-c", OUTRO_PROCESSO, str(ambiente.RAIZ), str(var)]
    with subprocess.Popen(comando, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as outro:
        assert outro.stdin
        assert outro.stdout
        while "pronto" not in outro.stdout.readline():
            assert outro.poll() is None
        with servicos.em_uso(var):
            pass
        assert vivos(var) == (True, True), "o outro ainda usa"
        outro.stdin.close()
        outro.wait(60)
    assert vivos(var) == (False, False)


def test_enderecos_de_fora_vencem_e_nada_privado_liga(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://alguem@banco.exemplo/x")
    monkeypatch.setenv("REDIS_URL", "redis://fila.exemplo/0")
    with servicos.em_uso(var) as enderecos:
        assert enderecos == {
            "DATABASE_URL": "postgres://alguem@banco.exemplo/x",
            "REDIS_URL": "redis://fila.exemplo/0",
        }
    assert not list(var.glob("pg*"))
    assert not (var / "redis").exists()


def test_arquivo_de_enderecos_estragado_nao_derruba_nada(var: Path) -> None:
    (var / "servicos.json").write_text('{"DATABASE_URL": ')
    assert ambiente.enderecos(var) == {}
    ambiente.anotar_enderecos(var, REDIS_URL="redis://x")
    assert json.loads((var / "servicos.json").read_text()) == {"REDIS_URL": "redis://x"}
