"""Curva de retorno: uma linha por faixa de compras, distinta pelo traço e pelo nome escrito na ponta."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from django.utils.safestring import SafeString

from carteira.formatos import numero, porcento
from carteira.graficos.desenho import NADA, afastar, linha, n, svg, texto
from carteira.marcacao import format_html, juntar

LARGURA, ALTURA = 560.0, 200.0
_PASSO = 60


def curvas_de_retorno(
    curvas: Sequence[Mapping[str, Any]], passo: int = 15, aviso: int | None = None
) -> SafeString:
    """`curvas`: nome e pontos (dias, % que voltou); onde faltam pontos a linha se interrompe."""
    visiveis = [(ordem, c) for ordem, c in enumerate(curvas, 1) if c["pontos"]]
    if not visiveis:
        return NADA
    ate = max(c["pontos"][-1][0] for _, c in visiveis)
    escala = max(_PASSO * 2, -(-ate // _PASSO) * _PASSO)
    return svg(
        (-38, -14, LARGURA + 190, ALTURA + 50),
        frase(curvas),
        _grade(escala),
        _aviso(aviso, escala),
        juntar(_curva(c["pontos"], ordem, passo, escala) for ordem, c in visiveis),
        _nomes(visiveis, escala),
        classe="retorno",
    )


def frase(curvas: Sequence[Mapping[str, Any]]) -> str:
    """De quanto a quanto cai cada faixa."""
    partes = [
        f"{c['nome']}, de {porcento(c['pontos'][0][1], 0)} com {numero(c['pontos'][0][0])} dias "
        f"a {porcento(c['pontos'][-1][1], 0)} com {numero(c['pontos'][-1][0])}"
        for c in curvas
        if c["pontos"]
    ]
    return f"Dos silêncios que chegaram a cada tamanho, quantos voltaram: {'; '.join(partes)}."


def _x(dias: float, escala: int) -> float:
    return dias / escala * LARGURA


def _y(parte: float) -> float:
    return ALTURA - parte / 100 * ALTURA


def _grade(escala: int) -> SafeString:
    partes = []
    for parte in (0, 25, 50, 75, 100):
        classe = "grade" if parte else "eixo"
        partes += [
            linha(0, _y(parte), LARGURA, _y(parte), classe),
            texto(-6, _y(parte) + 4, f"{parte}%", "tt", "end"),
        ]
    for dias in range(0, escala + 1, _PASSO):
        partes.append(texto(_x(dias, escala), ALTURA + 17, numero(dias), "tt", "middle"))
    partes.append(texto(LARGURA / 2, ALTURA + 33, "dias de silêncio", "tt", "middle"))
    return juntar(partes)


def _aviso(aviso: int | None, escala: int) -> SafeString:
    """Onde a regra de hoje avisa."""
    if not aviso or aviso > escala:
        return NADA
    x = _x(aviso, escala)
    rotulo = texto(x + 5, ALTURA - 8, f"aviso de hoje, {numero(aviso)}", "tt sobre")
    return juntar((linha(x, 0, x, ALTURA, "ln-vigor"), rotulo))


def _curva(pontos: Sequence[tuple[int, float]], ordem: int, passo: int, escala: int) -> SafeString:
    """A linha e um ponto em cada medida; dois pontos longe um do outro não se ligam."""
    trechos = [
        linha(_x(a, escala), _y(va), _x(b, escala), _y(vb), f"faixa faixa-{ordem}")
        for (a, va), (b, vb) in pairwise(pontos)
        if b - a == passo
    ]
    marcas = [
        format_html(
            '<circle class="faixa-no" cx="{}" cy="{}" r="2.5"><title>{} dias: {}</title></circle>',
            n(_x(dias, escala)),
            n(_y(parte)),
            numero(dias),
            porcento(parte),
        )
        for dias, parte in pontos
    ]
    return juntar([*trechos, *marcas])


def _nomes(visiveis: Sequence[tuple[int, Mapping[str, Any]]], escala: int) -> SafeString:
    """Nome e traço na margem direita, de baixo para cima na ordem em que as linhas acabam."""
    ordenadas = sorted(visiveis, key=lambda par: par[1]["pontos"][-1][1])
    alturas = afastar([_y(c["pontos"][-1][1]) for _, c in ordenadas], 16, 4)
    return juntar(
        juntar(
            (
                linha(LARGURA + 10, y, LARGURA + 34, y, f"faixa faixa-{ordem}"),
                texto(LARGURA + 40, y + 4, c["nome"], "tf"),
            )
        )
        for (ordem, c), y in zip(ordenadas, alturas, strict=True)
    )
