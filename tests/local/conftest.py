"""Pastas e serviços de verdade, ligados e desligados por cada história."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from carteira.local import servicos


@pytest.fixture(autouse=True)
def _ambiente_limpo(monkeypatch: pytest.MonkeyPatch) -> None:
    """As histórias daqui cuidam dos próprios serviços: nada do ambiente da suíte vale."""
    for nome in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "PG_BIN", "VAR_DIR", "AMBIENTE", "CHROMIUM"):
        monkeypatch.delenv(nome, raising=False)


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
