"""Verossimilhança e gradiente sobre clientes agrupados: quatro colunas bastam para um milhão deles."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import betaln, expit, gammaln, psi

from atividade.probabilidade.formulas import Modelo

Vetor = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True)
class Estatisticas:
    """Clientes com o mesmo (x, tx, T) são uma linha só, com quantos são; tempos na mesma unidade."""

    x: Vetor
    tx: Vetor
    t: Vetor
    quantos: Vetor
    soma_log: float  # soma dos ln de todos os intervalos entre dias de compra

    @property
    def clientes(self) -> int:
        return int(self.quantos.sum())

    @property
    def recompradores(self) -> int:
        return int(self.quantos[self.x > 0].sum())

    @property
    def recompras(self) -> float:
        return float(self.quantos @ self.x)

    @cached_property
    def grupos_de_x(self) -> tuple[Vetor, Any]:
        """Os x distintos, e qual é o de cada linha: as funções gama só dependem deles."""
        distintos, qual = np.unique(self.x, return_inverse=True)
        return distintos, qual

    def na_unidade(self, dias: float) -> "Estatisticas":
        """De dias para uma unidade que dura `dias`."""
        soma = self.soma_log - self.recompras * float(np.log(dias))
        return Estatisticas(self.x, self.tx / dias, self.t / dias, self.quantos, soma)

    def amostra(self, linhas: int) -> "Estatisticas":
        """Um resumo de até `linhas` linhas, tiradas a passos iguais: para achar por onde começar."""
        passo = -(-len(self.x) // linhas)
        return Estatisticas(
            self.x[::passo], self.tx[::passo], self.t[::passo], self.quantos[::passo], self.soma_log
        )


def log_verossimilhanca(modelo: Modelo, parametros: Vetor, dados: Estatisticas) -> tuple[float, Vetor]:
    """A soma sobre os clientes e o gradiente em (r, alpha, a, b)."""
    r, alpha, a, b = parametros
    k, d = modelo.k, modelo.sai_na_primeira
    xs, qual = dados.grupos_de_x
    w, t, tx = dados.quantos, dados.t, dados.tx
    es, e = r + k * xs, r + k * dados.x
    ln_t = np.log(alpha + t)
    razao = ln_t - np.log(alpha + tx)
    # O que só depende de x.
    por_x = gammaln(es) - gammaln(r) + r * np.log(alpha) + betaln(a, b + xs + d) - betaln(a, b)
    dr_x = psi(es) - psi(r) + np.log(alpha)
    da_x = psi(a + b) - psi(a + b + xs + d)
    db_x = psi(b + xs + d) - psi(a + b + xs + d) - psi(b) + psi(a + b)
    # Ainda vivo, e quantas vezes mais provável é já ter ido.
    vivo = por_x[qual] - e * ln_t
    resto = b + dados.x + d - 1
    with np.errstate(divide="ignore"):
        ln_foi = np.log(a) - np.log(np.where(resto > 0, resto, np.inf)) + e * razao
    pode_ter_ido = dados.x + d > 0
    dr, dalpha = dr_x[qual] - ln_t, r / alpha - e / (alpha + t)
    dr_foi, dalpha_foi = razao, e * (1 / (alpha + t) - 1 / (alpha + tx))
    if k == 2:
        silencio = (t - tx) / (alpha + t)
        espera = 1 + e * silencio
        vivo = vivo + np.log(espera)
        ln_foi = ln_foi - np.log(espera)
        por_r, por_alpha = silencio / espera, -e * silencio / (alpha + t) / espera
        dr, dalpha = dr + por_r, dalpha + por_alpha
        dr_foi, dalpha_foi = dr_foi - por_r, dalpha_foi - por_alpha
    ln_foi = np.where(pode_ter_ido, ln_foi, -np.inf)
    foi = expit(ln_foi)
    total = float(w @ (vivo + np.logaddexp(0, ln_foi))) + (k - 1) * dados.soma_log
    gradiente = np.array(
        [
            w @ (dr + foi * dr_foi),
            w @ (dalpha + foi * dalpha_foi),
            w @ (da_x[qual] + foi / a),
            w @ (db_x[qual] - np.divide(foi, resto, out=np.zeros_like(foi), where=pode_ter_ido)),
        ]
    )
    return total, gradiente
