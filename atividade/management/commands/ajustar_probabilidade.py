"""`manage.py ajustar_probabilidade`: ajusta um modelo de compra aos pedidos e mostra os números, sem gravar nada.

Confere-se com a literatura: BG/NBD no CDNOW (Fader, Hardie e Lee, 2005), compras agrupadas por dia e tempo em
semanas, dá r 0,243, alpha 4,414, a 0,793, b 2,426 e log da verossimilhança −9582,4.
"""

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from atividade.management.commands.recalcular import USO_ERRADO, empresas_de_codigo, ler_data
from atividade.probabilidade.formulas import DIAS_NA_SEMANA, Modelo
from contas.models import Empresa

# Um mês é a média do calendário: 365,25 ÷ 12 dias.
UNIDADES = {"dia": 1.0, "semana": float(DIAS_NA_SEMANA), "mes": 30.4375}
SEM_AJUSTE = 1


class Command(BaseCommand):
    help = (
        "Ajusta por máxima verossimilhança um modelo de compra aos pedidos que contam até uma data: clientes com "
        "a primeira compra até ela, compras do mesmo dia juntas. Só lê; não pede nenhuma rodada antes."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--modelo", choices=[m.value for m in Modelo], default=Modelo.BGNBD.value)
        parser.add_argument("--ate", metavar="AAAA-MM-DD", help="último dia visto (padrão: hoje)")
        parser.add_argument(
            "--unidade", choices=list(UNIDADES), default="semana", help="do tempo e de alpha (padrão: semana)"
        )
        parser.add_argument("--json", action="store_true", help="só o JSON na saída padrão")
        parser.add_argument("--empresa", help="código da empresa; dispensável enquanto só houver uma")

    def handle(self, *args: Any, **opcoes: Any) -> None:
        from atividade.probabilidade.ajuste import AjusteRecusado, ajustar
        from atividade.probabilidade.estatisticas import estatisticas

        hoje = timezone.localdate()
        ate = ler_data(opcoes["ate"], hoje) or hoje
        modelo = Modelo(opcoes["modelo"])
        dados = estatisticas(_empresa(opcoes["empresa"]), ate)
        try:
            ajuste = ajustar(modelo, dados, UNIDADES[opcoes["unidade"]])
        except AjusteRecusado as recusa:
            raise CommandError(str(recusa), returncode=SEM_AJUSTE) from recusa
        p = ajuste.parametros
        numeros = {
            "r": p.r,
            "alpha": p.alpha,
            "a": p.a,
            "b": p.b,
            "log_verossimilhanca": ajuste.log_verossimilhanca,
            "clientes": ajuste.clientes,
        }
        cabecalho = {"modelo": modelo.value, "unidade": opcoes["unidade"], "ate": ate.isoformat()}
        self.stdout.write(json.dumps(cabecalho | numeros) if opcoes["json"] else _texto(modelo, ate, numeros))


def _texto(modelo: Modelo, ate: date, numeros: dict[str, Any]) -> str:
    linhas = [f"{nome:<20}{valor}" for nome, valor in numeros.items()]
    return "\n".join([f"{modelo.nome} até {ate:%d/%m/%Y}", *linhas])


def _empresa(codigo: str | None) -> Empresa:
    empresas = empresas_de_codigo(codigo)
    if len(empresas) > 1:
        raise CommandError("Diga a empresa: --empresa CÓDIGO.", returncode=USO_ERRADO)
    return empresas[0]
