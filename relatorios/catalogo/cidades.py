"""Cidades: a situação de cada uma é a do cliente que comprou nela por último."""

from collections.abc import Sequence
from typing import Any

from atividade.rotulos import NOMES, PLURAIS
from contas.models import Usuario
from relatorios.base import CARTEIRA, Coluna, Escolha, Linhas, Relatorio
from relatorios.catalogo import registrar
from relatorios.cidades import ORDEM, SEM_ATIVO, Cidade, cidades, contar, escolher
from relatorios.composicao import linhas as da_carteira
from relatorios.pedido import Pedido

_OPCOES = (
    ("todas", "Todas as cidades"),
    *((s, f"Situação: {s.replace('_', ' ')}") for s in ORDEM),
    (SEM_ATIVO, "Sem nenhum cliente ativo"),
)


def _elo(status: str = "") -> Any:
    return lambda c, p: {"municipio": str(c.municipio)} | ({"status": status} if status else {})


def _clientes(status: str) -> Coluna:
    return Coluna(status, PLURAIS[status], "inteiro", 14, valor=lambda c: c.clientes.get(status, 0),
                  elo=_elo(status), soma=True)  # fmt: skip


@registrar
class Cidades(Relatorio):
    chave = "cidades"
    titulo = "Cidades"
    grupo = "Carteira"
    frase = "Em que cidades a carteira está ativa, e quais ficaram sem nenhum cliente ativo?"
    filtros = (*CARTEIRA, Escolha("situacao", "Situação da cidade", _OPCOES))
    unidade = "cidade,cidades"
    ordem = "-valor"
    nota = "Cidade é o município reconhecido; a situação dela é a do cliente que comprou nela por último."

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("cidade", "Cidade", largura=30, valor=lambda c: c.rotulo, elo=_elo()),
            Coluna("situacao", "Situação", largura=18, valor=lambda c: NOMES[c.situacao],
                   status=lambda c: c.situacao),
            Coluna("ultima_compra", "Última compra", "data"),
            *map(_clientes, ORDEM),
            Coluna("todos", "Clientes", "inteiro", 12, elo=_elo(), soma=True),
            Coluna("valor", "R$/ano", "moeda", 18, soma=True),
        )  # fmt: skip

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Cidade]:
        todas, _ = cidades(da_carteira(usuario, pedido.recorte))
        pedida = pedido.escolhas["situacao"]
        return escolher(todas, situacao="" if pedida == "todas" else pedida)

    def achado(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> str:
        conta = contar(linhas)
        if not conta.com_compra:
            return ""
        return f"Com compra: {conta.com_compra}; sem nenhum cliente ativo: {conta.sem_ativo}."
