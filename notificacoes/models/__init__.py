from notificacoes.models.aviso import Aviso, TipoDeAviso
from notificacoes.models.devolucao import Devolucao, LimiteDeEnvio, OrigemDaDevolucao
from notificacoes.models.enlace_usado import EnlaceUsado, Gesto
from notificacoes.models.mensagem import EstadoDaMensagem, ItemDeMensagem, Mensagem, TipoDeMensagem
from notificacoes.models.recado import (
    EspecieDeRecado,
    EstadoDoRecado,
    Publico,
    Recado,
    RegraDaLista,
    TipoDeLembrete,
)
from notificacoes.models.regra import (
    DiaDaSemana,
    Para,
    Periodicidade,
    PreferenciaDeAviso,
    RegraDeAviso,
    Sobre,
)
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
    "DiaDaSemana",
    "EnlaceUsado",
    "EntregaDeWebhook",
    "EspecieDeRecado",
    "EstadoDaEntrega",
    "EstadoDaMensagem",
    "EstadoDoRecado",
    "Gesto",
    "ItemDeMensagem",
    "LimiteDeEnvio",
    "Mensagem",
    "OrigemDaDevolucao",
    "Para",
    "Periodicidade",
    "PreferenciaDeAviso",
    "Publico",
    "Recado",
    "RegraDaLista",
    "RegraDeAviso",
    "Sobre",
    "TentativaDeWebhook",
    "TipoDeAviso",
    "TipoDeLembrete",
    "TipoDeMensagem",
]
