"""`manage.py repartir_tabelas --por 16`: as tabelas grandes em partes por cliente, e `--juntar` para voltar."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from atividade import reparticao


class Command(BaseCommand):
    help = (
        "Reparte por cliente as tabelas de indicadores e de mudanças de status. Cada uma fica fechada enquanto é "
        "copiada, e precisa de espaço para as duas cópias: pare os web e os workers antes."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        modo = parser.add_mutually_exclusive_group(required=True)
        modo.add_argument("--por", type=int, metavar="N", help="em quantas partes")
        modo.add_argument("--juntar", action="store_true", help="volta a uma tabela só")

    def handle(self, *args: Any, **opcoes: Any) -> None:
        for tabela in reparticao.TABELAS:
            if opcoes["juntar"]:
                if reparticao.repartida(tabela):
                    reparticao.juntar(tabela)
                self.stdout.write(f"{tabela}: inteira")
                continue
            try:
                reparticao.repartir(tabela, opcoes["por"])
            except ValueError as erro:
                raise CommandError(f"{erro}: --por N.", returncode=2) from erro
            self.stdout.write(f"{tabela}: em {opcoes['por']} partes")
