"""`manage.py rotina_noturna`: a rotina da noite, agora e neste processo."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from atividade.models import Execucao
from carteira.horario import vaga_devida
from carteira.rotinas import NOTURNA, Desfecho, rotina_noturna

FRASES = {
    Desfecho.FEITA: "feita",
    Desfecho.ADIADA: "adiada, com os pedidos parados",
    Desfecho.FALHOU: "falhou depois de três tentativas",
    Desfecho.INCOMPLETA: "incompleta: rode de novo para continuar de onde parou",
    Desfecho.OCUPADA: "já está rodando em outro processo",
    Desfecho.SUPERADA: "superada: a carteira já está em uma data mais nova",
}


class Command(BaseCommand):
    help = "Recalcula, retrata, decide os avisos e envia os e-mails. Repetir para a mesma data não repete o efeito."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument(
            "--data", type=date.fromisoformat, help="vaga AAAA-MM-DD (padrão: a que deve agora)"
        )

    def handle(self, *args: Any, **opcoes: Any) -> None:
        data = opcoes["data"] or vaga_devida(timezone.now())
        if data > timezone.localdate():
            self.stderr.write(f"Atenção: {data:%d/%m/%Y} ainda não chegou; a carteira vai envelhecer até lá.")
        desfecho = rotina_noturna(data, hoje=timezone.localdate())
        for execucao in Execucao.objects.filter(rotina=NOTURNA, referencia=data).select_related("empresa"):
            self._contar(execucao)
        self.stdout.write(f"Rotina de {data:%d/%m/%Y}: {FRASES[desfecho]}.")
        if desfecho in {Desfecho.FALHOU, Desfecho.INCOMPLETA}:
            raise CommandError("A rotina não chegou ao fim; os erros estão acima e na página Rotinas.")

    def _contar(self, execucao: Execucao) -> None:
        self.stdout.write(
            f"{execucao.empresa or 'Todas'}: {execucao.get_estado_display()} {execucao.mensagem}".rstrip()
        )
        for nome, passo in execucao.passos.items():
            contagens = ", ".join(
                f"{chave} {valor}" for chave, valor in passo.get("contagens", {}).items() if valor
            )
            self.stdout.write(
                f"  {nome}: {passo.get('ms', 0)} ms; {passo.get('erro') or contagens or 'nada a fazer'}"
            )
