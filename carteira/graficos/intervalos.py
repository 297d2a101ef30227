"""Intervalos entre compras em barras, a % acumulada por cima e o dia em que a parte escolhida já voltou."""

from collections.abc import Sequence

from django.utils.safestring import SafeString

from atividade.ciclos import Faixa
from carteira.formatos import numero, plural, porcento
from carteira.graficos.desenho import NADA, linha, n, retangulo, svg, texto
from carteira.marcacao import format_html, juntar

LARGURA, ALTURA, MARGEM = 720.0, 190.0, 40.0
_ROTULOS = 12


def nome_da_faixa(faixa: Faixa) -> str:
    """31 a 60 dias · 7 dias · mais de 360 dias."""
    if faixa.ate is None:
        return f"mais de {numero(faixa.de - 1)} {plural(faixa.de - 1, 'dia,dias')}"
    if faixa.de == faixa.ate:
        return f"{numero(faixa.ate)} {plural(faixa.ate, 'dia,dias')}"
    return f"{numero(faixa.de)} a {numero(faixa.ate)} dias"


def intervalos(
    faixas: Sequence[Faixa],
    unidades: str,
    *,
    parte: int,
    dias: int | None,
    limites: Sequence[tuple[str, int]],
) -> SafeString:
    """`parte` % em até `dias`; `unidades` é "recompra,recompras" ou "cliente,clientes"; `limites`, a regra."""
    if not faixas:
        return NADA
    achado = f"; {parte}% em até {numero(dias)} {plural(dias, 'dia,dias')}" if dias else ""
    total = faixas[0].total
    passo = LARGURA / len(faixas)
    return svg(
        (-6, -26, LARGURA + MARGEM + 6, ALTURA + 62),
        f"Distribuição de {numero(total)} {plural(total, unidades)} por intervalo{achado}.",
        _grade(),
        juntar(_barra(f, i, passo, faixas, unidades, dias) for i, f in enumerate(faixas)),
        _eixo(faixas, passo),
        juntar(_limite(rotulo, d, faixas, passo, i) for i, (rotulo, d) in enumerate(limites)),
        _acumulado(faixas, passo),
        _marca(parte, dias, faixas, passo) if dias else NADA,
        classe="intervalos",
    )


def _grade() -> SafeString:
    """A escala da direita: a parte acumulada."""
    return juntar(
        juntar(
            (
                linha(0, ALTURA * (1 - parte / 100), LARGURA, ALTURA * (1 - parte / 100), "grade"),
                texto(LARGURA + 6, ALTURA * (1 - parte / 100) + 4, f"{parte}%", "tt"),
            )
        )
        for parte in (25, 50, 75, 100)
    )


def _barra(
    faixa: Faixa, lugar: int, passo: float, faixas: Sequence[Faixa], unidades: str, dias: int | None
) -> SafeString:
    maior = max(f.quantidade for f in faixas) or 1
    altura = faixa.quantidade / maior * ALTURA
    dentro = dias is not None and faixa.de <= dias
    quantas = f"{numero(faixa.quantidade)} {plural(faixa.quantidade, unidades)}"
    dica = (
        f"{nome_da_faixa(faixa)}: {quantas} ({porcento(faixa.porcento)}); "
        f"acumulado {porcento(faixa.porcento_acumulado)}"
    )
    folga = min(1.0, passo / 8)
    return retangulo(
        lugar * passo + folga,
        ALTURA - altura,
        passo - 2 * folga,
        altura,
        classe="f-dentro" if dentro else "f-falta",
        raio=1.5,
        dica=dica,
    )


def _eixo(faixas: Sequence[Faixa], passo: float) -> SafeString:
    """O fim de cada faixa sob a beira dela; a última, aberta, diz "mais"."""
    salto = -(-len(faixas) // _ROTULOS)
    partes = [linha(0, ALTURA, LARGURA, ALTURA, "eixo"), texto(0, ALTURA + 17, "0", "tt")]
    fechadas = [f for f in faixas if f.ate is not None]
    for i, faixa in enumerate(fechadas, 1):
        perto_do_fim = LARGURA - i * passo < 34
        if i % salto == 0 and not perto_do_fim:
            partes.append(texto(i * passo, ALTURA + 17, numero(faixa.ate), "tt", "middle"))
    fim = "mais" if len(fechadas) < len(faixas) else f"{numero(faixas[-1].ate)} dias"
    return juntar([*partes, texto(LARGURA, ALTURA + 17, fim, "tt", "end")])


def _x(dias: int, faixas: Sequence[Faixa], passo: float) -> float:
    """Onde um dia cai; o que passa da última faixa fechada cai no meio da aberta."""
    fim = _fim(faixas)
    return dias / fim * (fim // (faixas[0].ate or 1)) * passo if dias <= fim else LARGURA - passo / 2


def _fim(faixas: Sequence[Faixa]) -> int:
    """O último dia das faixas fechadas."""
    return max((f.ate for f in faixas if f.ate is not None), default=1)


def _acumulado(faixas: Sequence[Faixa], passo: float) -> SafeString:
    pontos = " ".join(
        f"{n((i + 1) * passo)},{n(ALTURA * (1 - float(f.porcento_acumulado) / 100))}"
        for i, f in enumerate(faixas)
    )
    return format_html('<polyline class="ln-acumulado" points="0,{} {}"/>', n(ALTURA), pontos)


def _marca(parte: int, dias: int, faixas: Sequence[Faixa], passo: float) -> SafeString:
    x, y = _x(dias, faixas, passo), ALTURA * (1 - parte / 100)
    esquerda = x > LARGURA * 0.6
    return juntar(
        (
            linha(x, -8, x, ALTURA, "ln-parte"),
            format_html('<circle class="no-parte" cx="{}" cy="{}" r="4.5"/>', n(x), n(y)),
            texto(
                x + (-7 if esquerda else 7),
                -12,
                f"{parte}% em até {numero(dias)} {plural(dias, 'dia,dias')}",
                "tf sobre",
                "end" if esquerda else "start",
            ),
        )
    )


def _limite(rotulo: str, dias: int, faixas: Sequence[Faixa], passo: float, lugar: int) -> SafeString:
    """A regra em vigor, pontilhada, se couber no desenho; os nomes vão em duas alturas para não se tocarem."""
    if dias > _fim(faixas):
        return NADA
    x = _x(dias, faixas, passo)
    esquerda = x > LARGURA * 0.75
    return juntar(
        (
            linha(x, 0, x, ALTURA, "ln-vigor"),
            texto(
                x + (-5 if esquerda else 5),
                ALTURA + 32,
                f"{rotulo} {numero(dias)}",
                "tt",
                "end" if esquerda or (lugar == 0 and x > 120) else "start",
            ),
        )
    )
