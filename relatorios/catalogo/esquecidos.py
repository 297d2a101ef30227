"""Clientes esquecidos: de cada vendedor, quantos estão há tantos dias sem contato."""

from collections.abc import Sequence
from typing import Any

from django.utils import timezone

from contas.models import Usuario
from relatorios.base import Coluna, Linhas, Numero, Relatorio
from relatorios.catalogo import registrar
from relatorios.checkup import COM_COMPRA, DIAS_ESQUECIDO
from relatorios.esquecidos import Esquecidos, por_vendedor, somar
from relatorios.pedido import Pedido


def _clientes(grupo: Esquecidos, pedido: Pedido) -> dict[str, Any]:
    return {"status": list(COM_COMPRA)} | ({"vendedor": grupo.chave} if grupo.chave else {})


def _elo(grupo: Esquecidos, pedido: Pedido) -> dict[str, Any]:
    return _clientes(grupo, pedido) | {"e": f"esquecido.ha.{pedido.numeros['dias']}"}


def _nunca(grupo: Esquecidos, pedido: Pedido) -> dict[str, Any]:
    return _clientes(grupo, pedido) | {"e": f"esquecido.ha.{pedido.numeros['dias']}~sem_contato.nunca"}


@registrar
class ClientesEsquecidos(Relatorio):
    chave = "esquecidos"
    titulo = "Clientes esquecidos"
    grupo = "Movimento"
    frase = "De quem ninguém fala há tantos dias, em cada carteira?"
    filtros = (
        "empresa",
        "equipe",
        "vendedor",
        Numero("dias", "Sem contato há", DIAS_ESQUECIDO, 1, 3650, "dias"),
    )
    ordem = "-valor"
    unidade = "vendedor,vendedores"
    vazio = "Ainda não há clientes com compra."
    nota = (
        "Conta o contato efetivo, de qualquer pessoa e canal; quem não se visita por decisão não está aqui."
    )

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("nome", "Vendedor", largura=28),
            Coluna("clientes", "Clientes", "inteiro", 12, elo=_clientes),
            Coluna("quantos", "Esquecidos", "inteiro", 12, elo=_elo),
            Coluna("porcento", "% esquecidos", "porcento", 14),
            Coluna("nunca", "Nunca contatados", "inteiro", 16, elo=_nunca),
            Coluna("valor", "R$ 12 meses", "moeda", 18),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        return por_vendedor(usuario, pedido.recorte, pedido.numeros["dias"], timezone.localdate())

    def total(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> Esquecidos:
        return somar(list(linhas))
