"""`manage.py conferir`: o sistema inteiro posto à prova, sem escrever nada."""

import json
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from atividade.management.commands.recalcular import USO_ERRADO, empresas_de_codigo
from carteira.formatos import numero, plural
from carteira.operacao.conferencia import Resultado, conferir
from carteira.operacao.verificacao import Pedido
from carteira.operacao.verificacoes import SALAS, TODAS

SINAIS = {"certo": "certo ", "errado": "ERRADO", "a cuidar": "cuidar", "não conferido": "FALHOU"}


class Command(BaseCommand):
    help = (
        "Confere tudo o que tem de ser verdade no banco e nos arquivos, só lendo. Sai com 0 se está certo, "
        "1 se algo está errado (o que é só trabalho à espera não faz falhar, salvo com --rigoroso)."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--amostra", type=int, default=1000, metavar="N",
            help="clientes por empresa refeitos na unha (padrão: 1000)",
        )  # fmt: skip
        parser.add_argument("--completo", action="store_true", help="refaz na unha todos os clientes")
        parser.add_argument("--empresa", help="código da empresa (padrão: todas)")
        parser.add_argument("--semente", type=int, default=0, help="muda o sorteio da amostra")
        parser.add_argument(
            "--so", action="append", default=[], metavar="NOME", help="só esta verificação (repita à vontade)"
        )
        parser.add_argument(
            "--tolerancia", type=int, default=15, metavar="MIN",
            help="minutos em andamento antes de se dizer que algo está preso (padrão: 15)",
        )  # fmt: skip
        parser.add_argument(
            "--rigoroso", action="store_true", help="o que é só trabalho à espera também falha"
        )
        parser.add_argument("--listar", action="store_true", help="só diz o que se confere")
        parser.add_argument("--json", action="store_true", help="um objeto JSON, para outro programa ler")

    def handle(self, *args: Any, **opcoes: Any) -> None:
        if opcoes["listar"]:
            return self._listar()
        pedido = _pedido(opcoes)
        resultados = []
        for resultado in conferir(pedido, opcoes["so"]):
            resultados.append(resultado)
            if not opcoes["json"]:
                self._dizer(resultado, primeira=not resultados[:-1] or resultados[-2].sala != resultado.sala)
        reprovadas = [r for r in resultados if r.reprova or (opcoes["rigoroso"] and r.achados)]
        if opcoes["json"]:
            self.stdout.write(
                json.dumps(_em_json(resultados, reprovadas, pedido), ensure_ascii=False, indent=1)
            )
        if reprovadas:
            raise CommandError(_frase(reprovadas), returncode=1)
        if not opcoes["json"]:
            self.stdout.write(
                "\nConferido: o banco e a conta na unha dizem o mesmo "
                f"({numero(len(resultados))} {plural(len(resultados), 'verificação,verificações')})."
            )

    def _listar(self) -> None:
        for sala, verificacoes in SALAS.items():
            self.stdout.write(f"{sala}")
            for v in verificacoes:
                self.stdout.write(f"  {v.nome}: {v.verdade}{'' if v.grave else ' (não faz falhar)'}")

    def _dizer(self, resultado: Resultado, *, primeira: bool) -> None:
        if primeira:
            self.stdout.write(f"\n{resultado.sala}")
        v = resultado.verificacao
        self.stdout.write(f"  {SINAIS[resultado.estado]}  {v.nome}: {v.verdade}")
        for nota in resultado.notas:
            self.stdout.write(f"          {nota}")
        if resultado.erro:
            self.stdout.write(f"          não deu para conferir: {resultado.erro}")
        if resultado.achados:
            for exemplo in resultado.exemplos:
                self.stdout.write(f"          {exemplo}")
            if resultado.achados > len(resultado.exemplos):
                self.stdout.write(f"          e mais {numero(resultado.achados - len(resultado.exemplos))}")
            self.stdout.write(f"          O que fazer: {v.fazer}")


def _pedido(opcoes: dict[str, Any]) -> Pedido:
    if opcoes["amostra"] < 1:
        raise CommandError("A amostra precisa de ao menos um cliente: --amostra N.", returncode=USO_ERRADO)
    if opcoes["tolerancia"] < 0:
        raise CommandError("A tolerância é em minutos, de 0 em diante.", returncode=USO_ERRADO)
    if desconhecidas := sorted(set(opcoes["so"]) - set(TODAS)):
        raise CommandError(
            f"Não há verificação {', '.join(desconhecidas)}: veja os nomes com --listar.",
            returncode=USO_ERRADO,
        )
    return Pedido(
        empresas=empresas_de_codigo(opcoes["empresa"]),
        hoje=timezone.localdate(),
        agora=timezone.now(),
        amostra=None if opcoes["completo"] else opcoes["amostra"],
        semente=opcoes["semente"],
        tolerancia=timedelta(minutes=opcoes["tolerancia"]),
    )


def _frase(reprovadas: list[Resultado]) -> str:
    n, achados = len(reprovadas), sum(r.achados for r in reprovadas)
    falharam = plural(n, "verificação não passou,verificações não passaram")
    return f"{numero(n)} {falharam} ({numero(achados)} {plural(achados, 'achado,achados')})."


def _em_json(resultados: list[Resultado], reprovadas: list[Resultado], pedido: Pedido) -> dict[str, Any]:
    return {
        "em": pedido.agora.isoformat(),
        "empresas": [empresa.codigo for empresa in pedido.empresas],
        "certo": not reprovadas,
        "verificacoes": [resultado.como_dicionario() for resultado in resultados],
    }
