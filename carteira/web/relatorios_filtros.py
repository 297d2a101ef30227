"""Os filtros de um relatório como fichinhas e como palavras."""

from collections.abc import Mapping
from typing import Any

from django.http import Http404, QueryDict

from carteira.web.chips import Chip, Opcao
from carteira.web.recorte import chips_para
from contas.models import Usuario
from relatorios.base import Escolha, Numero, Periodo, Proprio, Relatorio
from relatorios.pedido import Pedido, dito, em_palavras
from relatorios.periodos import PERIODOS


def chips_do_relatorio(
    relatorio: Relatorio, usuario: Usuario, pedido: Pedido, consulta: QueryDict
) -> list[Chip]:
    """Período e escolhas, e depois os do recorte que o relatório declara e a pessoa pode usar."""
    filtros = relatorio.filtros_de(usuario)
    proprios = [_chip(f, usuario, pedido, consulta) for f in filtros if isinstance(f, Periodo | Escolha)]
    trazidos = [
        Chip(f.chave, f.titulo, valor=dito(f, usuario, pedido), tirar=_url(sem(consulta, f.chave)))
        for f in filtros
        if isinstance(f, Proprio) and not f.ajuda and pedido.proprios[f.chave]
    ]
    do_recorte = chips_para(usuario, pedido.recorte, sem(consulta, "pagina"))
    return [*proprios, *(chip for chip in do_recorte if chip.nome in relatorio.filtros), *trazidos]


def sem(consulta: QueryDict, *nomes: str) -> QueryDict:
    nova = consulta.copy()
    for nome in nomes:
        nova.pop(nome, None)
    return nova


def _url(consulta: QueryDict, **novos: str) -> str:
    nova = sem(consulta, "pagina", *novos)
    for nome, valor in novos.items():
        if valor:
            nova[nome] = valor
    return f"?{nova.urlencode()}"


def _chip(filtro: Periodo | Escolha, usuario: Usuario, pedido: Pedido, consulta: QueryDict) -> Chip:
    if isinstance(filtro, Escolha):
        atual, chave, pares = pedido.escolhas[filtro.chave], filtro.chave, list(filtro.opcoes)
        urls = {v: _url(consulta, **{chave: v}) for v, _ in pares}
    else:
        atual, chave = pedido.periodo.nome, "periodo"
        pares = [(nome, rotulo) for nome, (rotulo, _) in PERIODOS.items()]
        urls = {v: _url(sem(consulta, "de", "ate"), periodo=v) for v, _ in pares}
    opcoes = [Opcao(rotulo, urls[v], v == atual) for v, rotulo in pares]
    voltar = _url(sem(consulta, chave, *(() if isinstance(filtro, Escolha) else ("de", "ate"))))
    return Chip(chave, filtro.titulo, opcoes, valor=dito(filtro, usuario, pedido), tirar=voltar)


def ditos(relatorio: Relatorio, usuario: Usuario, pedido: Pedido) -> list[tuple[str, str]]:
    """Todos os filtros ligados em palavras; o que a pessoa não vê não tem nome a dizer."""
    consulta = como_consulta(pedido.consulta)
    nomes = [
        (c.rotulo, c.valor)
        for c in chips_para(usuario, pedido.recorte, consulta)
        if c.valor and c.nome in relatorio.filtros
    ]
    return [*em_palavras(relatorio, usuario, pedido), *nomes]


def ditos_se_houver(relatorio: Relatorio, usuario: Usuario, pedido: Pedido) -> list[tuple[str, str]] | None:
    """De um agendamento, que sobrevive ao que mostrava: nulo quando aquilo já não está ao alcance da pessoa."""
    try:
        return ditos(relatorio, usuario, pedido)
    except Http404:
        return None


def como_consulta(partes: Mapping[str, Any]) -> QueryDict:
    consulta = QueryDict(mutable=True)
    for nome, valores in partes.items():
        consulta.setlist(nome, [str(v) for v in valores])
    return consulta


def campos_proprios(relatorio: Relatorio, pedido: Pedido) -> list[tuple[Proprio, str]]:
    """Os que se escrevem na página."""
    campos = [f for f in relatorio.filtros if isinstance(f, Proprio) and f.ajuda]
    return [(f, ", ".join(pedido.proprios[f.chave])) for f in campos]


def campos_de_numero(relatorio: Relatorio, pedido: Pedido) -> list[tuple[Numero, int]]:
    return [(f, pedido.numeros[f.chave]) for f in relatorio.filtros if isinstance(f, Numero)]
