"""Uma linha da lista de clientes em HTML: a página tem cinquenta, e cada microssegundo se paga cinquenta vezes.

Escrita em Python, e não num template, porque o motor de templates era três quartos da resposta. O que não
muda de uma linha para a outra (permissões, classes, o estado da lista) calcula-se uma vez, na moldura.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from carteira.caminhos import caminho
from carteira.formatos import data, telefone
from carteira.marcacao import escapar, format_html, juntar
from carteira.templatetags.carteira import icone
from carteira.web.whatsapp import numero_do_whatsapp
from clientes.canais import a_discar
from clientes.models import CanalDeContato, Cliente

NADA = mark_safe("")


# ── Ligar, WhatsApp e registrar ──────────────────────────────────────────────


def botoes(
    cliente: Cliente, *, registra: bool, csrf: str, principal: str = "", contato_com: str = ""
) -> SafeString:
    """Canal que o cliente não quer não aparece.

    `principal` é a classe que pinta o Ligar; `contato_com` (`?campanha=3`), o que o formulário já traz escolhido.
    """
    partes = [_ligar(cliente, principal)]
    if registra:
        partes += [_whatsapp(cliente, csrf), _registrar(cliente, contato_com)]
    return juntar(partes)


def _ligar(cliente: Cliente, principal: str) -> SafeString:
    destino = a_discar(cliente)
    if destino is None:
        return NADA
    dica = f"{telefone(destino.valor)}, {destino.nome}" if destino.pessoa else telefone(destino.valor)
    return format_html(
        '<a class="bt m {}" href="tel:{}" title="{}">{}<span>Ligar</span></a>',
        principal, destino.valor, dica, icone("phone", "p"),
    )  # fmt: skip


def _whatsapp(cliente: Cliente, csrf: str) -> SafeString:
    if not numero_do_whatsapp(cliente):
        return NADA
    return format_html(
        '<form class="em-linha" method="post" action="{}" target="_blank">'
        '<input type="hidden" name="csrfmiddlewaretoken" value="{}">'
        '<button class="bt m q" type="submit" data-whatsapp title="WhatsApp">{}<span class="rotulo">WhatsApp</span>'
        '<span class="sr"> com {}</span></button></form>',
        caminho("clientes:whatsapp", cliente.pk), csrf, icone("message-circle", "p"), cliente.nome,
    )  # fmt: skip


def _registrar(cliente: Cliente, contato_com: str) -> SafeString:
    endereco = caminho("clientes:contato", cliente.pk) + contato_com
    return format_html(
        '<a class="bt m q" href="{}" hx-get="{}" hx-target="#dialogo" data-registrar title="Registrar contato">'
        '{}<span class="rotulo">Registrar</span><span class="sr"> contato com {}</span></a>',
        endereco, endereco, icone("pencil", "p"), cliente.nome,
    )  # fmt: skip


def _no_dialogo(
    rota: str, cliente: Cliente, figura: str, titulo: str, dito: str, atributos: str
) -> SafeString:
    """Um atalho que abre no diálogo, ou na própria página sem JavaScript."""
    endereco = caminho(rota, cliente.pk)
    return format_html(
        '<a class="bt m q so-largo" href="{}" hx-get="{}" hx-target="#dialogo"{} title="{}">{}'
        '<span class="sr">{} {}</span></a>',
        endereco, endereco, mark_safe(atributos), titulo, icone(figura, "p"), dito, cliente.nome,  # noqa: S308  # nosec B703 # atributos nossos
    )  # fmt: skip


# ── A linha ──────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Moldura:
    """O que toda linha desta página tem igual."""

    celulas: list[tuple[str, Callable[[Any], SafeString]]]  # o `<td>` aberto e quem o enche
    estado: str  # a lista de onde se vem, já pronta para a URL
    csrf: str
    registra: bool  # mostra WhatsApp e Registrar
    pode_registrar: bool  # e os atalhos de agendar e escrever
    coberturas: list[Any]


def abertura(classe: str, rotulo: str) -> str:
    """O começo de uma célula; no telefone o rótulo vai na frente do valor."""
    return format_html('<td class="{}" role="cell" data-rotulo="{}">', classe, rotulo)


def linhas(todas: Iterable[Any], moldura: Moldura) -> SafeString:
    return mark_safe("\n".join(_linha(linha, moldura) for linha in todas))  # noqa: S308  # nosec B703 # peças de format_html


def _linha(linha: Any, moldura: Moldura) -> str:
    miolo = "</td>".join(abre + celula(linha) for abre, celula in moldura.celulas)
    return (
        f'<tr role="row">{_marca(linha.cliente)}{_nome(linha, moldura)}{miolo}</td>'
        f'<td class="c-ac" role="cell"><div class="atalhos">{_atalhos(linha.cliente, moldura)}</div></td></tr>'
    )


def _marca(cliente: Cliente) -> str:
    return (
        f'<td class="c-sel" role="cell"><label><input class="cx" type="checkbox" name="cliente" '
        f'value="{cliente.pk}" form="acoes"><span class="sr">Marcar {escapar(cliente.nome)}</span></label></td>'
    )


def _nome(linha: Any, moldura: Moldura) -> SafeString:
    cliente, ind = linha.cliente, linha.ind
    lugar = "/".join(parte for parte in (cliente.cidade, cliente.uf) if parte)
    onde = " · ".join(parte for parte in (lugar, str(ind.segmento or "")) if parte)
    return format_html(
        '<td class="c-nome" role="cell"><a class="nome" data-linha href="{}?lista={}" title="{}">{}</a>'
        '<span class="sub">{}</span>{}</td>',
        caminho("clientes:ficha", cliente.pk), moldura.estado, cliente.nome, cliente.nome, onde,
        de_quem(ind.vendedor_id, moldura.coberturas),
    )  # fmt: skip


def de_quem(dono: int | None, coberturas: Iterable[Any]) -> SafeString:
    """De quem é, quando é de quem se cobre."""
    return juntar(_em_ferias(cobertura) for cobertura in coberturas if cobertura.ausente_id == dono)


def _em_ferias(cobertura: Any) -> SafeString:
    ate = f" até {data(cobertura.ultimo_dia, '%d/%m')}" if cobertura.periodo.upper else ""
    return format_html(
        '<span class="de-quem">{}de {}, em férias{}</span>',
        icone("sun", "p"), cobertura.ausente.get_short_name(), ate,
    )  # fmt: skip


def _atalhos(cliente: Cliente, moldura: Moldura) -> SafeString:
    partes = [botoes(cliente, registra=moldura.registra, csrf=moldura.csrf)]
    if moldura.pode_registrar:
        partes.append(
            _no_dialogo(
                "clientes:agendar",
                cliente,
                "calendar-plus",
                "Agendar",
                "Agendar contato com",
                " data-agendar",
            )
        )
        if cliente.email and CanalDeContato.EMAIL not in cliente.nao_contatar:
            partes.append(_no_dialogo("clientes:email", cliente, "mail", "E-mail", "E-mail para", ""))
    return juntar(partes)
