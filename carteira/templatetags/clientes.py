"""Etiquetas das telas de clientes."""

from typing import Any
from urllib.parse import quote

from django import template
from django.template import Context
from django.utils.safestring import SafeString

from carteira import linha_em_html
from carteira.colunas import Coluna
from carteira.marcacao import format_html
from carteira.templatetags.carteira import icone
from carteira.web.estado_da_lista import com
from carteira.web.whatsapp import aceita as aceita_canal
from carteira.web.whatsapp import numero_da_pessoa, numero_do_whatsapp
from clientes.canais import a_discar

register = template.Library()


@register.filter
def whatsapp(cliente: Any) -> str:
    """O número para a conversa, ou vazio quando não se pode ou não se deve abrir uma."""
    return numero_do_whatsapp(cliente)


register.filter("discar", a_discar)


@register.filter
def aceita(cliente: Any, canal: str) -> bool:
    """O cliente não se opôs a este canal."""
    return canal not in cliente.nao_contatar


@register.filter
def whatsapp_da_pessoa(pessoa: Any) -> str:
    return numero_da_pessoa(pessoa)


@register.filter
def pessoa_aceita(pessoa: Any, canal: str) -> bool:
    """Nem ela nem o cliente se opuseram a este canal."""
    return aceita_canal(pessoa, canal)


# ── A grade ──────────────────────────────────────────────────────────────────


@register.simple_tag(takes_context=True)
def th_coluna(context: Context, coluna: Coluna) -> SafeString:
    """O cabeçalho: o nome por extenso ou, onde não cabe, a abreviatura; ordena por link, com ou sem JavaScript."""
    escrito = _nome_no_cabecalho(coluna)
    classe = _classe(coluna, context["colunas_proprias"])
    if coluna.ordem is None:
        return format_html('<th scope="col" class="{}" title="{}">{}</th>', classe, coluna.dica, escrito)
    atual = context["ordem"]
    sentido = {coluna.chave: "ascending", f"-{coluna.chave}": "descending"}.get(atual, "")
    url = com(context["request"].GET, ordem=coluna.chave if sentido == "descending" else f"-{coluna.chave}")
    figura = {"ascending": "chevron-up", "descending": "chevron-down"}.get(sentido)
    return format_html(
        '<th scope="col" class="{}"{}><a href="{}" hx-get="{}" hx-target="#lista" hx-push-url="true" title="{}">'
        "{}{}</a></th>",
        classe, format_html(' aria-sort="{}"', sentido) if sentido else "", url, url, coluna.dica, escrito,
        icone(figura, "p") if figura else "",
    )  # fmt: skip


def _nome_no_cabecalho(coluna: Coluna) -> SafeString:
    """Quem ouve ouve sempre o nome inteiro."""
    if coluna.cabe_por_extenso:
        return format_html("{}", coluna.nome)
    return format_html(
        '<span aria-hidden="true">{}</span><span class="sr">{}</span>', coluna.abreviada, coluna.nome
    )


def _classe(coluna: Coluna, proprias: bool) -> str:
    """As de partida que sobram nas telas estreitas; as que a pessoa escolheu aparecem em todas."""
    return f"{coluna.classe} so-largo med".strip() if coluna.dispensavel and not proprias else coluna.classe


@register.simple_tag
def col_da_coluna(coluna: Coluna, proprias: bool) -> SafeString:
    return format_html('<col class="{}" style="width:{}px">', _classe(coluna, proprias), coluna.largura)


@register.simple_tag(takes_context=True)
def linhas_da_lista(context: Context) -> SafeString:
    """As linhas de `linhas`, com as colunas e as permissões da página."""
    proprias = context["colunas_proprias"]
    registra = bool(context["pode_registrar"])
    moldura = linha_em_html.Moldura(
        celulas=[
            (linha_em_html.abertura(_classe(c, proprias) or "par", c.nome), c.celula)
            for c in context["colunas"]
        ],
        estado=quote(context["estado"], safe=""),
        csrf=_csrf(context),
        registra=_mostra_registrar(context),
        pode_registrar=registra,
        coberturas=list(context["coberturas"]),
    )
    return linha_em_html.linhas(context["linhas"], moldura)


@register.simple_tag(takes_context=True)
def botoes(context: Context, cliente: Any, principal: str = "", contato_com: str = "") -> SafeString:
    """Ligar, WhatsApp e registrar."""
    return linha_em_html.botoes(
        cliente,
        registra=_mostra_registrar(context),
        csrf=_csrf(context),
        principal=principal,
        contato_com=contato_com,
    )


@register.simple_tag(takes_context=True)
def de_quem(context: Context, dono: int | None) -> SafeString:
    """De quem é o cliente, quando é de quem se cobre nas férias."""
    return linha_em_html.de_quem(dono, context["coberturas"])


def _mostra_registrar(context: Context) -> bool:
    """Quem registra, e quem está na fila; quem olha pelos olhos de outro não."""
    return bool(context.get("pode_registrar") or (context.get("fila") and not context["user"].olhado_por))


def _csrf(context: Context) -> str:
    return str(context.get("csrf_token", ""))
