"""`manage.py exportar {clientes,pedidos,…} ARQ.csv`: CSV com `;` e BOM, escrito em fluxo."""

import csv
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from atividade.management.commands.recalcular import USO_ERRADO, empresas_de_codigo
from clientes.importacao.recusa import motivo_do_sistema
from relatorios.exportacoes import EXPORTACOES


class Command(BaseCommand):
    help = "Escreve de volta o que o Carteira entendeu, em CSV (UTF-8 com BOM, separador ponto e vírgula)."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "o_que", choices=sorted(EXPORTACOES), metavar="{" + ",".join(sorted(EXPORTACOES)) + "}"
        )
        parser.add_argument("arquivo", type=Path)
        parser.add_argument("--empresa", help="código da empresa (padrão: todas)")

    def handle(self, *args: Any, **opcoes: Any) -> None:
        empresas = empresas_de_codigo(opcoes["empresa"])
        destino: Path = opcoes["arquivo"]
        try:
            with destino.open("w", encoding="utf-8-sig", newline="") as arquivo:
                escritor = csv.writer(arquivo, delimiter=";")
                quantas = (
                    sum(1 for linha in EXPORTACOES[opcoes["o_que"]](empresas) if escritor.writerow(linha)) - 1
                )
        except OSError as erro:
            raise CommandError(
                f"Não foi possível escrever {destino}: {motivo_do_sistema(erro)}.", returncode=USO_ERRADO
            ) from erro
        self.stdout.write(f"{quantas} linhas em {destino}")
