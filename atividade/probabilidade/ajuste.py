"""Máxima verossimilhança dos modelos de compra, com as recusas ditas em palavras."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from atividade.probabilidade.formulas import Modelo, Parametros
from atividade.probabilidade.verossimilhanca import Estatisticas, log_verossimilhanca

MINIMO_DE_CLIENTES = 100
MINIMO_DE_RECOMPRADORES = 30
# Limites dos quatro parâmetros, com o tempo medido em médias de T: quem chega neles não é mais um modelo.
LIMITES = {"r": (1e-3, 1e3), "alpha": (1e-4, 1e4), "a": (1e-3, 1e3), "b": (1e-3, 1e3)}
PARTIDAS = ((1.0, 0.2, 0.5, 2.0), (0.3, 0.1, 1.0, 3.0), (3.0, 0.3, 0.1, 1.0))
LINHAS_DA_AMOSTRA = 5_000
# Por cliente e em escala logarítmica: abaixo disto a verossimilhança já não muda nas casas que se mostram.
GRADIENTE_ACEITAVEL = 1e-5
_FOLGA_DO_LIMITE = 1e-3


class AjusteRecusado(Exception):
    """Não há ajuste que se possa mostrar; a mensagem diz por quê."""


@dataclass(frozen=True, slots=True)
class Ajuste:
    """Um modelo ajustado; `alpha` na unidade pedida."""

    parametros: Parametros
    log_verossimilhanca: float
    clientes: int


def ajustar(modelo: Modelo, em_dias: Estatisticas, unidade: float = 1.0) -> Ajuste:
    """Ajusta um modelo a estatísticas em dias; a unidade de saída dura `unidade` dias."""
    _conferir_dados(em_dias)
    escala = float(em_dias.quantos @ em_dias.t) / em_dias.clientes
    dados = em_dias.na_unidade(escala)
    melhor = _maximizar(modelo, dados)
    total, gradiente = log_verossimilhanca(modelo, np.exp(melhor), dados)
    _conferir_resultado(melhor, total, gradiente, dados)
    r, alpha, a, b = (float(v) for v in np.exp(melhor))
    parametros = Parametros(modelo, r, alpha * escala / unidade, a, b)
    # Densidade das datas de compra: cada recompra traz um tempo, e o tempo traz a unidade.
    total = float(total + em_dias.recompras * np.log(unidade / escala))
    return Ajuste(parametros, total, em_dias.clientes)


def ajustar_todos(em_dias: Estatisticas, unidade: float = 1.0) -> dict[Modelo, Ajuste | str]:
    """Cada modelo, ou a frase da recusa."""
    ajustes: dict[Modelo, Ajuste | str] = {}
    for modelo in Modelo:
        try:
            ajustes[modelo] = ajustar(modelo, em_dias, unidade)
        except AjusteRecusado as recusa:
            ajustes[modelo] = str(recusa)
    return ajustes


def escolher(ajustes: Iterable[Ajuste | str]) -> Ajuste | None:
    """O mais verossímil; os três têm quatro parâmetros, e por isso nenhum leva desconto."""
    aceitos = [ajuste for ajuste in ajustes if isinstance(ajuste, Ajuste)]
    return max(aceitos, key=lambda ajuste: ajuste.log_verossimilhanca, default=None)


def _conferir_dados(dados: Estatisticas) -> None:
    if dados.clientes < MINIMO_DE_CLIENTES:
        raise AjusteRecusado(
            f"Poucos dados: {dados.clientes} clientes com compra, e o ajuste pede {MINIMO_DE_CLIENTES}."
        )
    if dados.recompradores < MINIMO_DE_RECOMPRADORES:
        raise AjusteRecusado(
            f"Poucos dados: {dados.recompradores} clientes compraram mais de uma vez, "
            f"e o ajuste pede {MINIMO_DE_RECOMPRADORES}."
        )
    if not dados.t.any():
        raise AjusteRecusado("Poucos dados: todas as compras são do último dia.")


def _maximizar(modelo: Modelo, dados: Estatisticas) -> Any:
    """Várias partidas num resumo, e da melhor delas a subida final com todos os clientes."""
    resumo = dados.amostra(LINHAS_DA_AMOSTRA) if len(dados.x) > LINHAS_DA_AMOSTRA else dados
    tentativas = [_subir(modelo, np.log(partida), resumo) for partida in PARTIDAS]
    melhor = min(tentativas, key=lambda t: t.fun if np.isfinite(t.fun) else np.inf)
    return (melhor if resumo is dados else _subir(modelo, melhor.x, dados)).x


def _subir(modelo: Modelo, partida: Any, dados: Estatisticas) -> Any:
    """L-BFGS-B no logaritmo dos parâmetros, com a função por cliente para que a tolerância não dependa de n."""

    def menos(teta: Any) -> tuple[float, Any]:
        parametros = np.exp(teta)
        total, gradiente = log_verossimilhanca(modelo, parametros, dados)
        return -total / dados.clientes, -gradiente * parametros / dados.clientes

    limites = [tuple(np.log(par)) for par in LIMITES.values()]
    opcoes = {"maxiter": 300, "maxcor": 20, "ftol": 1e-14, "gtol": 1e-8}
    return minimize(menos, partida, jac=True, method="L-BFGS-B", bounds=limites, options=opcoes)


def _conferir_resultado(teta: Any, total: float, gradiente: Any, dados: Estatisticas) -> None:
    """No limite, sem topo ou sem número: nada disso vira probabilidade de cliente."""
    if not np.isfinite(total):
        raise AjusteRecusado("A verossimilhança não é um número nestes dados.")
    for (nome, (menor, maior)), valor in zip(LIMITES.items(), teta, strict=True):
        if valor - np.log(menor) < _FOLGA_DO_LIMITE or np.log(maior) - valor < _FOLGA_DO_LIMITE:
            raise AjusteRecusado(f"O parâmetro {nome} foi parar no limite; estes dados não o determinam.")
    if np.abs(gradiente * np.exp(teta)).max() > GRADIENTE_ACEITAVEL * dados.clientes:
        raise AjusteRecusado("A busca não convergiu.")
