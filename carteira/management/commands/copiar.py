"""`manage.py copiar DESTINO`: uma cópia inteira do banco e dos arquivos, com o manifesto que a confere."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from carteira.formatos import numero, plural
from carteira.operacao.copia import FORA, CopiaFalhou, copiar, guardar_so, ler_manifesto


class Command(BaseCommand):
    help = "Copia o banco e os arquivos para uma pasta nova em DESTINO. Pode correr com o Carteira no ar."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("destino", type=Path, help="a pasta das cópias, de preferência noutro disco")
        parser.add_argument(
            "--guardar", type=int, metavar="N", help="depois de copiar, apaga as mais velhas e fica com N"
        )

    def handle(self, *args: Any, **opcoes: Any) -> None:
        if opcoes["guardar"] is not None and opcoes["guardar"] < 1:
            raise CommandError("Guarde ao menos uma: --guardar N.", returncode=2)
        try:
            pasta = copiar(opcoes["destino"], agora=timezone.localtime())
        except (CopiaFalhou, OSError) as erro:
            raise CommandError(f"Nada foi copiado: {erro}", returncode=1) from erro
        manifesto = ler_manifesto(pasta)
        linhas = sum(quantas for quantas, _ in manifesto["tabelas"].values())
        self.stdout.write(
            f"Copiado em {pasta}: {numero(len(manifesto['tabelas']))} tabelas, {numero(linhas)} linhas, "
            f"{numero(manifesto['arquivos'])} {plural(manifesto['arquivos'], 'arquivo,arquivos')}."
        )
        self.stdout.write("Não vai dentro:")
        for fora in FORA:
            self.stdout.write(f"  - {fora}")
        apagadas = guardar_so(opcoes["destino"], opcoes["guardar"]) if opcoes["guardar"] else []
        if apagadas:
            self.stdout.write(f"Apagadas as mais velhas: {', '.join(p.name for p in apagadas)}.")
