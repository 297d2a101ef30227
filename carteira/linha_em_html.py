"""Uma linha da lista de clientes em HTML: a página tem cinquenta, e cada microssegundo se paga cinquenta vezes.

Escrita em Python, e não num template, porque o motor de templates era três quartos da resposta. O que não
muda de uma linha para a outra (permissões, classes, o estado da lista) calcula-se uma vez, na moldura.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.utils.safestring import SafeString

from carteira.caminhos import partes_do_caminho
from carteira.formatos import data, telefone
from carteira.marcacao import escapar, format_html, juntar
from carteira.templatetags.carteira import icone
from carteira.web.whatsapp import numero_do_whatsapp
from clientes.canais import a_discar
from clientes.models import CanalDeContato, Cliente

# ── Ligar, WhatsApp e registrar ──────────────────────────────────────────────


def botoes(
    cliente: Cliente, *, registra: bool, csrf: str, principal: str = "", contato_com: str = ""
) -> SafeString:
    """Canal que o cliente não quer não aparece.

    `principal` é a classe que pinta o Ligar; `contato_com` (`?campanha=3`), o que o formulário já traz escolhido.
    """
    nome = escapar(cliente.nome)
    partes = [_ligar(cliente, escapar(principal))]
    if registra:
        rotas = _rotas()
        partes += [_whatsapp(cliente, nome, csrf, rotas), _registrar(cliente, nome, contato_com, rotas)]
    return SafeString("".join(partes))  # nosec B703 # cada parte já escapou o que é texto


class _Rotas(NamedTuple):
    """O que vem antes e depois do id em cada caminho da linha."""

    ficha: tuple[str, str]
    whatsapp: tuple[str, str]
    contato: tuple[str, str]
    agendar: tuple[str, str]
    email: tuple[str, str]


def _rotas() -> _Rotas:
    return _Rotas(*(partes_do_caminho(f"clientes:{rota}") for rota in _Rotas._fields))


def _ligar(cliente: Cliente, principal: str) -> str:
    destino = a_discar(cliente)
    if destino is None:
        return ""
    lido = telefone(destino.valor)
    dica = f"{lido}, {destino.nome}" if destino.pessoa else lido
    return (
        f'<a class="bt m {principal}" href="tel:{escapar(destino.valor)}" title="{escapar(dica)}">'
        f"{icone('phone', 'p')}<span>Ligar</span></a>"
    )


def _whatsapp(cliente: Cliente, nome: str, csrf: str, rotas: _Rotas) -> str:
    if not numero_do_whatsapp(cliente):
        return ""
    antes, depois = rotas.whatsapp
    return (
        f'<form class="em-linha" method="post" action="{antes}{cliente.pk}{depois}" target="_blank">'
        f'<input type="hidden" name="csrfmiddlewaretoken" value="{escapar(csrf)}">'
        f'<button class="bt m q" type="submit" data-whatsapp title="WhatsApp">{icone("message-circle", "p")}'
        f'<span class="rotulo">WhatsApp</span><span class="sr"> com {nome}</span></button></form>'
    )


def _registrar(cliente: Cliente, nome: str, contato_com: str, rotas: _Rotas) -> str:
    antes, depois = rotas.contato
    endereco = escapar(f"{antes}{cliente.pk}{depois}{contato_com}")
    return (
        f'<a class="bt m q" href="{endereco}" hx-get="{endereco}" hx-target="#dialogo" data-registrar '
        f'title="Registrar contato">{icone("pencil", "p")}<span class="rotulo">Registrar</span>'
        f'<span class="sr"> contato com {nome}</span></a>'
    )


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
    rotas = _rotas()
    return SafeString("\n".join(_linha(linha, moldura, rotas) for linha in todas))  # nosec B703 # peças já escapadas


def _linha(linha: Any, moldura: Moldura, rotas: _Rotas) -> str:
    cliente, nome = linha.cliente, escapar(linha.cliente.nome)
    miolo = "</td>".join([f"{abre}{celula(linha)}" for abre, celula in moldura.celulas])
    return (
        f'<tr role="row"><td class="c-sel" role="cell"><label><input class="cx" type="checkbox" name="cliente" '
        f'value="{cliente.pk}" form="acoes"><span class="sr">Marcar {nome}</span></label></td>'
        f"{_nome(linha, nome, moldura, rotas)}{miolo}</td>"
        f'<td class="c-ac" role="cell"><div class="atalhos">{_atalhos(cliente, nome, moldura, rotas)}</div></td></tr>'
    )


def _nome(linha: Any, nome: str, moldura: Moldura, rotas: _Rotas) -> str:
    cliente, ind = linha.cliente, linha.ind
    lugar = "/".join([parte for parte in (cliente.cidade, cliente.uf) if parte])
    onde = " · ".join([parte for parte in (lugar, str(ind.segmento or "")) if parte])
    antes, depois = rotas.ficha
    return (
        f'<td class="c-nome" role="cell"><a class="nome" data-linha '
        f'href="{antes}{cliente.pk}{depois}?lista={escapar(moldura.estado)}" title="{nome}">{nome}</a>'
        f'<span class="sub">{escapar(onde)}</span>{de_quem(ind.vendedor_id, moldura.coberturas)}</td>'
    )


def de_quem(dono: int | None, coberturas: Iterable[Any]) -> SafeString:
    """De quem é, quando é de quem se cobre."""
    return juntar(_em_ferias(cobertura) for cobertura in coberturas if cobertura.ausente_id == dono)


def _em_ferias(cobertura: Any) -> SafeString:
    ate = f" até {data(cobertura.ultimo_dia, '%d/%m')}" if cobertura.periodo.upper else ""
    return format_html(
        '<span class="de-quem">{}de {}, em férias{}</span>',
        icone("sun", "p"), cobertura.ausente.get_short_name(), ate,
    )  # fmt: skip


def _atalhos(cliente: Cliente, nome: str, moldura: Moldura, rotas: _Rotas) -> str:
    partes = _ligar(cliente, "")
    if moldura.registra:
        partes += _whatsapp(cliente, nome, moldura.csrf, rotas) + _registrar(cliente, nome, "", rotas)
    if moldura.pode_registrar:
        partes += _no_dialogo(rotas.agendar, cliente, _AGENDAR, f"Agendar contato com {nome}")
        if cliente.email and CanalDeContato.EMAIL not in cliente.nao_contatar:
            partes += _no_dialogo(rotas.email, cliente, _EMAIL, f"E-mail para {nome}")
    return partes


_AGENDAR, _EMAIL = (" data-agendar", "Agendar", "calendar-plus"), ("", "E-mail", "mail")


def _no_dialogo(rota: tuple[str, str], cliente: Cliente, atalho: tuple[str, str, str], dito: str) -> str:
    """Um atalho que abre no diálogo, ou na própria página sem JavaScript; `dito` já vem escapado."""
    atributos, titulo, figura = atalho
    endereco = f"{rota[0]}{cliente.pk}{rota[1]}"
    return (
        f'<a class="bt m q so-largo" href="{endereco}" hx-get="{endereco}" hx-target="#dialogo"{atributos} '
        f'title="{titulo}">{icone(figura, "p")}<span class="sr">{dito}</span></a>'
    )
