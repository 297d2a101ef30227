"""`manage.py bench`: mede o que tem de ser rápido, cada coisa ao lado do seu chão."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from carteira.medicoes import avisos, lista

MEDICOES = {"avisos": avisos, "lista": lista}


class Command(BaseCommand):
    help = "Mede sobre a demonstração (`criar_demo --tamanho G`); nada do que faz fica gravado."

    def add_arguments(self, parser: CommandParser) -> None:
        medicoes = parser.add_subparsers(dest="medicao", required=True, metavar="MEDIÇÃO")
        for nome, modulo in MEDICOES.items():
            resumo = (modulo.__doc__ or "").splitlines()[0]
            modulo.argumentos(medicoes.add_parser(nome, help=resumo))

    def handle(self, *args: Any, **opcoes: Any) -> None:
        MEDICOES[opcoes["medicao"]].executar(opcoes, self.stdout.write)
