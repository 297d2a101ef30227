"""`manage.py enviar_mensagens`: esvazia a caixa de saída, agora e neste processo."""

from typing import Any

from django.core.management.base import BaseCommand

from notificacoes.envio import LIMITE, enviar_pendentes


class Command(BaseCommand):
    help = "Envia as mensagens pendentes cuja hora chegou."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--limite", type=int, default=LIMITE, help="quantas no máximo")

    def handle(self, *args: Any, **opcoes: Any) -> None:
        entrega = enviar_pendentes(limite=opcoes["limite"])
        self.stdout.write(
            f"{entrega.enviadas} enviadas, {entrega.adiadas} adiadas, "
            f"{entrega.mortas} recusadas, {entrega.incertas} incertas."
        )
