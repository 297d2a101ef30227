"""`manage.py recalcular`: traz os indicadores para a data de hoje, ou mostra como estavam em outra."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from atividade.recalculo import ResultadoRecalculo, arrumar_pedidos, recalcular, referencia_da_noite
from contas.models import Empresa

USO_ERRADO = 2
PRIMEIRO_ANO = 1900  # nenhum fato é anterior


class Command(BaseCommand):
    help = "Recalcula os indicadores. Data passada só mostra a carteira daquele dia; a rodada seguinte volta ao normal."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--data", help="referência, AAAA-MM-DD (padrão: hoje, ou onde os pedidos pararam)"
        )
        parser.add_argument(
            "--completo", action="store_true", help="refaz todos os clientes, e não só os que mudaram"
        )
        parser.add_argument("--empresa", help="código da empresa (padrão: todas)")

    def handle(self, *args: Any, **opcoes: Any) -> None:
        hoje = timezone.localdate()
        data = ler_data(opcoes["data"], hoje)
        empresas = empresas_de_codigo(opcoes["empresa"])
        if opcoes["completo"]:
            arrumar_pedidos()
        for empresa in empresas:
            noite = referencia_da_noite(empresa, hoje)
            resultado = recalcular(
                empresa=empresa, referencia=data or noite.data, hoje=hoje, completo=opcoes["completo"]
            )
            self.stdout.write(_frase(empresa, resultado))
            if not data and noite.aviso:
                self.stdout.write(f"  Pedidos parados: {noite.aviso}. Use --data para impor uma data.")


def empresas_de_codigo(codigo: str | None) -> list[Empresa]:
    """A empresa do código, ou todas; não achar nenhuma é uso errado."""
    empresas = list(Empresa.objects.filter(codigo=codigo) if codigo else Empresa.objects.all())
    if not empresas:
        raise CommandError(
            f"Não há empresa de código {codigo}." if codigo else "Não há nenhuma empresa.",
            returncode=USO_ERRADO,
        )
    return empresas


def ler_data(texto: str | None, hoje: date) -> date | None:
    if not texto:
        return None
    try:
        data = date.fromisoformat(texto)
    except ValueError as erro:
        raise CommandError(
            f"Data “{texto}” não entendida: escreva AAAA-MM-DD.", returncode=USO_ERRADO
        ) from erro
    if data.year < PRIMEIRO_ANO:
        raise CommandError(f"A data {texto} é anterior a {PRIMEIRO_ANO}.", returncode=USO_ERRADO)
    if data > hoje:
        raise CommandError(f"A data {data:%d/%m/%Y} ainda não chegou.", returncode=USO_ERRADO)
    return data


def _frase(empresa: Empresa, resultado: ResultadoRecalculo) -> str:
    clientes = (
        ", ".join(f"{n} {status}" for status, n in sorted(resultado.contagens.items())) or "nenhum cliente"
    )
    tipo = "" if resultado.regular else " (consulta a uma data passada)"
    return (
        f"Empresa {empresa.codigo}: referência {resultado.referencia:%d/%m/%Y}{tipo}, {resultado.modo}, "
        f"{resultado.linhas_alteradas} linhas alteradas, {resultado.mudancas} mudanças de status, "
        f"{resultado.duracao_ms} ms. {clientes}."
    )
