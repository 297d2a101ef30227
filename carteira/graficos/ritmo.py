"""A barra de ritmo: dias sem comprar contra o ciclo próprio e os limites da regra."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from atividade.atraso import ATRASO
from carteira.formatos import numero, plural
from carteira.graficos.situacoes import NOMES, classe
from carteira.marcacao import escapar


@dataclass(frozen=True)
class Ritmo:
    """Tudo em dias. `recencia` nula: nunca comprou; `ciclo` nulo: não há ciclo próprio."""

    recencia: int | None
    ciclo: float | None = None
    quase: int | None = None
    inativo: int | None = None
    status: str = "ativo"
    compra_unica: bool = False

    @property
    def vezes(self) -> float | None:
        """Quantas vezes o ciclo próprio cabe no silêncio."""
        if self.recencia is None or not self.ciclo:
            return None
        return self.recencia / float(self.ciclo)

    @property
    def escala(self) -> float:
        """O fim da barra: 1,5 × o limite, para que linhas da mesma regra se comparem."""
        return float(self.inativo or 2 * (self.ciclo or self.recencia or 1)) * 1.5


def de_datas(
    ultima: dt.date | None,
    quase_em: dt.date | None,
    inativo_em: dt.date | None,
    referencia: dt.date,
    **resto: object,
) -> Ritmo:
    """Monta o ritmo a partir das datas guardadas nos indicadores."""
    if ultima is None:
        return Ritmo(None, **resto)  # type: ignore[arg-type]
    quase = (quase_em - ultima).days if quase_em else None
    inativo = (inativo_em - ultima).days if inativo_em else None
    return Ritmo((referencia - ultima).days, quase=quase, inativo=inativo, **resto)  # type: ignore[arg-type]


def barra(ritmo: Ritmo) -> SafeString:
    """HTML da barra com a legenda; o texto alternativo diz tudo o que ela mostra."""
    if ritmo.recencia is None:
        return mark_safe('<div class="ritmo nunca"><span class="tenue">Ainda não comprou</span></div>')
    quase, inativo = ritmo.quase, ritmo.inativo
    return SafeString(  # nosec B703 # números nossos, e a frase escapada
        f'<div class="ritmo {classe(ritmo.status) or "ativo"}" style="--rec:{_porcento(ritmo, ritmo.recencia)};'
        f'--q:{_porcento(ritmo, quase or inativo)};--i:{_porcento(ritmo, inativo)}">'
        f'<div class="trilho" role="img" aria-label="{escapar(_frase(ritmo))}"><span class="fio"></span>'
        f"{_marca('lim', ritmo, quase)}{_marca('lim', ritmo, inativo)}{_marca('cic', ritmo, ritmo.ciclo)}</div>"
        f"{_legenda(ritmo)}</div>"
    )


def _porcento(ritmo: Ritmo, dias: float | None) -> str:
    if dias is None:
        return "100%"
    return f"{min(100.0, max(0.0, float(dias) / ritmo.escala * 100)):.1f}%"


def _marca(tipo: str, ritmo: Ritmo, dias: float | None) -> str:
    return f'<span class="{tipo}" style="--em:{_porcento(ritmo, dias)}"></span>' if dias else ""


def _frase(ritmo: Ritmo) -> str:
    dias = f"{numero(ritmo.recencia)} {plural(ritmo.recencia, 'dia,dias')} sem comprar"
    ciclo = f"ciclo próprio {numero(ritmo.ciclo)} dias" if ritmo.ciclo else _sem_ciclo(ritmo)
    limites = [
        f"{nome} aos {numero(limite)}"
        for nome, limite in (
            (NOMES["quase_inativo"].lower(), ritmo.quase),
            (NOMES["inativo"].lower(), ritmo.inativo),
        )
        if limite
    ]
    return "; ".join([dias, ciclo, *([", ".join(limites)] if limites else [])])


def _sem_ciclo(ritmo: Ritmo) -> str:
    return "uma só compra" if ritmo.compra_unica else "ciclo próprio ainda desconhecido"


def _legenda(ritmo: Ritmo) -> str:
    ciclo = (
        f"ciclo {numero(ritmo.ciclo)} d"
        if ritmo.ciclo
        else ("uma só compra" if ritmo.compra_unica else "sem ciclo")
    )
    x = ritmo.vezes
    vezes = f'<span class="x {"alto" if x >= ATRASO else ""}">{numero(x, 1)}×</span>' if x is not None else ""
    return f'<div class="leg"><b>{numero(ritmo.recencia)} d</b><span>{ciclo}</span>{vezes}</div>'


def de_indicadores(linha: Any, referencia: dt.date | None) -> Ritmo:
    """Lê os campos dos indicadores de um cliente; sem referência explícita, usa `linha.referencia`."""
    ref = referencia or getattr(linha, "referencia", None)
    dias_de_compra = getattr(linha, "dias_de_compra", None) or 0
    if linha.ultima_compra is None or ref is None:
        return Ritmo(None)
    return de_datas(
        linha.ultima_compra,
        linha.quase_inativo_em,
        linha.inativo_em,
        ref,
        ciclo=linha.intervalo_mediano_dias if dias_de_compra >= 3 else None,
        status=str(getattr(linha, "status", "") or "ativo"),
        compra_unica=dias_de_compra == 1,
    )
