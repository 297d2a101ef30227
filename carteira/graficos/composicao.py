"""A carteira por situação: colunas de 13 meses, barras empilhadas e o par clientes × valor."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from carteira.formatos import numero, plural, porcento
from carteira.graficos.desenho import NADA, afastar, linha, retangulo, svg, texto
from carteira.graficos.situacoes import NOMES, PLURAIS, PREENCHIMENTOS, chave, classe
from carteira.marcacao import juntar

PARTES = ("ativo", "quase_inativo", "inativo")
LARGURA, ALTURA = 560.0, 236.0


def _partes(mes: Mapping[str, Any]) -> dict[str, float] | None:
    """Percentuais da coluna; nada quando o mês não tem clientes."""
    valores = {status: float(mes.get(status) or 0) for status in PARTES}
    total = sum(valores.values())
    return {status: valor * 100 / total for status, valor in valores.items()} if total else None


def colunas(meses: Sequence[Mapping[str, Any]]) -> SafeString:
    """Colunas de 100%; a última, em tinta cheia, leva os rótulos: não há legenda a procurar."""
    if not meses:
        return NADA
    passo = LARGURA / max(len(meses), 6)
    ultimo = len(meses) - 1
    desenho = [_coluna(mes, i * passo, passo, atual=i == ultimo) for i, mes in enumerate(meses)]
    rotulos = _rotulos(_partes(meses[ultimo]), passo * len(meses) + 6)
    return svg(
        (-34, -4, passo * len(meses) + 148, ALTURA + 28),
        frase(meses),
        _grade(passo * len(meses)),
        *desenho,
        rotulos,
    )


def frase(meses: Sequence[Mapping[str, Any]]) -> str:
    """De quanto a quanto foi cada situação, do primeiro ao último mês com clientes."""
    com_dados = [(mes["rotulo"], p) for mes in meses if (p := _partes(mes))]
    if not com_dados:
        return "Composição da carteira: ainda sem clientes com compra."
    (de, antes), (ate, depois) = com_dados[0], com_dados[-1]
    idas = [f"{PLURAIS[s].lower()} de {porcento(antes[s])} para {porcento(depois[s])}" for s in PARTES]
    return f"Composição da carteira de {de} a {ate}: {'; '.join(idas)}."


def _grade(largura: float) -> SafeString:
    linhas = []
    for valor in (0, 25, 50, 75, 100):
        y = ALTURA - valor / 100 * ALTURA
        linhas += [linha(0, y, largura, y, "grade"), texto(-6, y + 4, f"{valor}%", "tt", "end")]
    return juntar(linhas)


def _coluna(mes: Mapping[str, Any], x: float, passo: float, *, atual: bool) -> SafeString:
    partes = _partes(mes)
    rotulo = texto(x + passo / 2, ALTURA + 17, mes["rotulo"], "tf" if atual else "tt", "middle")
    if partes is None:
        return rotulo
    blocos, topo = [], ALTURA
    for status in PARTES:
        altura = partes[status] / 100 * ALTURA
        topo -= altura
        nome, quantos = PLURAIS[status].lower(), numero(mes.get(status) or 0)
        dica = f"{mes['rotulo']}: {porcento(partes[status])} {nome} ({quantos})"
        blocos.append(
            retangulo(x + 4, topo + 1, passo - 8, altura - 1, tinta=PREENCHIMENTOS[status], dica=dica)
        )
    return format_html(
        '<g class="{}">{}</g>{}', "col-atual" if atual else "col-antes", juntar(blocos), rotulo
    )


def _rotulos(partes: dict[str, float] | None, x: float) -> SafeString:
    """Nome e percentual ao lado da última coluna, afastados para nunca se cobrirem."""
    if partes is None:
        return NADA
    meios, topo = [], ALTURA
    for status in PARTES:
        altura = partes[status] / 100 * ALTURA
        meios.append(topo - altura / 2)
        topo -= altura
    posicoes = afastar(meios, 34, 10)
    return juntar(
        juntar((texto(x, y - 2, PLURAIS[s], "tf"), texto(x, y + 13, porcento(partes[s]))))
        for s, y in zip(PARTES, posicoes, strict=True)
    )


def pilha(quantidades: Mapping[str, Any], altura: int = 14, unidade: str = "") -> SafeString:
    """Uma barra empilhada em HTML, com as quantidades ditas por extenso."""
    valores = {s: float(quantidades.get(s) or 0) for s in PARTES}
    total = sum(valores.values())
    if not total:
        return format_html(
            '<div class="pilha vazia" style="--h:{}px" role="img" aria-label="sem clientes"></div>', altura
        )
    fatias = format_html_join(
        "",
        '<i class="{}" style="width:{}%" title="{}: {}"></i>',
        (
            (classe(s), f"{v * 100 / total:.2f}", NOMES[s], _dizer(v, unidade))
            for s, v in valores.items()
            if v
        ),
    )
    rotulo = ", ".join(f"{_dizer(v, unidade)} {_nome(s, v)}" for s, v in valores.items())
    return format_html(
        '<div class="pilha" style="--h:{}px" role="img" aria-label="{}">{}</div>', altura, rotulo, fatias
    )


def _dizer(valor: float, unidade: str) -> str:
    return f"{unidade} {numero(valor)}".strip()


def _nome(status: str, quantidade: float) -> str:
    return plural(quantidade, f"{NOMES[status].lower()},{PLURAIS[status].lower()}")


def duas_barras(partes: Iterable[Mapping[str, Any]]) -> SafeString:
    """Clientes × valor no mesmo eixo: 14% dos clientes, 17% do dinheiro."""
    linhas = list(partes)
    clientes = {chave(p["status"]): p.get("clientes") for p in linhas}
    valores = {chave(p["status"]): p.get("valor") for p in linhas}
    return format_html(
        '<div class="duas-barras"><span>Clientes</span>{}<span>R$</span>{}</div>',
        pilha(clientes, 20),
        pilha(valores, 20, "R$"),
    )
