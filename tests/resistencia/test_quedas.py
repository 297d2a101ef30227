"""kill -9 de web, worker, beats, fila e banco em pontos ao acaso de importação, recálculo, avisos e exportação.

No fim o banco e a conta na unha dizem o mesmo, cada arquivo entrou inteiro ou não entrou, nenhum e-mail saiu duas
vezes, e nada está preso. `SOAK_SEGUNDOS` muda a duração, `SOAK_SEMENTE` o acaso.
"""

import os
import random
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from tests.correio import Correio
from tests.processos import ate
from tests.resistencia.casa import PRAZO, Casa, matar_grupo

pytestmark = [pytest.mark.resistencia, pytest.mark.timeout(3600)]
SEGUNDOS = int(os.environ.get("SOAK_SEGUNDOS", "120"))
SEMENTE = int(os.environ.get("SOAK_SEMENTE", "9"))
PEDIDOS_POR_ARQUIVO = 3000
ALVOS = ("web", "worker", "beat", "beat de sobra", "redis", "postgres", "o comando", "o comando", "postgres")


class Trabalhos:
    """O que a casa faz enquanto cai: cada um devolve o processo, e o que dele se espera fica anotado."""

    def __init__(self, casa: Casa, acaso: random.Random) -> None:
        self.casa, self.acaso, self.arquivos = casa, acaso, 0
        self.codigos = [c for (c,) in casa.consultar("SELECT codigo FROM clientes_cliente ORDER BY codigo")]
        self.importados: dict[str, subprocess.Popen[bytes]] = {}
        self.exportados: list[tuple[Path, subprocess.Popen[bytes]]] = []

    def importar(self) -> subprocess.Popen[bytes]:
        self.arquivos += 1
        prefixo = f"Q{self.arquivos}-"
        caminho = self.casa.var / f"{prefixo}pedidos.csv"
        dia = timezone.localdate() - timedelta(days=3)
        linhas = (
            f"{prefixo}{n};{self.acaso.choice(self.codigos)};{dia:%d/%m/%Y};{n % 900 + 1},25;faturado\n"
            for n in range(PEDIDOS_POR_ARQUIVO)
        )
        caminho.write_text("numero;cliente_codigo;data;valor;situacao\n" + "".join(linhas))
        processo = self.casa.manage("importar", "pedidos", str(caminho))
        self.importados[prefixo] = processo
        return processo

    def recalcular(self) -> subprocess.Popen[bytes]:
        return self.casa.manage("recalcular", "--completo")

    def noite(self) -> subprocess.Popen[bytes]:
        return self.casa.manage("rotina_noturna", "--data", timezone.localdate().isoformat())

    def enviar(self) -> subprocess.Popen[bytes]:
        return self.casa.manage("enviar_mensagens")

    def exportar(self) -> subprocess.Popen[bytes]:
        destino = self.casa.var / f"saida-{len(self.exportados)}.csv"
        processo = self.casa.manage("exportar", "pedidos", str(destino))
        self.exportados.append((destino, processo))
        return processo


def test_quedas_ao_acaso(casa: Casa, correio: Correio) -> None:
    acaso = random.Random(SEMENTE)
    trabalhos = Trabalhos(casa, acaso)
    casa.ligar("web", "worker", "beat", "beat de sobra")
    escolhas: list[Callable[[], subprocess.Popen[bytes]]] = [
        trabalhos.importar,
        trabalhos.importar,
        trabalhos.recalcular,
        trabalhos.noite,
        trabalhos.enviar,
        trabalhos.exportar,
    ]
    golpes, fim = dict.fromkeys(ALVOS, 0), time.monotonic() + SEGUNDOS
    while time.monotonic() < fim or min(golpes.values()) == 0:
        em_curso = [acaso.choice(escolhas)() for _ in range(2)]
        time.sleep(acaso.uniform(0.5, 6))
        alvo = min(golpes, key=lambda nome: (golpes[nome], acaso.random()))
        golpes[alvo] += 1
        if alvo == "o comando":
            matar_grupo(acaso.choice(em_curso))
        else:
            casa.matar(alvo)
            time.sleep(acaso.uniform(0, 1.5))
            casa.religar(alvo)
        for processo in em_curso:
            processo.wait(PRAZO)
    _assentar(casa)
    _cada_arquivo_inteiro_ou_nada(casa, trabalhos)
    ids = correio.caixa.ids
    assert len(ids) == len(set(ids))
    enviadas = {
        m for (m,) in casa.consultar("SELECT message_id FROM notificacoes_mensagem WHERE estado = 'enviada'")
    }
    assert enviadas <= set(ids)
    assert set(ids) <= {m for (m,) in casa.consultar("SELECT message_id FROM notificacoes_mensagem")}
    casa.conferir()
    assert _abre(casa)


