from atividade.models.execucao import Distribuicao, EstadoDaExecucao, EstadoDoRecalculo, Execucao, Sujo
from atividade.models.fila import AvaliacaoDaPrioridade, ParametrosDaFila
from atividade.models.historico import MotivoDaMudanca, MudancaStatus, Retrato
from atividade.models.indicadores import Indicadores, IndicadoresQuerySet, Status
from atividade.models.limiares import Limiar, ParametrosDaAtividade, Unidade
from atividade.models.probabilidade import AjusteDeProbabilidade, ProbabilidadeEmVigor
from atividade.models.visita import MotivoDeNaoVisitar, NaoVisitar

__all__ = [
    "AjusteDeProbabilidade",
    "AvaliacaoDaPrioridade",
    "Distribuicao",
    "EstadoDaExecucao",
    "EstadoDoRecalculo",
    "Execucao",
    "Indicadores",
    "IndicadoresQuerySet",
    "Limiar",
    "MotivoDaMudanca",
    "MotivoDeNaoVisitar",
    "MudancaStatus",
    "NaoVisitar",
    "ParametrosDaAtividade",
    "ParametrosDaFila",
    "ProbabilidadeEmVigor",
    "Retrato",
    "Status",
    "Sujo",
    "Unidade",
]
