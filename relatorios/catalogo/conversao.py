"""De quem começou o período parado, quantos voltaram com contato e sem; e o que o grupo de controle diz."""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils import timezone

from atividade.giro import Janela
from contas.models import Usuario
from relatorios.base import Coluna, Elo, Linhas, Periodo, Relatorio
from relatorios.catalogo import registrar
from relatorios.pedido import Pedido
from relatorios.resultados.controle import Controle, controles
from relatorios.resultados.conversao import COM, FILTROS, GRUPOS, NOMES, SEM, Conversao, Parte, conversoes
from relatorios.resultados.do_relatorio import consulta_de, filtros_por, parametros


def _faixa(intervalo: tuple[float, float] | None) -> str:
    return f"{intervalo[0]:.1f}% a {intervalo[1]:.1f}%".replace(".", ",") if intervalo else ""


def _em_pontos(c: Any) -> str:
    return f"{c.de:+.1f} a {c.ate:+.1f}".replace(".", ",") if c else ""


def _do_lado(lado: str, nome: str) -> list[Coluna]:
    def parte(c: Conversao) -> Parte:
        return c.com if lado == COM else c.sem

    def elo(quantos: Callable[[Parte], int], **mais: str) -> Callable[[Conversao, Pedido], Elo | None]:
        def leva(c: Conversao, pedido: Pedido) -> Elo | None:
            consulta = parametros(pedido, ver="conversao", grupo=c.grupo, lado=lado, **mais)
            return Elo(consulta, "resultados_clientes") if quantos(parte(c)) else None

        return leva

    return [
        Coluna(f"{lado}_clientes", f"{nome}: clientes", "inteiro", 12, valor=lambda c: parte(c).clientes,
               elo=elo(lambda p: p.clientes)),
        Coluna(f"{lado}_compraram", f"{nome}: compraram", "inteiro", 12, valor=lambda c: parte(c).compraram,
               elo=elo(lambda p: p.compraram, compraram="1")),
        Coluna(f"{lado}_pct", f"{nome}: %", "porcento", 10, valor=lambda c: parte(c).pct),
        Coluna(f"{lado}_faixa", f"{nome}: intervalo de 95%", largura=18,
               valor=lambda c: _faixa(parte(c).intervalo)),
    ]  # fmt: skip


@registrar
class ConversaoDosParados(Relatorio):
    chave = "conversao"
    titulo = "Conversão com e sem contato"
    grupo = "Resultados"
    frase = "De quem começou o período parado, quantos voltaram a comprar?"
    filtros = filtros_por(FILTROS)
    pela_regra = False
    unidade = "grupo,grupos"
    vazio = "Ninguém começou este período parado."
    nota = (
        "Como estavam na véspera do período, pela regra de hoje; recente é o inativo que comprou nos 24 meses antes. "
        "Quem liga escolhe para quem ligar: a diferença não prova que foi a ligação."
    )

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("nome", "Eram", largura=20, valor=lambda c: NOMES[c.grupo], ordena=False),
            *_do_lado(COM, "Com contato"),
            *_do_lado(SEM, "Sem contato"),
            Coluna("diferenca", "Diferença, em pontos", "decimal", 12,
                   valor=lambda c: c.comparacao.diferenca if c.comparacao else None),
            Coluna("faixa", "Intervalo da diferença", largura=18, valor=lambda c: _em_pontos(c.comparacao)),
        )  # fmt: skip

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        achadas = conversoes(consulta_de(usuario, pedido))
        return [achadas[g] for g in GRUPOS] if any(c.clientes for c in achadas.values()) else []


def _conclusao(x: Controle) -> str:
    if x.comparacao.pouco:
        return "ainda é pouco para dizer"
    if not x.comparacao.conclusiva:
        return "não dá para dizer que fez diferença"
    return "a lista vendeu mais que o acaso" if x.comparacao.de > 0 else "o controle comprou mais"


@registrar
class GrupoDeControle(Relatorio):
    chave = "grupo-de-controle"
    titulo = "O que o grupo de controle diz"
    grupo = "Resultados"
    frase = "Das listas que sortearam quem não se procura: procurar fez diferença?"
    filtros = (Periodo(ate_hoje=True),)
    pela_regra = False
    unidade = "lista,listas"
    vazio = "Nenhuma lista deste período sorteou um grupo de controle."
    nota = (
        "Da entrada na lista ao fim dela, seja qual for o período. O intervalo da diferença é o de Newcombe, feito "
        "dos de Wilson. Cada lista sorteia a sua parte: somá-las enganaria."
    )

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("lista", "Lista", largura=32, valor=lambda x: x.lista.nome,
                   elo=lambda x, p: Elo(lugar="lista", pk=x.lista.pk)),
            Coluna("sorteados", "Na lista", "inteiro", 10, valor=lambda x: x.progresso.sorteados),
            Coluna("compraram", "Compraram", "inteiro", 10, valor=lambda x: x.progresso.sorteados_compraram),
            Coluna("p_lista", "% na lista", "porcento", 10, valor=lambda x: x.comparacao.a.pct),
            Coluna("controle", "No controle", "inteiro", 10, valor=lambda x: x.progresso.controle),
            Coluna("do_controle", "Compraram no controle", "inteiro", 12,
                   valor=lambda x: x.progresso.controle_compraram),
            Coluna("p_controle", "% no controle", "porcento", 10, valor=lambda x: x.comparacao.b.pct),
            Coluna("diferenca", "Diferença, em pontos", "decimal", 12, valor=lambda x: x.comparacao.diferenca),
            Coluna("faixa", "Intervalo da diferença", largura=18, valor=lambda x: _em_pontos(x.comparacao)),
            Coluna("conclusao", "O que se pode dizer", largura=30, valor=_conclusao),
        )  # fmt: skip

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        janela = Janela(pedido.periodo.de, pedido.periodo.ate)
        return controles(usuario, janela, timezone.localdate())
