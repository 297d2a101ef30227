"""`manage.py fotografar`: retrata os fins de mês anteriores à instalação, um a um, do mais novo ao mais antigo."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from atividade.management.commands.recalcular import USO_ERRADO, empresas_de_codigo, ler_data
from atividade.retratos import refotografar


class Command(BaseCommand):
    help = (
        "Guarda o retrato de cada fim de mês desde a data, onde falta: pela regra e pelo dono da época, com os "
        "fatos conhecidos hoje. Interrompido, rode de novo: continua de onde parou."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--desde", metavar="AAAA-MM-DD", required=True, help="o mês mais antigo a retratar"
        )
        parser.add_argument("--empresa", help="código da empresa (padrão: todas)")

    def handle(self, *args: Any, **opcoes: Any) -> None:
        hoje = timezone.localdate()
        desde = ler_data(opcoes["desde"], hoje)
        if desde is None or desde >= hoje:
            raise CommandError("Dê um dia passado: --desde AAAA-MM-DD.", returncode=USO_ERRADO)
        for empresa in empresas_de_codigo(opcoes["empresa"]):
            if empresa.referencia_regular is None:
                self.stdout.write(f"{empresa}: ainda não foi calculada; rode `manage.py recalcular` antes.")
                continue
            feitos = refotografar(empresa=empresa, desde=desde, avisar=self._dizer)
            self.stdout.write(f"{empresa}: {_frase(feitos)}")

    def _dizer(self, dia: date, faltam: int) -> None:
        self.stdout.write(f"  {dia:%d/%m/%Y} retratado; faltam {faltam}")


def _frase(feitos: int) -> str:
    if not feitos:
        return "nenhum fim de mês por retratar."
    return f"{feitos} fim de mês retratado." if feitos == 1 else f"{feitos} fins de mês retratados."
