"""As 27 UFs como ladrilhos de mesma área: sem mapa de fora, funciona impresso, cada um é um link."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from carteira.formatos import numero, plural, porcento
from carteira.marcacao import juntar

CORTES = (20.0, 30.0, 38.0, 45.0)
LUGARES = {
    "RR": (1, 3), "AP": (1, 5),
    "AM": (2, 2), "PA": (2, 3), "MA": (2, 4), "PI": (2, 5), "CE": (2, 6), "RN": (2, 7),
    "AC": (3, 1), "RO": (3, 2), "MT": (3, 3), "TO": (3, 4), "BA": (3, 5), "PE": (3, 6), "PB": (3, 7),
    "MS": (4, 3), "GO": (4, 4), "DF": (4, 5), "SE": (4, 6), "AL": (4, 7),
    "SP": (5, 4), "MG": (5, 5), "ES": (5, 6),
    "PR": (6, 4), "RJ": (6, 5),
    "SC": (7, 4),
    "RS": (8, 4),
}  # fmt: skip


def mapa(ufs: Iterable[Mapping[str, Any]], url: str = "?uf=", cortes: Sequence[float] = CORTES) -> SafeString:
    """Ladrilhos na ordem de leitura; UF sem clientes fica tracejada e não é link."""
    por_uf = {str(linha["uf"]).upper(): linha for linha in ufs}
    ladrilhos = (_ladrilho(uf, lugar, por_uf.get(uf), url, cortes) for uf, lugar in LUGARES.items())
    return format_html('<div class="ufs">{}</div>', juntar(ladrilhos))


def _ladrilho(
    uf: str, lugar: tuple[int, int], linha: Mapping[str, Any] | None, url: str, cortes: Sequence[float]
) -> SafeString:
    area = f"grid-area:{lugar[0]}/{lugar[1]}"
    if not linha or not linha.get("total"):
        return format_html('<span style="{}" aria-hidden="true">{}</span>', area, uf)
    percentual, total = linha.get("percentual") or 0, linha["total"]
    return format_html(
        '<a href="{}{}" class="q{}" style="{}">{} <small>{}</small>'
        '<span class="sr"> em risco ou perdidos, de {} {}</span></a>',
        url,
        uf,
        nivel(percentual, cortes),
        area,
        uf,
        porcento(percentual, 0),
        numero(total),
        plural(total, "cliente,clientes"),
    )


def nivel(percentual: Any, cortes: Sequence[float] = CORTES) -> int:
    """De 1 (claro) a 5 (escuro): quantos cortes o valor alcança, mais um."""
    return 1 + sum(float(percentual) >= corte for corte in cortes)


def legenda(cortes: Sequence[float] = CORTES) -> SafeString:
    inteiros = [numero(c) for c in cortes]
    meios = [f"{a}–{b}" for a, b in pairwise(inteiros)]
    nomes = [f"até {inteiros[0]}%", *meios, f"{inteiros[-1]}% ou mais"]
    return format_html(
        '<div class="legenda">{}</div>',
        format_html_join("", '<span><i class="amostra q{}"></i>{}</span>', enumerate(nomes, 1)),
    )
