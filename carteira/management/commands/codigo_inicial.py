"""`manage.py codigo_inicial`: o código pedido nos primeiros passos."""

from typing import Any

from django.core.management.base import BaseCommand

from carteira.codigo_inicial import codigo
from contas.models import Usuario


class Command(BaseCommand):
    help = "Mostra o código dos primeiros passos; nada, se a instalação já tem pessoas."

    def handle(self, *args: Any, **opcoes: Any) -> None:
        if Usuario.objects.filter(email__isnull=False).exists():
            self.stderr.write("A instalação já tem pessoas: os primeiros passos estão fechados.")
            return
        self.stdout.write(codigo())
