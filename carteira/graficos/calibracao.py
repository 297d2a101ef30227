"""Previsto contra acontecido: na diagonal, a chance dita é a que se cumpre."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString

from carteira.formatos import numero, plural, porcento
from carteira.graficos.desenho import NADA, linha, n, svg, texto
from carteira.marcacao import format_html, juntar

LADO, ESQUERDA, RODAPE = 320.0, 48.0, 44.0
_MARCAS = (0, 20, 40, 60, 80, 100)
_RAIO = (3.5, 13.0)
Faixa = Mapping[str, Any]


def calibracao(series: Sequence[Mapping[str, Any]]) -> SafeString:
    """Uma ou duas séries de faixas {previsto, acontecido, linhas}, de 0 a 1: círculos e, por cima deles, losangos."""
    presentes = [serie for serie in series if serie["faixas"]]
    if not presentes:
        return NADA
    maior = max(f["linhas"] for serie in presentes for f in serie["faixas"])
    pontos = [_serie(serie["faixas"], maior, ordem) for ordem, serie in enumerate(presentes)]
    return svg(
        (0, -34, ESQUERDA + LADO + 16, LADO + RODAPE + 34),
        frase(presentes[0]),
        _eixos(),
        juntar(pontos),
        classe="calibracao",
    )


def frase(serie: Mapping[str, Any]) -> str:
    """O achado da primeira série: de quanto a chance dita se afasta da que se cumpriu."""
    faixas = serie["faixas"]
    total = sum(f["linhas"] for f in faixas)
    erro = sum(f["linhas"] * abs(f["previsto"] - f["acontecido"]) for f in faixas) / total * 100
    return (
        f"{serie['nome']}: em {numero(total)} {plural(total, 'cliente,clientes')}, a chance prevista e a "
        f"acontecida diferem em média {porcento(erro, 1)}."
    )


def _x(fracao: float) -> float:
    return ESQUERDA + fracao * LADO


def _y(fracao: float) -> float:
    return LADO * (1 - fracao)


def _eixos() -> SafeString:
    partes = []
    for marca in _MARCAS:
        v = marca / 100
        partes += [
            linha(_x(0), _y(v), _x(1), _y(v), "eixo" if marca == 0 else "grade"),
            texto(ESQUERDA - 8, _y(v) + 4, f"{marca}%", "tt", "end"),
            texto(_x(v), LADO + 18, f"{marca}%", "tt", "middle"),
        ]
    return juntar(
        [
            *partes,
            linha(_x(0), _y(0), _x(1), _y(1), "ln-vigor"),
            texto(_x(0.5), LADO + 38, "previsto: chance de ficar 90 dias sem comprar", "tt", "middle"),
            texto(0, -20, "acontecido", "tt"),
        ]
    )


def _serie(faixas: Sequence[Faixa], maior: int, ordem: int) -> SafeString:
    return juntar(_ponto(faixa, maior, ordem) for faixa in faixas)


def _ponto(faixa: Faixa, maior: int, ordem: int) -> SafeString:
    """A área diz quantos clientes; o texto ao pousar diz os três números."""
    menor, cheio = _RAIO
    raio = menor + (cheio - menor) * math.sqrt(faixa["linhas"] / maior)
    x, y = _x(faixa["previsto"]), _y(faixa["acontecido"])
    dica = (
        f"{porcento(faixa['previsto'] * 100, 1)} previsto, {porcento(faixa['acontecido'] * 100, 1)} acontecido, "
        f"{numero(faixa['linhas'])} {plural(faixa['linhas'], 'cliente,clientes')}"
    )
    if ordem == 0:
        forma = format_html('<circle cx="{}" cy="{}" r="{}">', n(x), n(y), n(raio))
        return format_html('<g class="cal-p">{}<title>{}</title></circle></g>', forma, dica)
    mais, menos = n(raio), n(-raio)
    caminho = f"M{n(x)} {n(y - raio)}l{mais} {mais}l{menos} {mais}l{menos} {menos}z"
    forma = format_html('<path d="{}">', caminho)
    return format_html('<g class="cal-m">{}<title>{}</title></path></g>', forma, dica)
