"""Barras ordenadas em HTML e a faísca de doze meses."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from carteira.formatos import numero
from carteira.graficos.desenho import NADA, n
from carteira.graficos.situacoes import classe
from carteira.marcacao import format_html, juntar


def barras(linhas: Iterable[Mapping[str, Any]], media: Any = None, maximo: Any = None) -> SafeString:
    """Uma linha por item, com o número escrito; a marca de `media` é o traço preto."""
    itens = list(linhas)
    topo = float(maximo or max((float(i["valor"] or 0) for i in itens), default=0)) or 1.0
    marca = NADA
    if media is not None:
        marca = format_html('<u style="left:{}%"></u>', f"{min(100.0, float(media) / topo * 100):.1f}")
    return format_html('<div class="barras">{}</div>', juntar(_linha(i, topo, marca) for i in itens))


def _linha(item: Mapping[str, Any], topo: float, marca: SafeString) -> SafeString:
    nome = (
        format_html('<a class="corta" href="{}">{}</a>', item["url"], item["rotulo"])
        if item.get("url")
        else None
    )
    largura = max(0.0, min(100.0, float(item["valor"] or 0) / topo * 100))
    return format_html(
        '{}<div class="b {}"><i style="width:{}%"></i>{}</div><span class="v"><b>{}</b>{}</span>',
        nome or format_html('<span class="corta">{}</span>', item["rotulo"]),
        classe(item.get("status")),
        f"{largura:.1f}",
        marca,
        item.get("texto") or numero(item["valor"]),
        format_html(' <span class="tenue">{}</span>', item["detalhe"]) if item.get("detalhe") else "",
    )


def faisca(valores: Sequence[Any], largura: float = 52, altura: float = 18) -> SafeString:
    """Colunas minúsculas; decorativas, porque o número e a variação estão ao lado."""
    numeros = [max(0.0, float(v or 0)) for v in valores]
    if not numeros:
        return NADA
    maior, passo = max(*numeros, 0.0, 1e-9), largura / len(numeros)
    lado = n(passo - 1)
    colunas = []
    for i, v in enumerate(numeros):  # texto direto: são doze por linha de uma lista, e só números nossos
        alto = max(1.5, v / maior * altura)
        cor = "f-prospect" if v else "f-falta"
        medidas = f'x="{n(i * passo)}" y="{n(altura - alto)}" width="{lado}" height="{n(alto)}"'
        colunas.append(f'<rect {medidas} rx="0.8" class="{cor}"/>')
    return format_html(
        '<svg class="faisca" width="{0}" height="{1}" viewBox="0 0 {0} {1}" aria-hidden="true">{2}</svg>',
        n(largura),
        n(altura),
        mark_safe("".join(colunas)),  # noqa: S308
    )
