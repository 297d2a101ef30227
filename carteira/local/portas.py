"""A porta da web: a pedida, ou a primeira livre a partir de 8000."""

import socket

from carteira.local.etapas import Falha, avisar

PADRAO = 8000
TENTATIVAS = 50


def livre(porta: int) -> bool:
    with socket.socket() as sonda:
        sonda.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sonda.bind(("127.0.0.1", porta))
        except OSError:
            return False
    return True


def escolher_porta(pedida: int | None) -> int:
    """Quem pediu uma porta quer aquela; quem não pediu quer qualquer uma que funcione."""
    if pedida is not None:
        if not livre(pedida):
            raise Falha(f"A porta {pedida} está ocupada: escolha outra com --porta N.")
        return pedida
    for porta in range(PADRAO, PADRAO + TENTATIVAS):
        if livre(porta):
            if porta != PADRAO:
                avisar(f"a porta {PADRAO} está ocupada; usando a {porta}")
            return porta
    raise Falha(f"Nenhuma porta livre entre {PADRAO} e {PADRAO + TENTATIVAS - 1}: indique uma com --porta N.")
