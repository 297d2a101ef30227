"""Pedidos como hastes no tempo: os vãos são a mensagem; a faixa é a próxima compra esperada."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise

from django.utils.safestring import SafeString

from carteira.formatos import data, moeda, numero, plural
from carteira.graficos.desenho import NADA, linha, n, retangulo, svg, texto
from carteira.marcacao import format_html, juntar

LARGURA, BASE, ALTURA_DA_HASTE = 820.0, 128.0, 74.0
LARGURA_DO_ROTULO = 108.0  # "03/01/27 (60 d)" e "esperado 19/11", com folga
_MESES = ("jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez")


@dataclass(frozen=True)
class Historia:
    """O que o desenho precisa saber; datas ausentes somem do gráfico."""

    compras: dict[dt.date, Decimal]
    referencia: dt.date
    ciclo: float | None = None
    p25: float | None = None
    p75: float | None = None
    quase_em: dt.date | None = None
    inativo_em: dt.date | None = None
    inicio: dt.date = field(init=False)
    fim: dt.date = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "inicio", _inicio(self))
        object.__setattr__(self, "fim", _fim(self))

    @property
    def ultima(self) -> dt.date:
        return max(self.compras)

    def x(self, dia: dt.date) -> float:
        """Posição de um dia na largura do desenho."""
        total = (self.fim - self.inicio).days
        return (dia - self.inicio).days / total * LARGURA

    def depois(self, dias: float) -> dt.date:
        return self.ultima + dt.timedelta(days=round(dias))


def _inicio(h: Historia) -> dt.date:
    """Doze meses de história, ou o bastante para mostrar a última compra com folga."""
    return min(h.referencia - dt.timedelta(days=370), h.ultima - dt.timedelta(days=120))


def _fim(h: Historia) -> dt.date:
    """Até depois do último limite, sem que um limite distante esprema o resto."""
    limite = max(h.inativo_em or h.referencia, h.referencia) + dt.timedelta(days=80)
    return min(max(limite, h.referencia + dt.timedelta(days=60)), h.referencia + dt.timedelta(days=460))


def ritmo_de_compra(
    pedidos: Iterable[tuple[dt.date, Decimal]],
    referencia: dt.date,
    *,
    ciclo: float | None = None,
    p25: float | None = None,
    p75: float | None = None,
    quase_em: dt.date | None = None,
    inativo_em: dt.date | None = None,
) -> SafeString:
    """SVG do ritmo de um cliente; sem pedidos não há o que desenhar."""
    compras: dict[dt.date, Decimal] = {}
    for dia, valor in pedidos:
        if dia <= referencia:
            compras[dia] = compras.get(dia, Decimal(0)) + Decimal(str(valor))
    if not compras:
        return NADA
    h = Historia(compras, referencia, ciclo, p25, p75, quase_em, inativo_em)
    camadas = (_faixas(h), _esperada(h), _meses(h), _hastes(h), _silencio(h), _hoje(h), _limites(h))
    return svg((0, 0, LARGURA, 178), frase(h), *camadas)


def frase(h: Historia) -> str:
    """O achado por extenso, para quem não vê o desenho."""
    visiveis = [d for d in h.compras if d >= h.inicio]
    nome = plural(len(visiveis), "dia de compra,dias de compra")
    partes = [f"{numero(len(visiveis))} {nome} desde {data(min(visiveis))}"]
    if h.ciclo:
        partes[0] += f", um a cada {numero(h.ciclo)} dias"
        partes.append(f"próxima compra esperada em {data(h.depois(h.ciclo))}")
    silencio = (h.referencia - h.ultima).days
    partes.append(f"está há {numero(silencio)} {plural(silencio, 'dia,dias')} sem comprar")
    partes += [
        f"{nome} em {data(dia)}"
        for nome, dia in (("quase inativo", h.quase_em), ("inativo", h.inativo_em))
        if dia
    ]
    return "; ".join(partes) + "."


def _faixas(h: Historia) -> SafeString:
    """Fundo das situações que o silêncio atravessa."""
    return juntar(_faixas_visiveis(h))


def _faixas_visiveis(h: Historia) -> Iterator[SafeString]:
    trechos = ((h.quase_em, h.inativo_em, "fx-quase"), (h.inativo_em, h.fim, "fx-inativo"))
    for de, ate, classe in trechos:
        if de and de < h.fim:
            fim = min(ate or h.fim, h.fim)
            yield retangulo(h.x(de), 18, h.x(fim) - h.x(de), BASE - 18, classe=classe)


def _esperada(h: Historia) -> SafeString:
    """Faixa da metade das vezes (P25–P75) e o dia do ciclo."""
    if not h.ciclo or h.depois(h.ciclo) > h.fim:
        return NADA
    de, ate = h.depois(h.p25 or h.ciclo), min(h.depois(h.p75 or h.ciclo), h.fim)
    meio = h.x(h.depois(h.ciclo))
    x, ancora = _lugar_do_esperado(h, h.x(ate))
    return juntar(
        (
            retangulo(h.x(de), 34, max(2.0, h.x(ate) - h.x(de)), BASE - 34, classe="fx-esperada"),
            linha(meio, 34, meio, BASE, "ln-esperada"),
            texto(x, 28, f"esperado {data(h.depois(h.ciclo), '%d/%m')}", "tx-esperada", ancora),
        )
    )


def _lugar_do_esperado(h: Historia, fim: float) -> tuple[float, str]:
    """Termina com a faixa; se a linha de hoje o cortaria, fica inteiro do lado dela em que o dia está."""
    hoje = h.x(h.referencia)
    if fim <= LARGURA_DO_ROTULO:
        return fim, "start"
    if not fim - LARGURA_DO_ROTULO < hoje < fim + 6:
        return fim, "end"
    antes = h.depois(h.ciclo or 0) <= h.referencia
    return (hoje - 6, "end") if antes else (hoje + 6, "start")


def _meses(h: Historia) -> SafeString:
    primeiros = list(_primeiros_dias(h))
    passo = 1 if len(primeiros) <= 18 else 3
    partes = [linha(0, BASE, LARGURA, BASE, "eixo")]
    for i, dia in enumerate(primeiros):
        partes.append(linha(h.x(dia), 18, h.x(dia), BASE, "grade"))
        if i % passo == 0 and h.x(dia) < LARGURA - 24:
            ano = f"/{dia:%y}" if dia.month == 1 or passo == 3 else ""
            partes.append(texto(h.x(dia) + 3, BASE + 16, f"{_MESES[dia.month - 1]}{ano}", "tt"))
    return juntar(partes)


def _primeiros_dias(h: Historia) -> Iterator[dt.date]:
    dia = (h.inicio.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    while dia < h.fim:
        yield dia
        dia = (dia + dt.timedelta(days=32)).replace(day=1)


def _hastes(h: Historia) -> SafeString:
    visiveis = sorted(d for d in h.compras if d >= h.inicio)
    maior = max(float(h.compras[d]) for d in visiveis) or 1.0
    partes = [_haste(h, dia, maior) for dia in visiveis]
    for antes, depois in pairwise(visiveis):
        vao = h.x(depois) - h.x(antes)
        if vao >= 20:  # menos que isso o número se sobrepõe às hastes
            partes.append(texto(h.x(antes) + vao / 2, BASE - 5, (depois - antes).days, "tt vao", "middle"))
    return juntar(partes)


def _haste(h: Historia, dia: dt.date, maior: float) -> SafeString:
    """Altura e raio crescem com o valor."""
    fracao = max(0.0, float(h.compras[dia]) / maior)
    topo = BASE - max(6.0, fracao * ALTURA_DA_HASTE)
    return format_html(
        '{}<circle class="no-pedido" cx="{}" cy="{}" r="{}"><title>{} · {}</title></circle>',
        linha(h.x(dia), BASE, h.x(dia), topo, "haste"),
        n(h.x(dia)),
        n(topo),
        n(3.2 + 3 * fracao),
        data(dia),
        moeda(h.compras[dia]),
    )


def _silencio(h: Historia) -> SafeString:
    """O traço grosso: da última compra até hoje."""
    dias = (h.referencia - h.ultima).days
    if dias <= 0:
        return NADA
    de, ate = h.x(h.ultima), h.x(h.referencia)
    rotulo = (
        texto((de + ate) / 2, BASE - 9, f"{numero(dias)} d", "tf sobre", "middle") if ate - de > 34 else NADA
    )
    return juntar((linha(de, BASE - 2, ate, BASE - 2, "silencio"), rotulo))


def _hoje(h: Historia) -> SafeString:
    x = h.x(h.referencia)
    return juntar(
        (
            linha(x, 6, x, BASE + 6, "ln-hoje"),
            retangulo(x - 23, BASE + 22, 46, 18, classe="et-hoje", raio=9),
            texto(x, BASE + 35, data(h.referencia, "%d/%m"), "tx-hoje", "middle"),
        )
    )


def _limites(h: Historia) -> SafeString:
    """Nome e data de cada limite; quando não cabem lado a lado, o segundo desce."""
    marcas = [(h.quase_em, "quase inativo", "quase"), (h.inativo_em, "inativo", "inativo")]
    partes, ocupado = [], -LARGURA
    for dia, nome, classe in marcas:
        if not dia or dia >= h.fim:
            continue
        x, ancora = _lugar_do_limite(h, h.x(dia))
        comeco = x if ancora == "start" else x - LARGURA_DO_ROTULO
        partes.append(_limite(h, dia, nome, classe, x, ancora, 84 if comeco < ocupado else 48))
        ocupado = comeco + LARGURA_DO_ROTULO
    return juntar(partes)


def _lugar_do_limite(h: Historia, x: float) -> tuple[float, str]:
    """À direita da linha, dentro da faixa; à esquerda quando ali não cabe ou a linha de hoje o cortaria."""
    cortado = x < h.x(h.referencia) < x + LARGURA_DO_ROTULO
    cabe = LARGURA - x > LARGURA_DO_ROTULO
    return (x + 5, "start") if (cabe and not cortado) or x < LARGURA_DO_ROTULO else (x - 5, "end")


def _limite(h: Historia, dia: dt.date, nome: str, classe: str, x: float, ancora: str, y: float) -> SafeString:
    quando = f"{data(dia, '%d/%m/%y')} ({numero((dia - h.ultima).days)} d)"
    return juntar(
        (texto(x, y, nome, f"tx-{classe}", ancora), texto(x, y + 15, quando, f"tx-{classe}", ancora))
    )
