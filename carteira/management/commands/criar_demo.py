"""`manage.py criar_demo`: os dados de demonstração, criados ou trazidos até hoje."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from carteira.demo.criacao import SEMENTE, TAMANHOS, DemonstracaoRecusada, continuar, criar, vazia
from carteira.demo.pessoas import LOGINS, SENHA
from carteira.local.ambiente import gravar_json
from contas.models import Instalacao


class Command(BaseCommand):
    help = "Cria a demonstração num banco vazio, ou a traz até hoje. Nunca toca em dados de verdade."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--tamanho", choices=list(TAMANHOS), default="P", help="200, 20.000 ou 100.000 clientes"
        )
        parser.add_argument("--se-vazio", action="store_true", help="sem erro se já houver dados")
        parser.add_argument("--continuar", action="store_true", help="traz a demonstração existente até hoje")
        parser.add_argument("--logins", action="store_true", help="mostra quem entra e com que senha")
        parser.add_argument("--semente", type=int, default=SEMENTE, help="outra semente, outro mundo")

    def handle(self, *args: Any, **opcoes: Any) -> None:
        if opcoes["continuar"]:
            self._continuar()
        elif not opcoes["logins"] or vazia():
            self._criar(opcoes)
        if opcoes["logins"]:
            self._mostrar_logins()

    def _criar(self, opcoes: dict[str, Any]) -> None:
        if opcoes["se_vazio"] and not vazia():
            self.stdout.write("Já há dados; nada foi criado.")
            return
        try:
            criar(
                clientes=TAMANHOS[opcoes["tamanho"]],
                hoje=timezone.localdate(),
                semente=opcoes["semente"],
                dizer=self.stdout.write,
            )
        except DemonstracaoRecusada as recusa:
            raise CommandError(str(recusa)) from recusa
        self._guardar_logins()

    def _continuar(self) -> None:
        """Numa empresa de verdade não há o que continuar, e isso não é erro."""
        try:
            novidade = continuar(hoje=timezone.localdate(), dizer=self.stdout.write)
        except DemonstracaoRecusada as recusa:
            self.stdout.write(str(recusa))
            return
        self.stdout.write("Demonstração trazida até hoje." if novidade else "A demonstração já está em dia.")
        self._guardar_logins()

    def _guardar_logins(self) -> None:
        """`./rodar` lê daqui o que mostrar; o arquivo é só de quem o criou."""
        pessoas = [{"nome": p.nome, "papel": p.papel, "email": p.email, "senha": SENHA} for p in LOGINS]
        caminho = settings.VAR_DIR / "demo.json"
        caminho.parent.mkdir(parents=True, exist_ok=True)
        gravar_json(caminho, {"pessoas": pessoas})

    def _mostrar_logins(self) -> None:
        if not Instalacao.atual().demo:
            raise CommandError("Esta instalação não é uma demonstração: não há senhas conhecidas.")
        for p in LOGINS:
            self.stdout.write(f"{p.papel:<17} {p.email:<24} {SENHA:<18} {p.nome}")
