"""Etiquetas das telas de clientes."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from django import template
from django.template import Context
from django.utils.safestring import SafeString, mark_safe

from carteira import linha_em_html
from carteira.colunas import POR_CHAVE, Coluna
from carteira.marcacao import escapar, format_html, juntar
from carteira.templatetags.carteira import icone
from carteira.web.estado_da_lista import com
from carteira.web.whatsapp import aceita as aceita_canal
from carteira.web.whatsapp import numero_da_pessoa, numero_do_whatsapp
from clientes.canais import a_discar

register = template.Library()
_ATUAL = mark_safe(' aria-current="true"')


@register.filter
def whatsapp(cliente: Any) -> str:
    """O número para a conversa, ou vazio quando não se pode ou não se deve abrir uma."""
    return numero_do_whatsapp(cliente)


register.filter("discar", a_discar)


@register.filter
def cep(valor: str) -> str:
    """89010-100; o que não tem oito dígitos sai como está."""
    return f"{valor[:5]}-{valor[5:]}" if len(valor) == 8 and valor.isdigit() else valor


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
def elos_da_lista(opcoes: Iterable[Any]) -> SafeString:
    """As opções de um menu da lista: são centenas por página, e um laço de template custava quinze vezes mais."""
    return SafeString("".join([_elo_da_lista(o.url, o.rotulo, atual=o.atual) for o in opcoes]))  # nosec B703 # escapados


def _elo_da_lista(url: str, rotulo: str, *, atual: bool) -> str:
    endereco = escapar(url)
    return (
        f'<a href="{endereco}" hx-get="{endereco}" hx-target="#lista" hx-push-url="true"{_ATUAL if atual else ""}>'
        f"{icone('check', 'p') if atual else ''}<span>{escapar(rotulo)}</span></a>"
    )


@register.simple_tag
def colunas_na_tela(colunas: Iterable[Coluna]) -> SafeString:
    return _na_tela(tuple(c.chave for c in colunas))


@register.simple_tag
def colunas_fora_da_tela(colunas: Iterable[Coluna]) -> SafeString:
    return _fora_da_tela(tuple(c.chave for c in colunas))


# O catálogo é fixo: cada escolha de colunas escreve-se uma vez por processo.
@lru_cache(maxsize=256)
def _na_tela(chaves: tuple[str, ...]) -> SafeString:
    return juntar(
        format_html(
            '<li draggable="true"><label title="{}"><input class="cx" type="checkbox" name="colunas" value="{}"'
            " checked>{}</label>{}{}</li>",
            c.dica, c.chave, c.nome, _mover(c, "cima", "Subir", "arrow-up"),
            _mover(c, "baixo", "Descer", "arrow-down"),
        )
        for c in map(POR_CHAVE.__getitem__, chaves)
    )  # fmt: skip


def _mover(coluna: Coluna, para: str, palavra: str, figura: str) -> SafeString:
    return format_html(
        '<button class="bt nu m q" type="submit" name="mover" value="{}:{}" data-mover="{}" title="{}">{}'
        '<span class="sr">{} {}</span></button>',
        coluna.chave, para, para, palavra, icone(figura, "p"), palavra, coluna.nome,
    )  # fmt: skip


@lru_cache(maxsize=256)
def _fora_da_tela(chaves: tuple[str, ...]) -> SafeString:
    return juntar(
        format_html(
            '<li><label title="{}"><input class="cx" type="checkbox" name="colunas" value="{}">{}</label></li>',
            c.dica, c.chave, c.nome,
        )
        for c in map(POR_CHAVE.__getitem__, chaves)
    )  # fmt: skip


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
        coberturas=_coberturas(context),
    )
    return linha_em_html.linhas(context["linhas"], moldura)


def _coberturas(context: Context) -> list[Any]:
    """As de quem olha; página só de clientes seus não as pergunta ao banco."""
    quem = context["user"].pk
    alheios = any(linha.ind.vendedor_id != quem for linha in context["linhas"])
    return list(context["coberturas"]) if alheios else []


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
