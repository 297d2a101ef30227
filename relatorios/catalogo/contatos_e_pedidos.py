"""Contatos feitos e pedidos capturados, pelas dimensões da página dos resultados."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from contas.models import Usuario
from relatorios.base import DE_OUTROS, Coluna, Elo, Escolha, Linhas, Relatorio
from relatorios.catalogo import registrar
from relatorios.pedido import Pedido
from relatorios.resultados.consulta import opcoes_por
from relatorios.resultados.contatos import (
    CAPTURARAM,
    DIMENSOES_DOS_CONTATOS,
    EFETIVOS,
    FILTROS,
    TENTATIVAS,
    Esforco,
    Grupo,
    agrupar_com_total,
    dimensao_de,
)
from relatorios.resultados.do_relatorio import consulta_de, filtros_por, parametros


@dataclass(frozen=True, slots=True)
class Linha:
    chave: str
    grupo: str
    contatos: int
    tentativas: int
    clientes: int
    pedidos: int
    conversao: Decimal | None
    valor: Decimal


def _linha(chave: str, grupo: str, e: Esforco) -> Linha:
    return Linha(chave, grupo, e.contatos, e.tentativas, e.clientes, e.pedidos, e.conversao, e.valor)


def _um_a_um(so: str) -> Callable[[Linha, Pedido], Elo]:
    def elo(linha: Linha, pedido: Pedido) -> Elo:
        grupo = {pedido.escolhas["agrupar"]: linha.chave} if linha.chave else {}
        return Elo(parametros(pedido, so=so, **grupo), lugar="contatos_um_a_um")

    return elo


@registrar
class ContatosEPedidos(Relatorio):
    chave = "contatos-e-pedidos"
    titulo = "Contatos feitos e pedidos capturados"
    grupo = "Resultados"
    frase = "De cada cem contatos, quantos pedidos vieram?"
    filtros = (
        *filtros_por(FILTROS),
        Escolha("agrupar", "Por", opcoes_por(DIMENSOES_DOS_CONTATOS), de_outros=DE_OUTROS),
    )
    ordem = "-contatos"
    pela_regra = False
    vazio = "Nenhum contato neste período."
    nota = (
        "Cada pedido é de um contato só: o último efetivo até tantos dias antes dele. Tentativas não capturam. "
        "No total, cada cliente conta uma vez."
    )

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("grupo", dimensao_de(pedido.escolhas["agrupar"]).titulo, largura=30),
            Coluna("contatos", "Contatos", "inteiro", 12, elo=_um_a_um(EFETIVOS)),
            Coluna("tentativas", "Tentativas", "inteiro", 12, elo=_um_a_um(TENTATIVAS)),
            Coluna("clientes", "Clientes", "inteiro", 12),
            Coluna("pedidos", "Pedidos", "inteiro", 12, elo=_um_a_um(CAPTURARAM)),
            Coluna("conversao", "Conversão", "porcento", 12),
            Coluna("valor", "Valor sem impostos", "moeda", 18),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        return [_linha(g.chave, g.rotulo, g.esforco) for g in self._lidos(usuario, pedido)[0]]

    def total(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> Linha:
        return _linha("", "Total", self._lidos(usuario, pedido)[1])

    def _lidos(self, usuario: Usuario, pedido: Pedido) -> tuple[list[Grupo], Esforco]:
        dimensao = dimensao_de(pedido.escolhas["agrupar"])
        return pedido.uma_vez(
            ("contatos", usuario.pk), lambda: agrupar_com_total(consulta_de(usuario, pedido), dimensao)
        )
