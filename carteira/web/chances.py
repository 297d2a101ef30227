"""A linha discreta da ficha: o que a história da empresa diz do cliente, ao lado da regra e nunca no lugar dela."""

from datetime import date

from django.core.exceptions import ObjectDoesNotExist

from atividade.models import AjusteDeProbabilidade, Indicadores
from atividade.prioridade import HORIZONTE, M0_SEM_HISTORIA, p_nao_comprar
from atividade.probabilidade.formulas import DIAS_NA_SEMANA, Modelo, Parametros, compras_esperadas, p_vivo
from carteira.formatos import numero, porcento


def chances_de(ind: Indicadores, referencia: date) -> str:
    """Vazia sem ajuste próprio da empresa, ou com menos de duas compras: aí não há o que dizer do cliente."""
    ajuste = _ajuste(ind)
    if ajuste is None or ind.dias_de_compra < 2:
        return ""
    partes = [*_da_fila(ind, referencia, ajuste), *_do_modelo(ind, referencia, ajuste)]
    return f"Pelo passado da empresa: {'; '.join(partes)}." if partes else ""


def _ajuste(ind: Indicadores) -> AjusteDeProbabilidade | None:
    try:
        ajuste: AjusteDeProbabilidade = ind.cliente.empresa.probabilidade.ajuste
    except ObjectDoesNotExist:
        return None
    return ajuste


def _da_fila(ind: Indicadores, referencia: date, ajuste: AjusteDeProbabilidade) -> list[str]:
    if ajuste.estimativa:
        return []
    m0 = float(ind.cliente.empresa.estado_do_recalculo.m0 or M0_SEM_HISTORIA)
    p = p_nao_comprar(ind.dias_de_compra, *_silencio_e_extensao(ind, referencia), m0, ajuste.b0, ajuste.s)
    return [f"{_chance(1 - p)} de chance de comprar em {HORIZONTE} dias"]


def _do_modelo(ind: Indicadores, referencia: date, ajuste: AjusteDeProbabilidade) -> list[str]:
    if not ajuste.modelo:
        return []
    silencio, extensao = _silencio_e_extensao(ind, referencia)
    parametros = Parametros(Modelo(ajuste.modelo), ajuste.r, ajuste.alpha, ajuste.a, ajuste.b).em_dias(
        DIAS_NA_SEMANA
    )
    medidas = (ind.dias_de_compra - 1, extensao, extensao + silencio)
    vivo, esperadas = p_vivo(parametros, *medidas), compras_esperadas(parametros, *medidas, HORIZONTE)
    return [
        f"{_chance(vivo)} de ainda ser cliente",
        f"{numero(esperadas, 1)} compras esperadas em {HORIZONTE} dias",
    ]


def _silencio_e_extensao(ind: Indicadores, referencia: date) -> tuple[int, int]:
    assert ind.primeira_compra
    assert ind.ultima_compra
    return (referencia - ind.ultima_compra).days, (ind.ultima_compra - ind.primeira_compra).days


def _chance(p: float) -> str:
    """Inteira, e nunca certeza: 0% e 100% não se dizem de ninguém."""
    if p < 0.01:
        return "menos de 1%"
    return "mais de 99%" if p > 0.99 else porcento(p * 100, 0)
