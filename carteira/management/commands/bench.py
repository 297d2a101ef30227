"""`manage.py bench`: mede o que tem de ser rápido, cada coisa ao lado do seu chão."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from carteira.medicoes import avisos, composicao, lista, lote, paginas, tabela

MEDICOES = {"avisos": avisos, "composicao": composicao, "lista": lista, "lote": lote, "paginas": paginas}


class Command(BaseCommand):
    help = (
        "Sem medição, a tabela inteira, num banco que faz e apaga. As medições à parte correm sobre a "
        "demonstração (`criar_demo --tamanho G`) e nada do que fazem fica gravado; `lote` faz e apaga o seu banco."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        tabela.argumentos(parser)
        medicoes = parser.add_subparsers(dest="medicao", metavar="MEDIÇÃO")
        for nome, modulo in MEDICOES.items():
            resumo = (modulo.__doc__ or "").splitlines()[0]
            modulo.argumentos(medicoes.add_parser(nome, help=resumo))

    def handle(self, *args: Any, **opcoes: Any) -> None:
        medicao = opcoes["medicao"]
        (MEDICOES[medicao] if medicao else tabela).executar(opcoes, self.stdout.write)
