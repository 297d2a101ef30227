from atividade.models.execucao import EstadoDaExecucao, EstadoDoRecalculo, Execucao, Sujo
from atividade.models.historico import MotivoDaMudanca, MudancaStatus, Retrato
from atividade.models.indicadores import Indicadores, IndicadoresQuerySet, Status
from atividade.models.limiares import Limiar, ParametrosDaAtividade, Unidade

__all__ = [
    "EstadoDaExecucao",
    "EstadoDoRecalculo",
    "Execucao",
    "Indicadores",
    "IndicadoresQuerySet",
    "Limiar",
    "MotivoDaMudanca",
    "MudancaStatus",
    "ParametrosDaAtividade",
    "Retrato",
    "Status",
    "Sujo",
    "Unidade",
]
