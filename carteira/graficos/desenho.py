"""Peças de SVG: cada uma devolve marcação escapada; nomes de clientes vêm de arquivos."""

from django.utils.safestring import SafeString, mark_safe

from carteira.marcacao import format_html, juntar

NADA = mark_safe("")


def n(valor: float) -> str:
    """Coordenada com uma casa, sem zero à toa: 12.0 → 12."""
    texto_curto = f"{valor:.1f}".removesuffix(".0")
    return "0" if texto_curto == "-0" else texto_curto


def svg(
    caixa: tuple[float, float, float, float], rotulo: str, *miolo: SafeString, classe: str = ""
) -> SafeString:
    """Figura com uma frase que diz o achado."""
    return format_html(
        '<svg class="graf {}" viewBox="{}" role="img" aria-label="{}">{}</svg>',
        classe,
        " ".join(n(v) for v in caixa),
        rotulo,
        juntar(miolo),
    )


def retangulo(
    x: float,
    y: float,
    largura: float,
    altura: float,
    *,
    tinta: str = "",
    classe: str = "",
    raio: float = 0,
    dica: str = "",
) -> SafeString:
    """Retângulo; `tinta` é o preenchimento, `dica` o texto ao pousar."""
    return format_html(
        '<rect x="{}" y="{}" width="{}" height="{}"{}{}{}{}',
        n(x),
        n(y),
        n(max(0.0, largura)),
        n(max(0.0, altura)),
        format_html(' rx="{}"', n(raio)) if raio else "",
        format_html(' fill="{}"', tinta) if tinta else "",
        format_html(' class="{}"', classe) if classe else "",
        format_html("><title>{}</title></rect>", dica) if dica else mark_safe("/>"),
    )


def linha(x1: float, y1: float, x2: float, y2: float, classe: str) -> SafeString:
    return format_html(
        '<line class="{}" x1="{}" y1="{}" x2="{}" y2="{}"/>', classe, n(x1), n(y1), n(x2), n(y2)
    )


def texto(x: float, y: float, conteudo: object, classe: str = "", ancora: str = "start") -> SafeString:
    """Texto ancorado: start, middle ou end."""
    return format_html(
        '<text{} x="{}" y="{}" text-anchor="{}">{}</text>',
        format_html(' class="{}"', classe) if classe else "",
        n(x),
        n(y),
        ancora,
        conteudo,
    )


def afastar(posicoes: list[float], minimo: float, teto: float) -> list[float]:
    """Empurra rótulos empilhados de baixo para cima: a `minimo` um do outro, sem passar do teto."""
    ajustadas = list(posicoes)
    for i in range(1, len(ajustadas)):
        ajustadas[i] = min(ajustadas[i], ajustadas[i - 1] - minimo)
    sobra = teto - ajustadas[-1] if ajustadas and ajustadas[-1] < teto else 0.0
    ajustadas = [y + sobra for y in ajustadas] if sobra else ajustadas
    return ajustadas
