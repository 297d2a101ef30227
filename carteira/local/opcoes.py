"""As opções da linha de comando de `./rodar`."""

import argparse
import os
import signal
from pathlib import Path
from typing import NoReturn

from carteira.local import ambiente, demonstracao, processos, servicos, supervisao, testes
from carteira.local.etapas import dizer

COMANDOS = ("testes", "servicos", "parar", "bench", "auditar")
AJUDA = """\
./rodar                    prepara tudo e abre a demonstração no navegador
./rodar --vazio            começa uma empresa de verdade, sem dados de demonstração
./rodar testes [args…]     prepara tudo e roda verificações e testes; args vão ao pytest
./rodar testes --resistencia   só os testes longos (quedas, tempestades, escala)
./rodar servicos           liga só PostgreSQL e Redis privados e volta
./rodar parar              para o que esta cópia tiver ligado
./rodar bench [args…]      medições
./rodar auditar            avisos de segurança das dependências travadas (pede rede)

DATABASE_URL, REDIS_URL e EMAIL_URL no ambiente apontam para serviços de fora.
"""


def _porta(texto: str) -> int:
    numero = int(texto) if texto.isascii() and texto.isdigit() else 0
    if not 1 <= numero <= 65535:
        raise argparse.ArgumentTypeError(f"{texto!r} não é uma porta (1 a 65535)")
    return numero


class Leitor(argparse.ArgumentParser):
    """O argparse, que fala inglês, dito em português."""

    def error(self, message: str) -> NoReturn:
        motivo = message.removeprefix("argument ").replace("expected one argument", "falta o valor")
        self.exit(2, f"./rodar: {motivo}. Veja ./rodar --help\n")


def analisar(argv: list[str]) -> tuple[str, argparse.Namespace, list[str]]:
    """Comando, opções e o resto; só `testes` e `bench` aceitam resto."""
    comando, resto = (argv[0], argv[1:]) if argv and argv[0] in COMANDOS else ("demonstracao", argv)
    leitor = Leitor(prog="./rodar", usage=AJUDA, add_help=False, allow_abbrev=False)
    opcoes = leitor.add_argument_group("opções")
    opcoes.add_argument("-h", "--help", action="help", help="mostra esta ajuda")
    if comando == "demonstracao":
        opcoes.add_argument("--vazio", action="store_true", help="sem dados de demonstração")
        opcoes.add_argument(
            "--porta", type=_porta, metavar="N", help="a porta da web (a primeira livre desde 8000)"
        )
    if comando == "testes":
        opcoes.add_argument("--resistencia", action="store_true", help="só os testes longos")
    lidas, sobra = leitor.parse_known_args(resto)
    if sobra and comando not in {"testes", "bench"}:
        leitor.error(f"não conheço {' '.join(sobra)}")
    return comando, lidas, sobra


def despachar(argv: list[str], desde: float) -> int:
    comando, opcoes, resto = analisar(argv)
    os.chdir(ambiente.RAIZ)
    var = ambiente.pasta_var()
    if comando == "demonstracao":
        demonstracao.executar(var, vazio=opcoes.vazio, porta=opcoes.porta, desde=desde)
    elif comando == "servicos":
        testes.servicos_apenas(var)
    elif comando == "parar":
        parar(var)
    elif comando == "testes":
        return testes.executar(var, resto, resistencia=opcoes.resistencia)
    elif comando == "auditar":
        return testes.auditar(var)
    else:
        return testes.bench(var, resto)
    return 0


def parar(var: Path) -> None:
    """Pede a um `./rodar` vivo que pare, ou recolhe o que um morto deixou, e desliga os serviços."""
    parados: list[str] = []
    if pid := demonstracao.rodando(var):
        os.kill(pid, signal.SIGTERM)
        processos.esperar(lambda: not demonstracao.rodando(var), 40)
        parados = ["./rodar"]
    elif var.is_dir():
        parados = supervisao.recolher_orfaos(var)
    parados += servicos.desligar(var) if var.is_dir() else []
    dizer(f"Parados: {', '.join(parados)}." if parados else "Nada ligado nesta cópia.")
