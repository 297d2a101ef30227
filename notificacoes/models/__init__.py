from notificacoes.models.aviso import Aviso, TipoDeAviso
from notificacoes.models.enlace_usado import EnlaceUsado, Gesto
from notificacoes.models.mensagem import EstadoDaMensagem, ItemDeMensagem, Mensagem, TipoDeMensagem
from notificacoes.models.regra import (
    DiaDaSemana,
    Para,
    Periodicidade,
    PreferenciaDeAviso,
    RegraDeAviso,
    Sobre,
)

__all__ = [
    "Aviso",
    "DiaDaSemana",
    "EnlaceUsado",
    "EstadoDaMensagem",
    "Gesto",
    "ItemDeMensagem",
    "Mensagem",
    "Para",
    "Periodicidade",
    "PreferenciaDeAviso",
    "RegraDeAviso",
    "Sobre",
    "TipoDeAviso",
    "TipoDeMensagem",
]
