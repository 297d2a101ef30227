"""Lotes de pedidos pela API: quantos por segundo entram na web de verdade, de programas que mandam ao mesmo tempo.

Num banco que faz e apaga. Cada programa manda à sua empresa (na mesma, uma importação espera pela outra), e o relógio
corre do primeiro envio à última resposta: novos, os mesmos outra vez, e todos mudados.
"""

import http.client
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from carteira.local.comandos import web
from carteira.medicoes import milhao
from carteira.medicoes.custo import cpu_do_servidor
from carteira.medicoes.programa_que_manda import POR_LOTE, PRAZO, programa
from clientes.models import Pedido
from contas.models import Empresa, Papel, Usuario, Vinculo
from contas.tokens import criar_token

BANCO = "carteira_bench_lote"
META = 10_000  # pedidos por segundo em dois núcleos
_TIQUES = os.sysconf("SC_CLK_TCK")
Dizer = Callable[[str], Any]


def argumentos(parser: ArgumentParser) -> None:
    parser.add_argument("--lotes", type=int, default=10, help="por programa e por fase")
    parser.add_argument("--clientes", type=int, default=20_000, help="por empresa")
    parser.add_argument("--programas", type=int, default=2)


def executar(opcoes: dict[str, Any], dizer: Dizer) -> None:
    lotes, programas = opcoes["lotes"], opcoes["programas"]
    milhao.apagar(BANCO)
    try:
        with milhao.no_banco(BANCO), tempfile.TemporaryDirectory() as pasta:
            call_command("migrate", verbosity=0, interactive=False)
            tokens = [_empresa(n, opcoes["clientes"]) for n in range(programas)]
            with _web_no_ar(Path(pasta)) as (porta, principal):
                for fase, valor in (("novos", 100.5), ("iguais", 100.5), ("mudados", 200.5)):
                    mandados = _Fase(tokens, porta, lotes, opcoes["clientes"], valor)
                    dizer(_medir(fase, mandados, principal))
            _conferir(lotes * programas * POR_LOTE, valor=200.5)
            dizer(
                f"Conferido: todos os {lotes * programas} lotes estão no banco, com os valores do último envio."
            )
    finally:
        milhao.apagar(BANCO)


