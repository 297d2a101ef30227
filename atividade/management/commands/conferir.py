"""`manage.py conferir`: compara os números do banco com a conta na unha, em clientes sorteados."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from atividade.conferencia import conferir
from atividade.management.commands.recalcular import USO_ERRADO, empresas_de_codigo


class Command(BaseCommand):
    help = "Confere os indicadores contra uma conta em Python, pedido por pedido. Sai com 1 se algo diferir."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--amostra", type=int, default=1000, metavar="N", help="clientes por empresa (padrão: 1000)"
        )
        parser.add_argument("--empresa", help="código da empresa (padrão: todas)")
        parser.add_argument("--semente", type=int, default=0, help="muda o sorteio")

    def handle(self, *args: Any, **opcoes: Any) -> None:
        if opcoes["amostra"] < 1:
            raise CommandError(
                "A amostra precisa de ao menos um cliente: --amostra N.", returncode=USO_ERRADO
            )
        diferencas = 0
        for empresa in empresas_de_codigo(opcoes["empresa"]):
            achadas = conferir(
                empresa=empresa,
                hoje=timezone.localdate(),
                amostra=opcoes["amostra"],
                semente=opcoes["semente"],
            )
            for frase in achadas:
                diferencas += 1
                self.stderr.write(frase)
        if diferencas:
            raise CommandError(f"{diferencas} diferenças.", returncode=1)
        self.stdout.write("Conferido: o banco e a conta na unha dizem o mesmo.")
