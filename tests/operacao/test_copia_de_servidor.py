"""De um servidor a outro: a demonstração inteira copiada, restaurada num PostgreSQL novo e posta à prova."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from carteira.local import postgres, servicos
from carteira.local.ambiente import RAIZ
from carteira.operacao.copia import ler_manifesto
from tests.local.conftest import _limpar

pytestmark = pytest.mark.resistencia
CLIENTES = "M"


def manage(var: Path, url: str, *argumentos: str) -> str:
    ambiente = {**os.environ, "AMBIENTE": "desenvolvimento", "VAR_DIR": str(var), "DATABASE_URL": url}
    feito = subprocess.run(
        [sys.executable, "manage.py", *argumentos],
        cwd=RAIZ,
        env=ambiente,
        capture_output=True,
        text=True,
        check=False,
    )
    assert feito.returncode == 0, feito.stdout + feito.stderr
    return feito.stdout


@pytest.fixture
def duas_maquinas(tmp_path: Path) -> Iterator[list[tuple[Path, str]]]:
    """Dois servidores privados, cada um com a sua pasta."""
    maquinas, raizes = [], []
    for _ in range(2):
        raiz = Path(tempfile.mkdtemp(prefix="carteira-teste-", dir="/tmp"))
        raiz.chmod(0o755)
        servicos.preparar_pastas(raiz / "var")
        servidor = postgres.servidor(raiz / "var")
        servidor.ligar()
        maquinas.append((raiz / "var", servidor.url))
        raizes.append((raiz, servidor))
    yield maquinas
    for raiz, servidor in raizes:
        servidor.parar()
        _limpar(raiz / "var", raiz)


def test_a_demonstracao_restaurada_num_servidor_vazio_e_a_mesma(
    duas_maquinas: list[tuple[Path, str]], tmp_path: Path
) -> None:
    (var, url), (outra_var, outra_url) = duas_maquinas
    manage(var, url, "migrate", "--noinput", "--skip-checks")
    manage(var, url, "criar_demo", "--tamanho", CLIENTES)
    manage(var, url, "copiar", str(tmp_path))
    (pasta,) = tmp_path.glob("carteira-*")
    dito = manage(outra_var, outra_url, "restaurar", str(pasta))
    assert "Restaurado e conferido" in dito
    assert "dizem o mesmo" in manage(outra_var, outra_url, "conferir", "--amostra", "300")
    # e da restaurada se tira outra cópia, com as mesmas contagens e somas
    manage(outra_var, outra_url, "copiar", str(tmp_path / "outra"))
    (segunda,) = (tmp_path / "outra").glob("carteira-*")
    assert ler_manifesto(segunda)["tabelas"] == ler_manifesto(pasta)["tabelas"]
