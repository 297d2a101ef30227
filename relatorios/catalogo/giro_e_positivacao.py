"""Giro e positivação por vendedor: dos clientes do primeiro dia, quantos foram contatados e quantos compraram."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from atividade.giro import Giro, Janela, Toque, giro_de
from contas.alcada import vendedores_da_alcada
from contas.models import Usuario
from contas.papeis import Permissao
from relatorios.base import Coluna, Linhas, Periodo, Relatorio
from relatorios.catalogo import registrar
from relatorios.pedido import Pedido


@dataclass(frozen=True, slots=True)
class Linha:
    nome: str
    giro: Giro


def _toque(toque: Toque, chave: str, titulo: str, parte: str) -> tuple[Coluna, Coluna]:
    return (
        Coluna(chave, titulo, "inteiro", 14, valor=lambda li: li.giro.tocados(toque)),
        Coluna(f"p_{chave}", parte, "porcento", 14, valor=lambda li: li.giro.porcento(toque)),
    )


@registrar
class GiroEPositivacao(Relatorio):
    chave = "giro-e-positivacao"
    titulo = "Giro e positivação por vendedor"
    grupo = "Movimento"
    frase = "Dos clientes que cada um tinha no primeiro dia, quantos foram contatados e quantos compraram?"
    permissao = Permissao.VER_CARTEIRAS
    filtros = ("empresa", "equipe", "vendedor", Periodo("mes"))
    pela_regra = False
    unidade = "vendedor,vendedores"
    vazio = "Nenhum vendedor tinha clientes no primeiro dia do período."
    nota = (
        "Sem os encerrados até o primeiro dia e os fora do perfil. Contato é o efetivo, de qualquer pessoa e canal; "
        "intocado não teve contato nem compra."
    )

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("nome", "Vendedor", largura=28),
            Coluna("clientes", "Clientes no primeiro dia", "inteiro", 16, valor=lambda li: li.giro.clientes),
            *_toque(Toque.CONTATO, "contatados", "Contatados", "Giro %"),
            *_toque(Toque.COMPRA, "compraram", "Compraram", "Positivação %"),
            Coluna("intocados", "Intocados", "inteiro", 12, valor=lambda li: li.giro.intocados),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        pessoas = self._pessoas(usuario, pedido)
        janela = Janela(pedido.periodo.de, pedido.periodo.ate)
        giros = giro_de([p.pk for p in pessoas], [e.pk for e in pedido.empresas], janela)
        return [Linha(p.nome, giros[p.pk]) for p in pessoas if giros[p.pk].clientes]

    def _pessoas(self, usuario: Usuario, pedido: Pedido) -> list[Any]:
        """Os da alçada de hoje; `equipe` é a de hoje também."""
        pessoas = vendedores_da_alcada(usuario)
        if pedido.recorte.vendedor:
            pessoas = pessoas.filter(pk__in=pedido.recorte.vendedor)
        if pedido.recorte.equipe:
            da_equipe = Usuario.objects.filter(
                participacoes__equipe__in=[int(pk) for pk in pedido.recorte.equipe],
                participacoes__periodo__contains=pedido.periodo.ate,
            )
            pessoas = pessoas.filter(pk__in=da_equipe)
        return list(pessoas.order_by("nome_chave", "pk"))

    def total(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> Linha:
        return Linha("Total", sum((li.giro for li in linhas), Giro()))