def _assentar(casa: Casa) -> None:
    """A tempestade passa: sem ninguém mexer, tudo o que estava por fazer tem desfecho."""
    casa.encerrar()
    hoje = timezone.localdate().isoformat()
    if casa.um("SELECT count(*) FROM atividade_execucao WHERE rotina = 'noturna' AND estado = 'falhou'"):
        # morta três vezes no mesmo passo, ela desiste à vista; uma pessoa manda rodar de novo
        codigo = (
            "import django; django.setup()\nfrom datetime import date\nfrom carteira.rotinas import pedir_rodada\n"
            "from contas.models import Usuario\n"
            "por = Usuario.objects.filter(papel='admin').first()\n"
            f"assert pedir_rodada(data=date.fromisoformat('{hoje}'), por=por)"
        )
        assert casa.abrir(sys.executable, "-c", codigo).wait(PRAZO) == 0
    assert casa.feito("rotina_noturna", "--data", hoje) == 0, casa.registros("rotina_noturna")
    assert casa.feito("recalcular") == 0, casa.registros("recalcular")
    casa.ligar("web", "worker", "beat")
    presas = "SELECT count(*) FROM atividade_execucao WHERE estado IN ('pendente', 'rodando')"
    ate(lambda: casa.um(presas) == 0, PRAZO, casa.registros)


def _cada_arquivo_inteiro_ou_nada(casa: Casa, trabalhos: Trabalhos) -> None:
    assert trabalhos.importados
    for prefixo, processo in trabalhos.importados.items():
        entraram = casa.um("SELECT count(*) FROM clientes_pedido WHERE starts_with(numero, %s)", prefixo)
        assert entraram in (
            {PEDIDOS_POR_ARQUIVO} if processo.returncode == 0 else {0, PEDIDOS_POR_ARQUIVO}
        ), prefixo
        # quem morreu entra de novo sem dobrar nada
        assert casa.feito("importar", "pedidos", str(casa.var / f"{prefixo}pedidos.csv")) == 0, (
            casa.registros("importar")
        )
        depois = casa.um("SELECT count(*) FROM clientes_pedido WHERE starts_with(numero, %s)", prefixo)
        assert depois == PEDIDOS_POR_ARQUIVO
    for destino, processo in trabalhos.exportados:
        _exportado_inteiro_ou_nada(casa, destino, processo)
    assert casa.feito("recalcular") == 0, casa.registros("recalcular")


def _exportado_inteiro_ou_nada(casa: Casa, destino: Path, processo: subprocess.Popen[bytes]) -> None:
    """Quem morreu logo depois do nome deixou o arquivo: inteiro, e com a sua linha na auditoria."""
    assert destino.exists() or processo.returncode != 0, destino.name
    if destino.exists():
        linhas = "SELECT depois ->> 'linhas' FROM contas_registrodeauditoria WHERE objeto = %s"
        escritas = len(destino.read_text("utf-8-sig").splitlines()) - 1
        assert int(casa.um(linhas, f"pedidos: {destino.name}")) == escritas, destino.name


def _abre(casa: Casa) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{casa.porta}/entrar/", timeout=60) as resposta:
            return resposta.status == 200
    except urllib.error.HTTPError:
        return False
