from notificacoes.models.aviso import Aviso, TipoDeAviso
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

__all__ = [
    "Aviso",
    "DiaDaSemana",
    "EnlaceUsado",
    "EspecieDeRecado",
    "EstadoDaMensagem",
    "EstadoDoRecado",
    "Gesto",
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
