"""As ordens que se comparam: cada uma diz de que chaves se ordena, da mais alta à mais baixa."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

Vetor = np.ndarray[Any, Any]
LIMITES_FIXOS = (60, 120)


@dataclass(frozen=True)
class Corte:
    """O que se sabia em `dia` de cada cliente, em ordem de código, e o que foi feito dele depois."""

    dia: date
    clientes: Vetor
    perdeu: Vetor  # 1 quem ficou sem comprar, 0 quem comprou
    valor: Vetor
    recencia: Vetor
    p: Vetor
    p_vivo: Vetor | None = None
    p_sem_compra: Vetor | None = None

    @property
    def quantos(self) -> int:
        return len(self.clientes)

    @property
    def perdido(self) -> Vetor:
        return self.perdeu * self.valor


@dataclass(frozen=True)
class Metodo:
    """`chaves` de um corte, da que manda à que desempata; nula onde falta o modelo de que precisa."""

    chave: str
    nome: str
    chaves: Callable[[Corte], tuple[Vetor, ...] | None]

    def ordem(self, corte: Corte) -> Vetor | None:
        """As posições, da primeira a chamar à última; empates pelo código, que é a ordem em que vieram."""
        chaves = self.chaves(corte)
        return None if chaves is None else np.lexsort(tuple(-chave for chave in reversed(chaves)))


def _fixos(corte: Corte) -> tuple[Vetor, ...]:
    """Primeiro os inativos, depois os em alerta, e em cada classe o maior valor."""
    classe = sum((corte.recencia >= limite).astype(float) for limite in LIMITES_FIXOS)
    return (np.asarray(classe), corte.valor)


def _media_dos_logits(corte: Corte) -> tuple[Vetor, ...] | None:
    if corte.p_sem_compra is None:
        return None
    return (_expit((_logit(corte.p) + _logit(corte.p_sem_compra)) / 2) * corte.valor,)


def _logit(p: Vetor) -> Vetor:
    preso = np.clip(p, 1e-12, 1 - 1e-12)
    return np.log(preso / (1 - preso))


def _expit(v: Vetor) -> Vetor:
    return 1 / (1 + np.exp(-v))


PERDA, SORTEIO, ORACULO = "perda", "sorteio", "oraculo"
METODOS = (
    Metodo(PERDA, "Perda esperada (a da fila)", lambda c: (c.p * c.valor,)),
    Metodo("modelo", "Perda com o modelo de compra junto", _media_dos_logits),
    Metodo("risco", "Risco (só a chance)", lambda c: (c.p,)),
    Metodo("recencia_valor", "Dias sem comprar × valor", lambda c: (c.recencia * c.valor,)),
    Metodo("recencia", "Dias sem comprar", lambda c: (c.recencia,)),
    Metodo("fixos", "Limites fixos de 60 e 120 dias", _fixos),
    Metodo("ido_valor", "1 − P(vivo) × valor", lambda c: None if c.p_vivo is None else ((1 - c.p_vivo) * c.valor,)),
    Metodo("ido", "1 − P(vivo)", lambda c: None if c.p_vivo is None else (1 - c.p_vivo,)),
    Metodo(ORACULO, "Quem já soubesse", lambda c: (c.perdeu, c.valor)),
)  # fmt: skip
NOME_DO_SORTEIO = "Sorteio"
