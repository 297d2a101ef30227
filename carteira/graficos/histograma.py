"""Intervalos entre compras com os dois limites por cima: a escolha fica onde está a distribuição."""

import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.safestring import SafeString

from carteira.formatos import numero, plural, porcento
from carteira.graficos.desenho import NADA, linha, n, retangulo, texto
from carteira.graficos.situacoes import NOMES, PREENCHIMENTOS
from carteira.marcacao import format_html, juntar

LARGURA, ALTURA = 760.0, 190.0
_PASSOS = (30, 60, 90, 120, 180, 360)


def histograma(
    faixas: Sequence[Mapping[str, Any]],
    quase: int,
    inativo: int,
    *,
    acumulado: Sequence[float] = (),
    hoje: tuple[int, int] | None = None,
) -> SafeString:
    """SVG com duas alças que o teclado e os campos de número também movem (`static/js/atividade.js`).

    `acumulado[d]` é a % das recompras que aconteceram em até d dias; `hoje` são os limites em vigor.
    """
    if not faixas:
        return NADA
    escala = int(max(float(f["fim"]) for f in faixas))
    alcas = juntar(
        _alca(status, dias, escala, acumulado)
        for status, dias in (("quase_inativo", quase), ("inativo", inativo))
    )
    return format_html(
        '<svg class="graf hist" viewBox="0 -30 {} {}" role="group" aria-label="{}"'
        ' data-escala="{}" data-acumulado="{}">{}</svg>',
        n(LARGURA),
        n(ALTURA + 58),
        frase(faixas, quase, inativo, acumulado),
        escala,
        json.dumps([round(float(v), 1) for v in acumulado], separators=(",", ":")),
        juntar((_barras(faixas, quase, inativo, escala), _eixo(escala), _em_vigor(hoje, escala), alcas)),
    )


def frase(faixas: Sequence[Mapping[str, Any]], quase: int, inativo: int, acumulado: Sequence[float]) -> str:
    """Quantos intervalos há e o que os dois limites deixam para trás."""
    total = sum(int(f["quantidade"]) for f in faixas)
    partes = [f"Distribuição de {numero(total)} {plural(total, 'intervalo,intervalos')} entre compras"]
    for dias in (quase, inativo):
        if acumulado:
            partes.append(f"{porcento(ate(acumulado, dias))} das recompras em até {numero(dias)} dias")
    return "; ".join(partes) + "."


def ate(acumulado: Sequence[float], dias: int) -> float:
    """% acumulada até o dia, presa às pontas da escala."""
    return float(acumulado[min(max(dias, 0), len(acumulado) - 1)]) if acumulado else 0.0


def _x(dias: float, escala: int) -> float:
    return min(max(dias, 0), escala) / escala * LARGURA


def _barras(faixas: Sequence[Mapping[str, Any]], quase: int, inativo: int, escala: int) -> SafeString:
    maior = max(int(f["quantidade"]) for f in faixas) or 1
    situacoes = ("ativo", "quase_inativo", "inativo")
    return juntar(
        _barra(
            f, PREENCHIMENTOS[situacoes[bisect_right((quase, inativo), float(f["inicio"]))]], maior, escala
        )
        for f in faixas
    )


def _barra(faixa: Mapping[str, Any], tinta: str, maior: int, escala: int) -> SafeString:
    inicio, fim, quantidade = float(faixa["inicio"]), float(faixa["fim"]), int(faixa["quantidade"])
    altura = quantidade / maior * ALTURA
    quantas = f"{numero(quantidade)} {plural(quantidade, 'recompra,recompras')}"
    dica = f"{numero(inicio + 1)} a {numero(fim)} dias: {quantas}"
    return format_html(
        '<g class="barra" data-inicio="{}" fill="{}">{}</g>',
        n(inicio),
        tinta,
        retangulo(
            _x(inicio, escala) + 1,
            ALTURA - altura,
            _x(fim, escala) - _x(inicio, escala) - 2,
            altura,
            raio=1.5,
            dica=dica,
        ),
    )


def _eixo(escala: int) -> SafeString:
    passo = next((p for p in _PASSOS if escala / p <= 9), _PASSOS[-1])
    partes = [linha(0, ALTURA, LARGURA, ALTURA, "eixo")]
    for dias in range(0, escala + 1, passo):
        fim = dias + passo > escala
        ancora = "start" if dias == 0 else "end" if fim and dias == escala else "middle"
        partes.append(
            texto(
                _x(dias, escala), ALTURA + 17, f"{numero(dias)} dias" if fim else numero(dias), "tt", ancora
            )
        )
    return juntar(partes)


def _em_vigor(hoje: tuple[int, int] | None, escala: int) -> SafeString:
    """Os limites de hoje, pontilhados, para comparar com a escolha."""
    visiveis = [dias for dias in hoje or () if dias <= escala]
    return juntar(
        juntar(
            (
                linha(_x(d, escala), 14, _x(d, escala), ALTURA, "ln-vigor"),
                texto(_x(d, escala) + 5, 24, f"hoje {numero(d)}", "tt"),
            )
        )
        for d in visiveis
    )


def _alca(status: str, dias: int, escala: int, acumulado: Sequence[float]) -> SafeString:
    """Linha com pega de 28 px de largura e o que ela significa escrito em cima."""
    classe = "quase" if status == "quase_inativo" else status
    esquerda = _x(dias, escala) > LARGURA * 0.72 or (classe == "quase" and _x(dias, escala) > 130)
    meio = ALTURA / 2
    return format_html(
        '<g class="alca {0}" data-lim="{0}" transform="translate({1} 0)" tabindex="0" role="slider"'
        ' aria-label="Limite {2}" aria-valuemin="1" aria-valuemax="{3}" aria-valuenow="{4}"'
        ' aria-valuetext="{4} dias">'
        '<rect class="area" x="-14" y="-30" width="28" height="{5}"/><line y1="-6" y2="{6}"/>'
        '<rect class="pega" x="-7" y="{7}" width="14" height="28" rx="5"/><path d="M-2 {8}v12M2 {8}v12"/>'
        '<text x="{9}" y="{10}" text-anchor="{11}"><tspan class="rot-d">{4} d</tspan>{12}</text></g>',
        classe,
        n(_x(dias, escala)),
        NOMES[status].lower(),
        escala,
        dias,
        n(ALTURA + 34),
        n(ALTURA),
        n(meio - 14),
        n(meio - 6),
        -6 if esquerda else 6,
        -20 if classe == "quase" else -6,
        "end" if esquerda else "start",
        format_html(' · <tspan class="rot-p">{}</tspan> recompraram', porcento(ate(acumulado, dias), 0))
        if acumulado
        else NADA,
    )
