"""Pastas e serviços de verdade, ligados e desligados por cada história."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from carteira.local import postgres, servicos
from carteira.local.usuario import copiar_para
from tests import banco


@pytest.fixture(autouse=True)
def _ambiente_limpo(monkeypatch: pytest.MonkeyPatch) -> None:
    """As histórias daqui cuidam dos próprios serviços: nada do ambiente da suíte vale."""
    for nome in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "PG_BIN", "VAR_DIR", "AMBIENTE", "CHROMIUM"):
        monkeypatch.delenv(nome, raising=False)


@pytest.fixture(scope="session")
def _iniciados(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("iniciados")


@pytest.fixture(autouse=True)
def _um_initdb_so(_iniciados: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """O initdb corre uma vez por versão e serve de molde; quem acha um interrompido refaz o seu de verdade."""
    iniciar = postgres.Servidor.criar

    def _criar(servidor: postgres.Servidor) -> None:
        molde = _iniciados / servidor.dados.name
        interrompido = servidor.dados.with_name(f".{servidor.dados.name}.novo").exists()
        if molde.exists() and not interrompido:
            copiar_para(servidor.dono, molde, servidor.dados)
            return
        iniciar(servidor)
        if not molde.exists():
            shutil.copytree(servidor.dados, molde, symlinks=True)

    monkeypatch.setattr(postgres.Servidor, "criar", _criar)


def _limpar(var: Path, raiz: Path) -> None:
    servicos.desligar(var) if var.is_dir() else []
    for nome in ("lugar.json", "soquete.json"):
        if (var / nome).exists():
            shutil.rmtree(json.loads((var / nome).read_text())["pasta"], ignore_errors=True)
    shutil.rmtree(raiz, ignore_errors=True)


@pytest.fixture
def var() -> Iterator[Path]:
    """Uma `var/` nova num caminho curto que qualquer usuário atravessa."""
    raiz = Path(tempfile.mkdtemp(prefix="carteira-teste-", dir="/tmp"))
    raiz.chmod(0o755)
    var = raiz / "var"
    servicos.preparar_pastas(var)
    yield var
    _limpar(var, raiz)


@pytest.fixture
def var_fechada() -> Iterator[Path]:
    """Uma `var/` dentro de uma pasta 0700: como um clone na casa de quem chamou."""
    raiz = Path(tempfile.mkdtemp(prefix="carteira-teste-", dir="/tmp"))
    var = raiz / "casa" / "var"
    servicos.preparar_pastas(var)
    yield var
    _limpar(var, raiz)


def _copiar_estrutura(servidor: postgres.Servidor) -> None:
    """O modelo da suíte, despejado no banco daquele servidor; quem o liga acha tudo já migrado."""
    with banco.vez() as cursor, subprocess.Popen(
        [servidor.binarios["pg_dump"], "--no-owner", banco.endereco(banco.garantir_modelo(cursor))],
        stdout=subprocess.PIPE,
    ) as despejo:  # fmt: skip
        comando = [servidor.binarios["psql"], "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null"]
        subprocess.run([*comando, servidor.url], stdin=despejo.stdout, check=True)
    assert despejo.returncode == 0


@pytest.fixture
def var_migrada(var: Path, django_db_setup: None, django_db_blocker: Any) -> Path:
    """Uma `var/` cujo banco já tem a estrutura, para as histórias que não são as da primeira partida."""
    servidor = postgres.servidor(var)
    servidor.ligar()
    with django_db_blocker.unblock():
        # Um pg_dump não lê um servidor mais novo que ele: aí o `./rodar` migra, como numa pasta nova.
        if connection.pg_version // 10000 <= servidor.binarios.versao:
            _copiar_estrutura(servidor)
    servidor.parar()
    return var
