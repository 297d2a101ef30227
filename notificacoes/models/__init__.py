from notificacoes.models.aviso import Aviso, TipoDeAviso
from notificacoes.models.devolucao import Devolucao, LimiteDeEnvio, OrigemDaDevolucao
from notificacoes.models.mensagem import EstadoDaMensagem, ItemDeMensagem, Mensagem, TipoDeMensagem
from notificacoes.models.webhook import (
    DestinoDeWebhook,
    EntregaDeWebhook,
    EstadoDaEntrega,
    TentativaDeWebhook,
)

__all__ = [
    "Aviso",
    "DestinoDeWebhook",
    "Devolucao",
    "EntregaDeWebhook",
    "EstadoDaEntrega",
    "EstadoDaMensagem",
    "ItemDeMensagem",
    "LimiteDeEnvio",
    "Mensagem",
    "OrigemDaDevolucao",
    "TentativaDeWebhook",
    "TipoDeAviso",
    "TipoDeMensagem",
]
