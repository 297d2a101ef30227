"""Trocar de versão sem que ninguém perceba: o Caddy de produção na frente, e quem pede não repete nada."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from carteira.local.ambiente import RAIZ
from clientes.models import Contato
from contas.models import Usuario
from tests.correio import Correio
from tests.processos import Processos, ate
from tests.webs import Carga, Webs, pedir_a, porta_livre

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.resistencia]
CADDY = Path(sys.executable).with_name("caddy")
CLIENTES, VEZES = 12, 12


@pytest.fixture
def caddy(processos: Processos, tmp_path: Path) -> Iterator[tuple[Webs, int]]:
    """O Caddyfile de produção, com as duas webs por endereço no lugar do nome que o contêiner daria."""
    webs, porta = Webs(processos), porta_livre()
    texto = (RAIZ / "deploy" / "Caddyfile").read_text(encoding="utf-8")
    destinos = " ".join(f"127.0.0.1:{p}" for p in webs.portas)
    texto, trocas = re.subn(r"dynamic a web 8000 \{[^}]*\}", f"to {destinos}", texto)
    assert trocas == 1
    configuracao = tmp_path / "Caddyfile"
    configuracao.write_text("{\n\tadmin off\n}\n" + texto, encoding="utf-8")
    ambiente = {**os.environ, "DOMINIO": f"http://127.0.0.1:{porta}", "HOME": str(tmp_path)}
    with (tmp_path / "caddy.log").open("wb") as registro:
        processo = subprocess.Popen(
            [str(CADDY), "run", "--config", str(configuracao), "--adapter", "caddyfile"],
            env=ambiente, stdout=registro, stderr=registro,
        )  # fmt: skip
    ate(lambda: _responde(porta))
    yield webs, porta
    processo.kill()
    processo.wait()


def _responde(porta: int) -> bool:
    try:
        return pedir_a(porta, "GET", "/entrar/") == 200
    except OSError:
        return False


def test_trocam_se_as_webs_uma_a_uma_e_as_duas_juntas_sem_um_erro(
    ana: Usuario, novo_cliente: Any, correio: Correio, processos: Processos, caddy: tuple[Webs, int]
) -> None:
    webs, porta = caddy
    clientes = [novo_cliente(f"C{n:02}", vendedor=ana).pk for n in range(CLIENTES)]
    pelo_caddy = partial(_pelo_caddy, porta)
    carga = Carga(pelo_caddy, ana, clientes, vezes=VEZES, insiste=False)
    for quais in ((0,), (1,), (0, 1)):
        ja = len(carga.feitos) + len(carga.fora)
        for n in quais:
            webs.vivos[n].send_signal(signal.SIGTERM)
        for n in quais:
            webs.vivos[n].wait()
            webs.vivos[n] = webs.levantar(n)
        ate(lambda ja=ja: len(carga.feitos) + len(carga.fora) >= min(ja + 20, CLIENTES * VEZES))
    carga.terminar()
    assert carga.fora == []
    assert sorted(Contato.objects.values_list("observacao", flat=True)) == sorted(carga.feitos)
    assert len(carga.feitos) == CLIENTES * VEZES


def _pelo_caddy(porta: int, _qual: int, *pedido: str, **cabecalhos: str) -> int:
    return pedir_a(porta, *pedido, **cabecalhos)
