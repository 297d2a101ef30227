"""Quem mudou de situação entre duas datas; os muitos que ficaram achatariam o desenho e não entram."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from carteira.formatos import numero
from carteira.graficos.desenho import NADA, n, retangulo, svg, texto
from carteira.graficos.situacoes import NOMES, ORDEM, PREENCHIMENTOS, chave
from carteira.marcacao import format_html, juntar

ESQUERDA, DIREITA, LARGURA = 96.0, 330.0, 430.0
ALTURA_UTIL, VAO, MINIMO = 164.0, 16.0, 14.0


@dataclass
class _No:
    topo: float
    total: int
    usado: float = 0.0


@dataclass(frozen=True)
class Movimento:
    de: str
    para: str
    clientes: int

    @property
    def piora(self) -> bool:
        """Descer na ordem das situações; quem sai de prospect entrou na carteira."""
        return self.de != "prospect" and ORDEM.index(self.para) > ORDEM.index(self.de)


def alluvial(fluxos: Sequence[Mapping[str, Any]], de: str = "", ate: str = "") -> SafeString:
    """SVG dos movimentos; nada quando ninguém se moveu."""
    movimentos = _movimentos(fluxos)
    if not movimentos:
        return NADA
    escala = min(14.0, ALTURA_UTIL / sum(m.clientes for m in movimentos))
    antes, altura_antes = _colunas(movimentos, "de", escala)
    depois, altura_depois = _colunas(movimentos, "para", escala)
    altura = max(altura_antes, altura_depois)
    _centrar(antes, altura - altura_antes)
    _centrar(depois, altura - altura_depois)
    return svg(
        (0, -22, LARGURA, altura + 26),
        frase(movimentos, de, ate),
        texto(ESQUERDA + 8, -8, de, "tt", "end"),
        texto(DIREITA - 8, -8, ate, "tt"),
        juntar(_fita(m, antes[m.de], depois[m.para], escala) for m in movimentos),
        juntar(_no(s, no, ESQUERDA, escala) for s, no in antes.items()),
        juntar(_no(s, no, DIREITA - 8, escala, chegada=True) for s, no in depois.items()),
    )


def _movimentos(fluxos: Sequence[Mapping[str, Any]]) -> list[Movimento]:
    """Na ordem das situações, de onde e para onde, para as fitas não se cruzarem à toa."""
    todos = [Movimento(chave(f["de"]), chave(f["para"]), int(f["clientes"])) for f in fluxos]
    validos = [m for m in todos if m.de and m.para and m.de != m.para and m.clientes > 0]
    return sorted(validos, key=lambda m: (ORDEM.index(m.de), ORDEM.index(m.para)))


def frase(movimentos: Sequence[Movimento], de: str, ate: str) -> str:
    """Quantos pioraram e melhoraram, e cada movimento por extenso."""
    pioraram = sum(m.clientes for m in movimentos if m.piora)
    subiram = sum(m.clientes for m in movimentos) - pioraram
    quando = f"De {de} a {ate}: " if de and ate else ""
    cada = "; ".join(
        f"{NOMES[m.de].lower()} para {NOMES[m.para].lower()}: {numero(m.clientes)}" for m in movimentos
    )
    return f"{quando}{numero(pioraram)} pioraram, {numero(subiram)} melhoraram ou entraram. {cada}."


def _colunas(movimentos: Sequence[Movimento], lado: str, escala: float) -> tuple[dict[str, _No], float]:
    """Um bloco por situação, do topo para baixo; altura mínima para o rótulo caber."""
    nos: dict[str, _No] = {}
    y = 0.0
    for status in ORDEM:
        total = sum(m.clientes for m in movimentos if getattr(m, lado) == status)
        if total:
            nos[status] = _No(y, total)
            y += max(total * escala, MINIMO) + VAO
    return nos, y - VAO


def _centrar(nos: dict[str, _No], sobra: float) -> None:
    for no in nos.values():
        no.topo += sobra / 2


def _fita(m: Movimento, origem: _No, destino: _No, escala: float) -> SafeString:
    espessura = m.clientes * escala
    ya, yb = origem.topo + origem.usado, destino.topo + destino.usado
    origem.usado += espessura
    destino.usado += espessura
    x0 = ESQUERDA + 8
    return format_html(
        '<path class="fita {} {}" d="{}"><title>{} → {}: {}</title></path>{}',
        f"f-{'quase' if m.para == 'quase_inativo' else m.para}",
        "piora" if m.piora else "melhora",
        _curva(ya, yb, espessura),
        NOMES[m.de],
        NOMES[m.para],
        numero(m.clientes),
        texto(x0 + 8, ya + espessura / 2 + 4, numero(m.clientes), "tf") if espessura >= 11 else NADA,
    )


def _curva(ya: float, yb: float, espessura: float) -> str:
    """Fita de borda lisa entre as duas colunas: vai por cima e volta por baixo."""
    x0, x1, meio = n(ESQUERDA + 8), n(DIREITA - 8), n((ESQUERDA + DIREITA) / 2)
    fundo_a, fundo_b = n(ya + espessura), n(yb + espessura)
    ida = f"M{x0} {n(ya)}C{meio} {n(ya)} {meio} {n(yb)} {x1} {n(yb)}"
    return f"{ida}v{n(espessura)}C{meio} {fundo_b} {meio} {fundo_a} {x0} {fundo_a}z"


def _no(status: str, no: _No, x: float, escala: float, *, chegada: bool = False) -> SafeString:
    meio = no.topo + no.total * escala / 2
    lado, ancora = (x + 14, "start") if chegada else (x - 6, "end")
    return juntar(
        (
            retangulo(x, no.topo, 8, no.total * escala, tinta=PREENCHIMENTOS[status], raio=2),
            texto(lado, meio - 1, _curto(status), "tf", ancora),
            texto(lado, meio + 13, f"{'+' if chegada else chr(0x2212)}{numero(no.total)}", "", ancora),
        )
    )


def _curto(status: str) -> str:
    """O nome que cabe na coluna estreita."""
    return NOMES[status].replace("inativo", "inat.") if len(NOMES[status]) > 12 else NOMES[status]
