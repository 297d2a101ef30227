"""`manage.py avaliar_prioridade`: a ordem da fila posta à prova no passado da empresa, ao lado das de sempre. Só lê."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from atividade.management.commands.recalcular import USO_ERRADO, empresas_de_codigo, ler_data

MAIS_CORTES = 36


class Command(BaseCommand):
    help = (
        "Corta a história em datas passadas e diz, para os primeiros de cada ordem, quantos se perderam mesmo e que "
        "parte do valor perdido estava ali, com o intervalo de 95%. Nada posterior ao corte se vê ao ordenar."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--empresa", help="código da empresa (padrão: todas)")
        parser.add_argument(
            "--data", metavar="AAAA-MM-DD", help="até onde vão os fatos (padrão: a referência)"
        )
        parser.add_argument(
            "--cortes", type=int, default=6, metavar="N", help="quantos, de 30 em 30 dias (padrão: 6)"
        )
        parser.add_argument("--json", action="store_true", help="só o JSON na saída padrão")

    def handle(self, *args: Any, **opcoes: Any) -> None:
        from atividade.avaliacao.prova import avaliar

        if not 1 <= opcoes["cortes"] <= MAIS_CORTES:
            raise CommandError(f"Peça de 1 a {MAIS_CORTES} cortes.", returncode=USO_ERRADO)
        hoje = timezone.localdate()
        pedida = ler_data(opcoes["data"], hoje)
        resultados = []
        for empresa in empresas_de_codigo(opcoes["empresa"]):
            data = pedida or empresa.referencia or hoje
            avaliacao = avaliar(empresa=empresa, data=data, quantos=opcoes["cortes"])
            resultados.append({"empresa": empresa.codigo, **avaliacao.como_json()})
            if not opcoes["json"]:
                self.stdout.write(_texto(empresa.nome, resultados[-1]))
        if opcoes["json"]:
            self.stdout.write(json.dumps(resultados, ensure_ascii=False))


def _texto(nome: str, resultado: dict[str, Any]) -> str:
    partes = [f"{nome}, até {_dia(resultado['data'])}", *resultado["frases"]]
    if resultado["cortes"]:
        dias = ", ".join(_dia(corte["dia"]) for corte in resultado["cortes"])
        partes += ["", f"Cortes em {dias}: {resultado['casos']} casos, {resultado['perdas']} perdas."]
    for alto in resultado["altos"]:
        partes += ["", *_tabela(alto)]
    return "\n".join([*partes, ""])


def _tabela(alto: dict[str, Any]) -> list[str]:
    largura = max(len(linha["nome"]) for linha in alto["linhas"])
    cabecalho = (
        f"{alto['nome']:<{largura}}  {'precisão':>8}  {'95%':^13}  {'valor':>6}  {'95%':^13}  contra a fila"
    )
    return [cabecalho, *(_linha(linha, largura) for linha in alto["linhas"])]


def _linha(linha: dict[str, Any], largura: int) -> str:
    precisao, captura, diferenca = linha["precisao"], linha["captura"], linha["diferenca"]
    contra = (
        "" if linha["chave"] == "perda" else f"{100 * diferenca['valor']:+.1f} {_intervalo(diferenca, '+')}"
    )
    return (
        f"{linha['nome']:<{largura}}  {100 * precisao['valor']:>7.1f}%  {_intervalo(precisao):^13}  "
        f"{100 * captura['valor']:>5.1f}%  {_intervalo(captura):^13}  {contra}"
    ).rstrip().replace(".", ",")  # fmt: skip


def _intervalo(medida: dict[str, float], sinal: str = "") -> str:
    return f"[{100 * medida['de']:{sinal}.1f}; {100 * medida['ate']:{sinal}.1f}]"


def _dia(iso: str) -> str:
    ano, mes, dia = iso.split("-")
    return f"{dia}/{mes}/{ano}"
