"""`manage.py exportar {clientes,pedidos,…} ARQ.csv`: CSV com `;` e BOM, escrito em fluxo.

O nome pedido só existe com o arquivo inteiro: quem morre no meio, ou enche o disco, não deixa meia carteira com cara
de inteira.
"""

import csv
from argparse import ArgumentParser
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from atividade.management.commands.recalcular import USO_ERRADO, empresas_de_codigo, ler_data
from clientes.importacao.recusa import motivo_do_sistema
from contas.auditoria import registrar
from contas.models import Empresa
from relatorios.exportacoes import EXPORTACOES, EXPORTACOES_NA_DATA, Linhas

O_QUE = {*EXPORTACOES, *EXPORTACOES_NA_DATA}


class Command(BaseCommand):
    help = "Escreve de volta o que o Carteira entendeu, em CSV (UTF-8 com BOM, separador ponto e vírgula)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("o_que", choices=sorted(O_QUE), metavar="{" + ",".join(sorted(O_QUE)) + "}")
        parser.add_argument("arquivo", type=Path)
        parser.add_argument("--empresa", help="código da empresa (padrão: todas)")
        parser.add_argument(
            "--data",
            metavar="AAAA-MM-DD",
            help="só para prioridade: a carteira como se via nesse dia (padrão: hoje)",
        )

    def handle(self, *args: Any, **opcoes: Any) -> None:
        empresas = empresas_de_codigo(opcoes["empresa"])
        linhas = _linhas(opcoes["o_que"], empresas, opcoes["data"])
        destino: Path = opcoes["arquivo"]
        parcial = destino.with_name(f"{destino.name}.parcial")
        try:
            with parcial.open("w", encoding="utf-8-sig", newline="") as arquivo:
                escritor = csv.writer(arquivo, delimiter=";")
                quantas = sum(1 for linha in linhas if escritor.writerow(linha)) - 1
            # Antes do nome: quem morre entre os dois deixa uma linha sem arquivo, nunca um arquivo sem linha.
            depois = {"linhas": quantas, "empresas": [empresa.codigo for empresa in empresas]}
            objeto = f"{opcoes['o_que']}: {destino.name}"
            registrar("exportar pelo comando", por=None, objeto=objeto, depois=depois)
            parcial.replace(destino)
        except OSError as erro:
            raise CommandError(
                f"Não foi possível escrever {destino}: {motivo_do_sistema(erro)}.", returncode=USO_ERRADO
            ) from erro
        finally:
            with suppress(OSError):
                parcial.unlink()
        self.stdout.write(f"{quantas} linhas em {destino}")


def _linhas(o_que: str, empresas: list[Empresa], data: str | None) -> Linhas:
    if o_que in EXPORTACOES_NA_DATA:
        hoje = timezone.localdate()
        return EXPORTACOES_NA_DATA[o_que](empresas, ler_data(data, hoje) or hoje, hoje)
    if data:
        raise CommandError(f"--data não vale para {o_que}.", returncode=USO_ERRADO)
    return EXPORTACOES[o_que](empresas)