def _empresa(n: int, clientes: int) -> str:
    """A empresa de um programa, com os clientes dela, e o token de quem manda."""
    empresa = Empresa.objects.create(codigo=f"L{n}", nome=f"Lote {n}")
    pessoa = Usuario.objects.create_user(f"lote{n}@exemplo.test", nome=f"Lote {n}", papel=Papel.ADMIN)
    Vinculo.objects.create(usuario=pessoa, empresa=empresa)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO clientes_cliente (empresa_id, codigo, razao_social, nome_fantasia, documento,
                      documento_valido, cidade, uf, porte, perfil, categoria, telefone, email, bloqueado, nao_contatar,
                      encerrado_motivo, fora_do_perfil, adiado_motivo, observacao, erp, criado_em, atualizado_em)
               SELECT %s, 'C' || n, 'Cliente ' || n, '', '', false, '', '', '', '', 'cliente', '', '', false, '{}',
                      '', false, '', '', '{}', now(), now() FROM generate_series(0, %s) n""",
            [empresa.pk, clientes - 1],
        )
    _, segredo = criar_token(pessoa=pessoa, nome="Medição", escopos=["lote"], dias=1)
    return str(segredo)


# ── A web ────────────────────────────────────────────────────────────────────


@contextmanager
def _web_no_ar(pasta: Path) -> Iterator[tuple[int, int]]:
    """O gunicorn de sempre (dois processos), no banco da medição; (porta, o processo principal)."""
    with socket.socket() as livre:
        livre.bind(("127.0.0.1", 0))
        porta = livre.getsockname()[1]
    ambiente = {
        **os.environ,
        "DATABASE_URL": urlunsplit(urlsplit(settings.DATABASE_URL)._replace(path=f"/{BANCO}")),
        "REDIS_URL": settings.REDIS_URL,
        "VAR_DIR": str(pasta),
        "API_LOTE_POR_MINUTO": "1000000",
    }
    with (pasta / "web.log").open("wb") as registro:
        processo = subprocess.Popen(  # o comando é o da casa
            web(sys.executable, f"127.0.0.1:{porta}"),
            cwd=settings.BASE_DIR, env=ambiente, stdout=registro, stderr=registro,
        )  # fmt: skip
    try:
        _esperar(porta, processo, pasta / "web.log")
        yield porta, processo.pid
    finally:
        processo.send_signal(signal.SIGTERM)
        processo.wait(30)


def _esperar(porta: int, processo: "subprocess.Popen[bytes]", registro: Path) -> None:
    fim = time.monotonic() + PRAZO
    while time.monotonic() < fim and processo.poll() is None:
        try:
            ligacao = http.client.HTTPConnection("127.0.0.1", porta, timeout=5)
            ligacao.request("GET", "/saude/viva/")
            if ligacao.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"a web não subiu:\n{registro.read_text()[-2000:]}")


def _cpu_da_web(principal: int) -> float:
    pids = [principal, *_filhos(principal)]
    return sum(_tiques(pid) for pid in pids) / _TIQUES


def _filhos(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _tiques(pid: int) -> int:
    campos = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(campos[11]) + int(campos[12])


# ── Quem manda ───────────────────────────────────────────────────────────────


class _Fase:
    """Os programas de uma fase: os corpos prontos antes de o relógio correr."""

    def __init__(self, tokens: list[str], porta: int, lotes: int, clientes: int, valor: float) -> None:
        contexto = multiprocessing.get_context("spawn")  # nenhum herda a conexão ao banco
        self.linhas = len(tokens) * lotes * POR_LOTE
        self.largada = contexto.Barrier(len(tokens) + 1)
        self.fila = contexto.Queue()
        self.programas = [
            contexto.Process(
                target=programa,
                args=(self.largada, self.fila, porta, token, lotes, clientes, valor),
            )
            for token in tokens
        ]

    def correr(self) -> tuple[float, float]:
        """(parede, CPU de quem manda)."""
        for cada in self.programas:
            cada.start()
        self.largada.wait(PRAZO)
        inicio = time.perf_counter()
        ditos = [self.fila.get(timeout=600) for _ in self.programas]
        parede = time.perf_counter() - inicio
        for cada in self.programas:
            cada.join()
        if erros := [dito for dito in ditos if isinstance(dito, str)]:
            raise RuntimeError(erros[0])
        return parede, sum(ditos)


# ── A conta ──────────────────────────────────────────────────────────────────


def _medir(nome: str, fase: _Fase, principal: int) -> str:
    da_web, do_banco = _cpu_da_web(principal), cpu_do_servidor() or 0.0
    parede, dos_programas = fase.correr()
    da_web, do_banco = _cpu_da_web(principal) - da_web, (cpu_do_servidor() or 0.0) - do_banco
    lotes = fase.linhas / POR_LOTE
    partes = (("web", da_web), ("banco", do_banco), ("quem manda", dos_programas))
    por_lote = ", ".join(f"{quem} {cpu / lotes:.2f}" for quem, cpu in partes)
    vazao = f"{fase.linhas / parede:,.0f}".replace(",", ".")
    meta = "" if nome != "novos" else f" (meta {META:,})".replace(",", ".")
    return f"{nome:8} {vazao:>7} pedidos/s{meta}; segundos de CPU por lote de 10.000: {por_lote}"


def _conferir(pedidos: int, *, valor: float) -> None:
    """A vazão só vale se tudo o que se mandou está no banco, e como se mandou por último."""
    achados = Pedido.objects.count(), Pedido.objects.filter(valor=valor).count()
    if achados != (pedidos, pedidos):
        raise RuntimeError(f"esperavam-se {pedidos} pedidos de {valor}, e há {achados}")
