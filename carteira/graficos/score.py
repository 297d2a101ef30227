"""O score no tempo, uma linha por fonte, sobre as faixas da empresa: vê-se quando mudou de faixa."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.utils.safestring import SafeString

from carteira.formatos import data
from carteira.graficos.desenho import NADA, afastar, linha, n, svg, texto
from carteira.marcacao import format_html, juntar

LARGURA, ALTURA, ESQUERDA, DIREITA = 260.0, 150.0, 74.0, 86.0
TETO = 1000


def grafico_score(scores: Sequence[Any], faixas: Sequence[Any]) -> SafeString:
    """Do mais antigo ao mais novo; com um só não há linha a desenhar, e a lista ao lado já o diz."""
    em_ordem = sorted(scores, key=lambda s: (s.em, s.pk))
    if len({s.em for s in em_ordem}) < 2:
        return NADA
    de, ate = em_ordem[0].em, em_ordem[-1].em
    fontes = _por_fonte(em_ordem)
    return svg(
        (-ESQUERDA, -10, LARGURA + ESQUERDA + DIREITA, ALTURA + 34),
        frase(fontes),
        _faixas(faixas),
        juntar(
            _traco(deles, de, ate, "ln-giro" if i == 0 else "ln-antes")
            for i, deles in enumerate(fontes.values())
        ),
        _nomes(fontes),
        texto(0, ALTURA + 18, data(de), "tt"),
        texto(LARGURA, ALTURA + 18, data(ate), "tt", "end"),
        classe="grafico-score",
    )


def _por_fonte(scores: Sequence[Any]) -> dict[str, list[Any]]:
    """A fonte que disse mais vem primeiro, na linha cheia."""
    fontes: dict[str, list[Any]] = {}
    for score in scores:
        fontes.setdefault(score.fonte, []).append(score)
    return dict(sorted(fontes.items(), key=lambda par: (-len(par[1]), par[0])))


def frase(fontes: dict[str, list[Any]]) -> str:
    partes = [
        f"{fonte}: de {deles[0].valor} em {data(deles[0].em)} a {deles[-1].valor} em {data(deles[-1].em)}"
        for fonte, deles in fontes.items()
    ]
    return f"Score no tempo. {'; '.join(partes)}."


def _y(valor: int) -> float:
    return ALTURA * (1 - valor / TETO)


def _faixas(faixas: Sequence[Any]) -> SafeString:
    """Um traço onde cada faixa começa, e o nome dela no meio da altura."""
    partes = []
    for faixa in faixas:
        y = _y(faixa.minimo)
        partes += [
            linha(0, y, LARGURA, y, "grade" if faixa.minimo else "eixo"),
            texto(-8, _y((faixa.minimo + faixa.maximo) // 2) + 4, faixa.nome, "tt", "end"),
        ]
    return juntar(partes)


def _traco(scores: Sequence[Any], de: date, ate: date, classe: str) -> SafeString:
    total = (ate - de).days
    pontos = [((s.em - de).days / total * LARGURA, _y(s.valor), s) for s in scores]
    caminho = "L".join(f"{n(x)} {n(y)}" for x, y, _ in pontos)
    marcas = juntar(
        format_html(
            '<circle class="{}-fim" cx="{}" cy="{}" r="3.5"><title>{}</title></circle>',
            classe,
            n(x),
            n(y),
            f"{s.fonte}, {data(s.em)}: {s.valor}",
        )
        for x, y, s in pontos
    )
    return format_html('<path class="{}" d="M{}"/>{}', classe, caminho, marcas)


def _nomes(fontes: dict[str, list[Any]]) -> SafeString:
    """O nome da fonte e o último valor à direita: não há legenda a procurar."""
    ultimos = [(fonte, deles[-1].valor) for fonte, deles in fontes.items()]
    itens = [(_y(valor), f"{fonte[:12]} {valor}", i) for i, (fonte, valor) in enumerate(ultimos)]
    itens.sort(key=lambda item: -item[0])
    alturas = afastar([y for y, _, _ in itens], 15, 6)
    return juntar(
        texto(LARGURA + 10, y + 4, rotulo, "" if i else "tf")
        for y, (_, rotulo, i) in zip(alturas, itens, strict=True)
    )
