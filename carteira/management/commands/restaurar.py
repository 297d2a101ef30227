"""`manage.py restaurar ORIGEM`: o banco e os arquivos de uma cópia, conferidos tabela por tabela."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from carteira.formatos import numero, plural
from carteira.operacao.copia import CopiaFalhou
from carteira.operacao.restauracao import restaurar, verificar


class Command(BaseCommand):
    help = (
        "Põe uma cópia no banco de DATABASE_URL e os arquivos no lugar, e compara tudo com o manifesto. "
        "Pare antes a web, o worker e o beat."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("origem", type=Path, help="a pasta da cópia (carteira-AAAAMMDD-HHMMSS)")
        parser.add_argument(
            "--por-cima", action="store_true", help="o banco tem dados, e é para trocá-los pelos da cópia"
        )
        parser.add_argument("--so-verificar", action="store_true", help="só diz se a cópia está inteira")

    def handle(self, *args: Any, **opcoes: Any) -> None:
        try:
            if opcoes["so_verificar"]:
                manifesto = verificar(opcoes["origem"])
                self.stdout.write(
                    f"A cópia de {manifesto['em']} (Carteira {manifesto['carteira']}) está inteira."
                )
                return
            feita = restaurar(opcoes["origem"], por_cima=opcoes["por_cima"], dizer=self.stdout.write)
        except (CopiaFalhou, OSError) as erro:
            raise CommandError(f"Nada foi restaurado: {erro}", returncode=1) from erro
        self.stdout.write(
            f"Restaurado e conferido: {numero(feita.tabelas)} tabelas, {numero(feita.linhas)} linhas, "
            f"{numero(feita.arquivos)} {plural(feita.arquivos, 'arquivo,arquivos')}. Todos entram de novo."
        )
        self.stdout.write(
            "A SECRET_KEY tem de ser a de quando se copiou. Agora rode `manage.py migrate` e `manage.py conferir`."
        )
