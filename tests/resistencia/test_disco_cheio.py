"""Disco cheio: o que não coube se desfaz inteiro e diz isso; liberado o espaço, tudo volta sem conserto à mão."""

import os
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from tests.correio import Correio
from tests.local.conftest import _copiar_estrutura
from tests.processos import ate
from tests.resistencia.casa import PRAZO, Casa

pytestmark = [pytest.mark.resistencia, pytest.mark.timeout(3600)]
TAMANHO = "420m"


@pytest.fixture
def disco(tmp_path: Path) -> Iterator[Path]:
    """Um disco pequeno de verdade; só quem é root o monta."""
    ponto = tmp_path / "disco"
    ponto.mkdir()
    montado = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={TAMANHO},mode=0755", "tmpfs", str(ponto)],
        check=False,
        capture_output=True,
    )
    if montado.returncode:
        pytest.skip("montar um disco pequeno pede root")
    for pasta in (tmp_path, *tmp_path.parents):
        if pasta.is_relative_to("/tmp") and pasta != Path("/tmp"):
            pasta.chmod(0o755)
    yield ponto
    subprocess.run(["umount", "-l", str(ponto)], check=False)


@pytest.fixture
def casa_pequena(
    disco: Path, django_db_setup: None, django_db_blocker: object, correio: Correio
) -> Iterator[Casa]:
    from carteira.local import servicos

    var = disco / "var"
    servicos.preparar_pastas(var)
    aberta = Casa(var, correio)
    try:
        with django_db_blocker.unblock():  # type: ignore[attr-defined]
            _copiar_estrutura(aberta.banco)
        assert aberta.feito("criar_demo", "--tamanho", "P") == 0, aberta.registros("criar_demo")
        yield aberta
    finally:
        (disco / "lastro").unlink(missing_ok=True)
        aberta.desligar()


def encher(disco: Path, deixar: int) -> None:
    livre = shutil.disk_usage(disco).free
    with (disco / "lastro").open("wb") as lastro:
        os.posix_fallocate(lastro.fileno(), 0, max(livre - deixar, 1))


def pedidos(pasta: Path, codigo: str, quantos: int) -> Path:
    caminho, dia = pasta / "pedidos.csv", timezone.localdate() - timedelta(days=3)
    linhas = (f"D{n};{codigo};{dia:%d/%m/%Y};{n % 900 + 1},25;faturado\n" for n in range(quantos))
    caminho.write_text("numero;cliente_codigo;data;valor;situacao\n" + "".join(linhas))
    return caminho


def test_banco_sem_espaco_no_meio_da_importacao(casa_pequena: Casa, disco: Path, tmp_path: Path) -> None:
    casa = casa_pequena
    codigo = casa.um("SELECT codigo FROM clientes_cliente ORDER BY codigo LIMIT 1")
    arquivo = pedidos(tmp_path, codigo, 60_000)
    antes = casa.um("SELECT count(*) FROM clientes_pedido")
    encher(disco, 3 << 20)
    assert casa.feito("importar", "pedidos", str(arquivo)) != 0, casa.registros("importar")
    assert "No space left" in casa.registros("importar") + casa.banco.diario.read_text(errors="replace")
    (disco / "lastro").unlink()
    if not casa.banco.pid():  # o diário do banco não cabia: ele parou para não perder nada
        casa.banco.ligar()
    ate(lambda: casa.um("SELECT 1") == 1, 120)
    assert casa.um("SELECT count(*) FROM clientes_pedido") == antes
    assert casa.feito("importar", "pedidos", str(arquivo)) == 0, casa.registros("importar")
    assert casa.um("SELECT count(*) FROM clientes_pedido") == antes + 60_000
    assert casa.feito("recalcular") == 0, casa.registros("recalcular")
    casa.conferir()


def test_exportacao_que_nao_cabe_nao_deixa_arquivo_com_o_nome(casa: Casa, tmp_path: Path) -> None:
    """O limite do processo faz de disco cheio: vale em qualquer máquina, sem ser root."""
    destino, pequeno = tmp_path / "pedidos.csv", 64 << 10

    def apertar() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (pequeno, pequeno))

    feito = subprocess.run(
        [sys.executable, "manage.py", "exportar", "pedidos", str(destino)],
        env=casa.ambiente, preexec_fn=apertar, capture_output=True, text=True, timeout=PRAZO, check=False,
    )  # fmt: skip
    assert feito.returncode == 2, feito.stderr
    assert "Não foi possível escrever" in feito.stderr
    assert not list(tmp_path.glob("pedidos.csv*"))
    assert casa.feito("exportar", "pedidos", str(destino)) == 0
    assert destino.stat().st_size > pequeno
    casa.conferir()
