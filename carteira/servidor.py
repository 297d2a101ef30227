"""O processo web do gunicorn que sai sem largar ninguém à porta."""

from typing import Any

from gunicorn.workers.gthread import ThreadWorker


class Fios(ThreadWorker):  # type: ignore[misc]
    """Ao sair, atende quem o sistema já deixou entrar e fecha a porta na hora.

    O `gthread` deixa-a aberta enquanto termina o que está fazendo: quem chegasse nesse meio-tempo seria aceito
    pelo sistema, mandaria o pedido e o veria cair. Com ela fechada, a recusa é imediata e o proxy tenta outra web.
    """

    def set_accept_enabled(self, enabled: bool) -> None:
        super().set_accept_enabled(enabled)
        if not (enabled or self.alive):
            for porta in self.sockets:
                self._esvaziar(porta)
                porta.close()

    def _esvaziar(self, porta: Any) -> None:
        """Aceita até não haver mais ninguém à espera; quem entra ou sai do poço é só este fio."""
        antes = -1
        while antes != self.nr_conns:
            antes = self.nr_conns
            self.accept(porta)
