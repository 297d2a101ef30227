"""Clientes reativados somados: por uma dimensão, ou mês a mês nos doze meses que terminam no do período."""

from collections.abc import Callable, Sequence
from typing import Any

from atividade.giro import Janela
from contas.models import Usuario
from relatorios.base import DE_OUTROS, Coluna, Elo, Escolha, Grafico, Linhas, Relatorio, Serie
from relatorios.catalogo import registrar
from relatorios.pedido import Pedido
from relatorios.resultados.consulta import ESPONTANEO, POR_CONTATO, meses_ate, opcoes_por
from relatorios.resultados.do_relatorio import consulta_de, filtros_por, parametros
from relatorios.resultados.reativados import (
    DIMENSOES_DOS_REATIVADOS,
    FILTROS,
    Grupo,
    Soma,
    agrupar,
    dimensao_de,
    somar,
)

_NOTA = (
    "Quem comprou depois de ter sido inativo pela regra do dia, com os pedidos do que o reativou ao fim do período. "
    "Por contato é quem teve um efetivo no prazo da atribuição; sem ele, foi espontâneo."
)
_CONTAS = (("clientes", "Clientes", ""), ("por_contato", "Por contato", POR_CONTATO),
           ("espontaneos", "Espontâneos", ESPONTANEO))  # fmt: skip


def _colunas(soma: Callable[[Any], Soma], parte: Callable[[Any, Pedido], dict[str, str]]) -> list[Coluna]:
    """As medidas; cada contagem leva aos clientes reativados, um a um."""

    def contagem(campo: str, titulo: str, origem: str) -> Coluna:
        def elo(x: Any, pedido: Pedido) -> Elo | None:
            mais = parte(x, pedido) | ({"origem": origem} if origem else {})
            return (
                Elo(parametros(pedido, **mais), "relatorio", "reativados")
                if getattr(soma(x), campo)
                else None
            )

        return Coluna(campo, titulo, "inteiro", 12, valor=lambda x: getattr(soma(x), campo), elo=elo)

    return [
        *(contagem(*conta) for conta in _CONTAS),
        Coluna("pedidos", "Pedidos", "inteiro", 12, valor=lambda x: soma(x).pedidos),
        Coluna("valor", "Valor sem impostos", "moeda", 18, valor=lambda x: soma(x).valor),
        Coluna("ticket", "Ticket médio", "moeda", 16, valor=lambda x: soma(x).ticket),
    ]


@registrar
class ReativadosPor(Relatorio):
    chave = "reativados-por"
    titulo = "Clientes reativados, por dimensão"
    grupo = "Resultados"
    frase = "Quem, onde ou o que mais trouxe clientes de volta?"
    filtros = (
        *filtros_por(FILTROS),
        Escolha("agrupar", "Por", opcoes_por(DIMENSOES_DOS_REATIVADOS), de_outros=DE_OUTROS),
    )
    ordem = "-valor"
    pela_regra = False
    unidade = "grupo,grupos"
    vazio = "Ninguém voltou neste período."
    nota = _NOTA

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        dimensao = dimensao_de(pedido.escolhas["agrupar"])
        return (
            Coluna("rotulo", dimensao.titulo, largura=30),
            *_colunas(lambda g: g.soma, lambda g, _: {dimensao.nome: g.chave} if g.chave else {}),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        return agrupar(consulta_de(usuario, pedido), dimensao_de(pedido.escolhas["agrupar"]))

    def total(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> Grupo:
        consulta = consulta_de(usuario, pedido)
        return Grupo("", "Total", somar(consulta, [consulta.janela])[0])


@registrar
class ReativadosPorMes(Relatorio):
    chave = "reativados-por-mes"
    titulo = "Clientes reativados, mês a mês"
    grupo = "Resultados"
    frase = "A cada mês, mais ou menos clientes voltam?"
    filtros = filtros_por(FILTROS)
    pela_regra = False
    unidade = "mês,meses"
    vazio = "Ninguém voltou nos últimos doze meses."
    nota = f"Os doze meses que terminam no do período. {_NOTA}"

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("mes", "Mês", largura=14, ordena=False, valor=lambda x: _nome(x[0])),
            *_colunas(lambda x: x[1], lambda x, _: _dias(x[0])),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        meses = meses_ate(pedido.periodo.ate)
        somas = somar(consulta_de(usuario, pedido), meses)
        return list(zip(meses, somas, strict=True)) if any(s.clientes for s in somas) else []

    def grafico(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> Grafico:
        somas = [soma for _, soma in linhas]
        return Grafico(
            "Clientes reativados por mês",
            [_nome(mes) for mes, _ in linhas],
            [
                Serie("Por contato", [s.por_contato for s in somas]),
                Serie("Espontâneos", [s.espontaneos for s in somas]),
            ],
            forma="colunas",
        )


def _nome(mes: Janela) -> str:
    return f"{mes.de:%m/%Y}"


def _dias(mes: Janela) -> dict[str, str]:
    return {"de": mes.de.isoformat(), "ate": mes.ate.isoformat()}
