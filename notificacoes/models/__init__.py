from notificacoes.models.aviso import Aviso, TipoDeAviso
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

__all__ = [
    "Aviso",
    "DiaDaSemana",
    "EspecieDeRecado",
    "EstadoDaMensagem",
    "EstadoDoRecado",
    "ItemDeMensagem",
    "Mensagem",
    "Para",
    "Periodicidade",
    "PreferenciaDeAviso",
    "Publico",
    "Recado",
    "RegraDaLista",
    "RegraDeAviso",
    "Sobre",
    "TipoDeAviso",
    "TipoDeLembrete",
    "TipoDeMensagem",
]
