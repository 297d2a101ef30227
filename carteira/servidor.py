"""O processo web do gunicorn que sai sem largar ninguém à porta."""

from contextlib import suppress
from typing import Any

from gunicorn.workers.gthread import ThreadWorker


class Fios(ThreadWorker):  # type: ignore[misc]
    """Ao sair, atende quem o sistema já deixou entrar e fecha a porta na hora.

    O `gthread` deixa-a aberta enquanto termina o que está fazendo: quem chegasse nesse meio-tempo seria aceito
    pelo sistema, mandaria o pedido e o veria cair. Com ela fechada, a recusa é imediata e o proxy tenta outra web.
    """

    mandaram_sair = False

    def handle_exit(self, sig: int, frame: Any) -> None:
        self.mandaram_sair = True
        super().handle_exit(sig, frame)

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        # Quem só se renova (max-requests) deixa a fila ao irmão, que continua a atender na mesma porta.
        if self.mandaram_sair and not enabled:
            for porta in self.sockets:
                self._esvaziar(porta)
                porta.close()

    def _esvaziar(self, porta: Any) -> None:
        """Aceita até não haver ninguém à espera, ou não caber mais; quem os conta é só este fio."""
        antes = -1
        while antes != self.nr_conns < self.worker_connections:
            antes = self.nr_conns
            with suppress(OSError):
                self.accept(porta)
