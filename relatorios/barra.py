"""A barra de ritmo para o papel: SVG de traços e cores chapadas, que se lê também em preto e branco."""

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

LARGURA, ALTURA, TOPO = 132.0, 8.0, 4.0
_CHEIO = {"ativo": "#178893", "quase_inativo": "#c98308"}
_LISTRA = "#6b3f00"
_PASSO = 6.0


def barra(*, recencia: int, ciclo: float | None, quase: int, inativo: int, status: str) -> SafeString:
    """Tudo em dias; o fim da barra é uma vez e meia o limite da inatividade, como nas telas."""
    escala = LARGURA / (inativo * 1.5)
    ate, q, i = (min(LARGURA, max(0.0, dias * escala)) for dias in (recencia, quase, inativo))
    return format_html(
        '<svg class="barra" viewBox="0 0 {} {}" aria-hidden="true">{}{}{}{}</svg>',
        _n(LARGURA),
        _n(ALTURA + 2 * TOPO),
        _faixas(q, i),
        _retangulo(0, ate, _CHEIO.get(status, "#53534d")),
        _listras(ate) if status == "quase_inativo" else "",
        _marcas(q, i, min(LARGURA - 2, ciclo * escala) if ciclo else None),
    )


def _n(valor: float) -> str:
    return f"{valor:.1f}"


def _retangulo(de: float, ate: float, cor: str, sobra: float = 0) -> SafeString:
    return format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" fill="{}"/>',
        _n(de), _n(TOPO - sobra), _n(max(0.0, ate - de)), _n(ALTURA + 2 * sobra), cor,
    )  # fmt: skip


def _faixas(quase: float, inativo: float) -> SafeString:
    trechos = ((0, quase, "#efeee9"), (quase, inativo, "#fbeed2"), (inativo, LARGURA, "#fbe3ea"))
    return format_html_join("", "{}", ((_retangulo(*trecho),) for trecho in trechos))


def _listras(ate: float) -> SafeString:
    """Diagonais cortadas nas bordas do cheio: quase inativo se distingue sem cor."""
    inicios = (n * _PASSO - ALTURA for n in range(int((ate + ALTURA) // _PASSO) + 1))
    trechos = ((x, max(0.0, x), min(ate, x + ALTURA)) for x in inicios)
    baixo = TOPO + ALTURA
    caminhos = " ".join(
        f"M{_n(de)} {_n(baixo - (de - x))}L{_n(fim)} {_n(baixo - (fim - x))}"
        for x, de, fim in trechos
        if fim > de
    )
    return format_html('<path d="{}" stroke="{}" stroke-width="1.6"/>', caminhos, _LISTRA)


def _marcas(quase: float, inativo: float, ciclo: float | None) -> SafeString:
    """Riscos finos nos limites, traço preto grosso no ciclo próprio, com halo branco."""
    limites = [_retangulo(x - 0.5, x + 0.5, "#53534d", 1.5) for x in (quase, inativo)]
    traco = (
        [_retangulo(ciclo - 3, ciclo + 3, "#ffffff"), _retangulo(ciclo - 1.6, ciclo + 1.6, "#000000", TOPO)]
        if ciclo
        else []
    )
    return format_html_join("", "{}", ((m,) for m in (*limites, *traco)))
