"""Barras ordenadas em HTML e a faísca de doze meses."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
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
    """Colunas minúsculas; decorativas, porque o número e a variação estão ao lado.

    Dois traçados, os meses com compra e os sem: uma lista tem cinquenta destas, e doze retângulos em cada.
    """
    numeros = [max(0.0, float(v or 0)) for v in valores]
    if not numeros:
        return NADA
    maior, inicios, lado = max(*numeros, 1e-9), *_colunas(len(numeros), largura)
    com, sem = [], []
    for inicio, v in zip(inicios, numeros, strict=True):
        alto = f"{max(1.5, v / maior * altura):.1f}"
        (com if v else sem).append(f"M{inicio} {n(altura)}v-{alto}h{lado}v{alto}z")
    return mark_safe(  # noqa: S308 - só números nossos  # nosec B703 # números
        f'<svg class="faisca" width="{n(largura)}" height="{n(altura)}" viewBox="0 0 {n(largura)} {n(altura)}"'
        f' aria-hidden="true">{_tracado(com, "f-prospect")}{_tracado(sem, "f-falta")}</svg>'
    )


@lru_cache(maxsize=16)
def _colunas(quantas: int, largura: float) -> tuple[list[str], str]:
    """Onde começa cada coluna, e quanto mede de lado."""
    passo = largura / quantas
    return [n(i * passo) for i in range(quantas)], n(passo - 1)


def _tracado(partes: list[str], cor: str) -> str:
    return f'<path class="{cor}" d="{"".join(partes)}"/>' if partes else ""
