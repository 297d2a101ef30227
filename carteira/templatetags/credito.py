"""A faixa de um score com forma e palavra, e o score no tempo."""

from django import template
from django.utils.safestring import SafeString

from carteira import formatos
from carteira.graficos.score import grafico_score
from carteira.marcacao import format_html
from carteira.templatetags.carteira import icone

register = template.Library()
register.simple_tag(grafico_score)

# Posição da faixa → (tom, ícone).
_FORMAS = {
    "pior": ("alerta", "triangle-alert"),
    "baixa": ("aviso", "arrow-down"),
    "alta": ("ok", "arrow-up"),
    "melhor": ("ok", "circle-check"),
}


@register.simple_tag
def faixa_do_score(nome: str | None, posicao: str = "") -> SafeString:
    """Nunca só a cor: a forma e o nome da faixa vão juntos."""
    if not nome:
        return format_html('<span class="tenue">{}</span>', "sem score")
    tom, desenho = _FORMAS.get(posicao, ("ok", "minus"))
    return format_html('<span class="sinal {}">{}{}</span>', tom, icone(desenho, "p"), nome)


@register.simple_tag
def mudanca_do_credito(melhorou: bool, dito: str, em: object) -> SafeString:
    """Para cima ou para baixo, em forma e palavra, o que foi e quando."""
    tom, desenho, palavra = (
        ("ok", "trending-up", "Melhorou") if melhorou else ("aviso", "trending-down", "Piorou")
    )
    return format_html(
        '<span class="sinal {}">{}{}</span><span class="sub">{}, {}</span>',
        tom, icone(desenho, "p"), palavra, dito, formatos.data(em),
    )  # fmt: skip
