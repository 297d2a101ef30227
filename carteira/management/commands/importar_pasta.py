"""`manage.py importar_pasta`: uma passada pela pasta vigiada, como a que se faz sozinha a cada minuto."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from carteira.pasta import RECUSADOS, olhar


class Command(BaseCommand):
    help = "Importa o que o ERP deixou em PASTA_DE_ENTRADA. Sai com 1 se algum arquivo foi recusado."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--ja", action="store_true", help="não espera o arquivo ficar parado: quem chama sabe que acabou"
        )

    def handle(self, *args: Any, **opcoes: Any) -> None:
        if not settings.PASTA_DE_ENTRADA:
            raise CommandError("Diga a pasta na variável PASTA_DE_ENTRADA.", returncode=2)
        lidos = olhar(hoje=timezone.localdate(), esperar=not opcoes["ja"])
        for lido in lidos:
            self.stdout.write(f"{lido.empresa}/{lido.nome} → {lido.destino}: {lido.mensagem}")
        if not lidos:
            self.stdout.write("Nenhum arquivo pronto na pasta.")
        if any(lido.destino == RECUSADOS for lido in lidos):
            raise CommandError("Houve arquivos recusados: veja os relatórios ao lado deles.", returncode=1)
