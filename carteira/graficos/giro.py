"""O mês de um vendedor em linhas: o giro dia a dia contra o período anterior e a meta, e o valor mês a mês."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString

from carteira.formatos import moeda, moeda_curta, porcento
from carteira.graficos.desenho import NADA, afastar, linha, n, retangulo, svg, texto
from carteira.marcacao import format_html, juntar

LARGURA, ALTURA, MARGEM = 520.0, 180.0, 128.0
_TETOS = (10, 20, 30, 40, 50, 60, 80, 100)


def curva(
    serie: Sequence[Decimal],
    anterior: Sequence[Decimal],
    meta: Decimal | None,
    dias: int,
    nome: str,
    *,
    uteis: bool = False,
) -> SafeString:
    """Porcentagem acumulada por dia; `dias` é o tamanho do período inteiro, mesmo que ele não tenha acabado.

    Em dias úteis a meta é um ritmo: a mesma parte dela a cada dia, até o último.
    """
    if not serie:
        return NADA
    teto = _teto([*serie, *anterior, meta or Decimal(0)])
    passo = LARGURA / max(dias - 1, 1)
    return svg(
        (-36, -8, LARGURA + MARGEM + 36, ALTURA + 32),
        frase(serie, anterior, meta, nome, dias if uteis else 0),
        _grade(teto),
        _eixo_dos_dias(dias, passo),
        _meta(meta, teto, dias if uteis else 0),
        _traco(anterior[:dias], passo, teto, "ln-antes"),
        _traco(serie, passo, teto, "ln-giro"),
        _rotulos(serie, anterior[:dias], meta, passo, teto),
    )


def frase(
    serie: Sequence[Decimal], anterior: Sequence[Decimal], meta: Decimal | None, nome: str, uteis: int = 0
) -> str:
    """O achado: onde está, onde estava no mesmo dia do período anterior, a meta e o que o ritmo dela pede."""
    partes = [f"{nome}: {porcento(serie[-1])} até o {len(serie)}º dia{' útil' if uteis else ''}"]
    if anterior:
        mesmo_dia = anterior[min(len(serie), len(anterior)) - 1]
        partes.append(
            f"no período anterior eram {porcento(mesmo_dia)} no mesmo dia e {porcento(anterior[-1])} no fim"
        )
    if meta is not None and uteis:
        partes.append(f"o ritmo da meta pedia {porcento(meta * len(serie) / uteis)}")
    if meta is not None:
        partes.append(f"a meta é {porcento(meta)}")
    return f"{'; '.join(partes)}."


def _teto(valores: Sequence[Decimal]) -> int:
    maior = max(valores)
    return next((t for t in _TETOS if t >= maior), 100)


def _y(valor: Decimal | float, teto: int) -> float:
    return ALTURA * (1 - float(valor) / teto)


def _grade(teto: int) -> SafeString:
    partes = []
    for fracao in (0, 0.5, 1):
        y = ALTURA * (1 - fracao)
        valor = porcento(teto * fracao, 0)
        partes += [
            linha(0, y, LARGURA, y, "grade" if fracao else "eixo"),
            texto(-6, y + 4, valor, "tt", "end"),
        ]
    return juntar(partes)


def _eixo_dos_dias(dias: int, passo: float) -> SafeString:
    marcas = sorted({1, *range(5, dias + 1, 5 if dias <= 31 else max(10, dias // 6)), dias})
    visiveis = [d for d in marcas if d == dias or dias - d >= (3 if dias <= 31 else dias // 10)]
    return juntar(texto((d - 1) * passo, ALTURA + 17, str(d), "tt", "middle") for d in visiveis)


def _traco(valores: Sequence[Decimal], passo: float, teto: int, classe: str) -> SafeString:
    if not valores:
        return NADA
    pontos = [f"{n(i * passo)} {n(_y(v, teto))}" for i, v in enumerate(valores)]
    fim = format_html(
        '<circle class="{}-fim" cx="{}" cy="{}" r="3.5"/>',
        classe,
        n((len(valores) - 1) * passo),
        n(_y(valores[-1], teto)),
    )
    return format_html('<path class="{}" d="M{}"/>{}', classe, "L".join(pontos), fim)


def _meta(meta: Decimal | None, teto: int, uteis: int) -> SafeString:
    if meta is None:
        return NADA
    inicio = meta / uteis if uteis else meta
    return linha(0, _y(inicio, teto), LARGURA, _y(meta, teto), "ln-meta")


def _rotulos(
    serie: Sequence[Decimal], anterior: Sequence[Decimal], meta: Decimal | None, passo: float, teto: int
) -> SafeString:
    """Os nomes à direita, afastados: não há legenda a procurar."""
    itens = [(_y(serie[-1], teto), f"agora {porcento(serie[-1], 1)}", "tf")]
    if anterior:
        itens.append((_y(anterior[-1], teto), f"anterior {porcento(anterior[-1], 1)}", ""))
    if meta is not None:
        itens.append((_y(meta, teto), f"meta {porcento(meta, 1)}", "tx-meta"))
    itens.sort(key=lambda item: -item[0])
    alturas = afastar([y for y, _, _ in itens], 15, 6)
    return juntar(
        texto(LARGURA + 10, y + 4, rotulo, classe)
        for y, (_, rotulo, classe) in zip(alturas, itens, strict=True)
    )


# ── Valor por mês ────────────────────────────────────────────────────────────


def colunas_de_valor(meses: Sequence[tuple[date, str, Decimal, Decimal | None]]) -> SafeString:
    """(mês, rótulo, valor, meta) do mais antigo ao mais novo; a meta é o traço que atravessa a coluna."""
    if not meses:
        return NADA
    topo = max(max(v, meta or Decimal(0)) for _, _, v, meta in meses) or Decimal(1)
    passo = LARGURA / len(meses)
    colunas = [_coluna(i, mes, passo, topo, atual=i == len(meses) - 1) for i, mes in enumerate(meses)]
    return svg((-4, -20, LARGURA + 8, ALTURA + 44), frase_do_valor(meses), *colunas)


def frase_do_valor(meses: Sequence[tuple[date, str, Decimal, Decimal | None]]) -> str:
    maior = max(meses, key=lambda m: m[2])
    ultimo = meses[-1]
    valores = f"{moeda_curta(ultimo[2])} em {ultimo[1]}; o maior foi {moeda_curta(maior[2])}, em {maior[1]}"
    return f"Valor por mês: {valores}."


def _coluna(indice: int, mes: Any, passo: float, topo: Decimal, *, atual: bool) -> SafeString:
    _, rotulo, valor, meta = mes
    x, altura = indice * passo, float(valor / topo) * ALTURA
    dica = f"{rotulo}: {moeda(valor)}" + (f", meta {moeda(meta)}" if meta is not None else "")
    partes = [
        retangulo(
            x + 4,
            ALTURA - altura,
            passo - 8,
            max(altura, 1),
            classe="f-valor" if atual else "f-prospect",
            raio=2,
            dica=dica,
        ),
        texto(x + passo / 2, ALTURA + 17, rotulo, "tf" if atual else "tt", "middle"),
    ]
    if meta is not None:
        y = ALTURA - float(meta / topo) * ALTURA
        partes.append(linha(x + 1, y, x + passo - 1, y, "ln-meta"))
    if atual:
        partes.append(
            texto(
                min(x + passo / 2, LARGURA - 24),
                ALTURA - altura - 6,
                moeda_curta(valor),
                "tf sobre",
                "middle",
            )
        )
    return juntar(partes)
