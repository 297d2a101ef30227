"""As objeções mais ouvidas, o que se responde e quantos compraram apesar delas."""

from collections.abc import Sequence

from contas.models import Usuario
from relatorios.base import Coluna, Elo, Linhas, Relatorio
from relatorios.catalogo import registrar
from relatorios.pedido import Pedido
from relatorios.resultados.do_relatorio import consulta_de, filtros_por, parametros
from relatorios.resultados.objecoes import FILTROS, ObjecaoOuvida, ouvidas


def _nomes(o: ObjecaoOuvida, pedido: Pedido) -> Elo:
    return Elo(parametros(pedido, ver="objecao", qual=str(o.objecao.pk)), lugar="resultados_clientes")


def _compraram(o: ObjecaoOuvida, pedido: Pedido) -> Elo:
    qual = str(o.objecao.pk)
    return Elo(parametros(pedido, ver="objecao", qual=qual, compraram="1"), lugar="resultados_clientes")


@registrar
class Objecoes(Relatorio):
    chave = "objecoes"
    titulo = "Objeções e contra-argumentos"
    grupo = "Resultados"
    frase = "O que os clientes dizem para não comprar, e que resposta funciona?"
    filtros = filtros_por(FILTROS)
    ordem = "-vezes"
    pela_regra = False
    unidade = "objeção,objeções"
    vazio = "Nenhuma objeção registrada neste período."
    nota = "Cada cliente conta uma vez por objeção; vitória é quem comprou depois de a dizer, no prazo da atribuição."

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("objecao", "Objeção", largura=30, valor=lambda o: o.objecao.nome),
            Coluna("resposta", "Contra-argumento", largura=50, valor=lambda o: o.objecao.contra_argumento),
            Coluna("vezes", "Vezes", "inteiro", 10, soma=True),
            Coluna("clientes", "Clientes", "inteiro", 10, elo=_nomes),
            Coluna("compraram", "Compraram", "inteiro", 10, elo=_compraram),
            Coluna("vitoria", "Vitória", "porcento", 10),
            Coluna("valor", "Valor sem impostos", "moeda", 18),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        return ouvidas(consulta_de(usuario, pedido))

    def total(self, usuario: Usuario, pedido: Pedido, linhas: Linhas) -> dict[str, int]:
        """Só as vezes se somam: um cliente pode ter dito duas objeções."""
        return {"vezes": sum(o.vezes for o in linhas)}
