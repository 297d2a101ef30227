"""Quantas chamadas por minuto cada um faz, por escopo: um programa em laço não tira o lugar dos outros."""

import time
from typing import Any

from django.conf import settings
from rest_framework.throttling import BaseThrottle

from carteira.api.permissoes import decisao_de
from carteira.contador import contar

JANELA = 60  # segundos


class Vazao(BaseThrottle):
    """Janelas fixas num contador só: dois processos juntos não contam a menos."""

    espera = 0.0

    def allow_request(self, request: Any, view: Any) -> bool:
        decisao = decisao_de(view)
        escopo = decisao.escopo if decisao else "ler"
        agora = time.time()
        chave = f"api:{self._quem(request)}:{escopo}:{int(agora // JANELA)}"
        self.espera = JANELA - agora % JANELA
        return contar(chave, JANELA * 2) <= settings.API_POR_MINUTO[escopo]

    def _quem(self, request: Any) -> str:
        if request.auth is not None:
            return f"token-{request.auth.pk}"
        return f"pessoa-{request.user.pk}" if request.user.is_authenticated else self.get_ident(request)

    def wait(self) -> float:
        return self.espera
