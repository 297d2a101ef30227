"""O que os componentes de página precisam calcular antes de virar HTML."""

from copy import copy
from typing import Any

from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.http import HttpRequest
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe

from carteira.marcacao import format_html


def contexto_do_campo(
    campo: BoundField, *, rotulo: str, ajuda: str, classe: str, atributos: dict[str, Any]
) -> dict[str, Any]:
    """Liga rótulo, ajuda e erro ao controle; escolhe o desenho pelo tipo do controle."""
    campo = copy(campo)  # o mesmo campo pode aparecer noutra página com a ajuda de sempre
    campo.help_text = "" if ajuda == "-" else ajuda or campo.help_text
    tipo = _tipo(campo)
    attrs = {chave.replace("_", "-"): valor for chave, valor in atributos.items()}
    attrs["class"] = {"caixa": "cx", "grupo": ""}.get(tipo, "ent")
    return {
        "campo": campo,
        "controle": campo if tipo == "grupo" else campo.as_widget(attrs=attrs),
        "rotulo": rotulo or campo.label,
        "ajuda": campo.help_text,
        "classe": classe,
        "tipo": tipo,
        "descricao": campo.aria_describedby,
        "opcional": not campo.field.required and "required" not in attrs,
    }


def _tipo(campo: BoundField) -> str:
    """caixa (sim ou não), grupo (rádios e múltipla escolha) ou linha."""
    controle = campo.field.widget
    if isinstance(controle, RadioSelect | CheckboxSelectMultiple):
        return "grupo"
    return "caixa" if isinstance(controle, CheckboxInput) else "linha"


def cabecalho_ordenavel(
    request: HttpRequest, rotulo: str, chave: str, *, classe: str, alvo: str, parametro: str
) -> SafeString:
    """Um clique ordena do maior para o menor, o segundo inverte; funciona sem JavaScript."""
    atual = request.GET.get(parametro, "")
    sentido = {chave: "ascending", f"-{chave}": "descending"}.get(atual, "")
    consulta = request.GET.copy()
    consulta[parametro] = chave if sentido == "descending" else f"-{chave}"
    consulta.pop("pagina", None)
    endereco = f"?{consulta.urlencode()}"
    htmx = (
        format_html(' hx-get="{}" hx-target="{}" hx-push-url="true"', endereco, alvo)
        if alvo
        else mark_safe("")
    )
    return format_html(
        '<th scope="col" class="{}"{}><a href="{}"{}>{}{}</a></th>',
        classe,
        format_html(' aria-sort="{}"', sentido) if sentido else "",
        endereco,
        htmx,
        rotulo,
        _seta(sentido),
    )


def _seta(sentido: str) -> SafeString:
    if not sentido:
        return mark_safe("")
    nome = "chevron-down" if sentido == "descending" else "chevron-up"
    return format_html(
        '<svg class="ic p" viewBox="0 0 24 24" fill="none" stroke="currentColor" aria-hidden="true">'
        '<use href="{}#{}"></use></svg>',
        static("icones/lucide.svg"),
        nome,
    )
