from notificacoes.models.aviso import Aviso, TipoDeAviso
from notificacoes.models.mensagem import EstadoDaMensagem, ItemDeMensagem, Mensagem, TipoDeMensagem

__all__ = [
    "Aviso",
    "EstadoDaMensagem",
    "ItemDeMensagem",
    "Mensagem",
    "TipoDeAviso",
    "TipoDeMensagem",
]
