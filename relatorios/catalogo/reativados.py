"""Clientes reativados, base pedidos: o relatório da apresentação, linha a linha, com o total."""

from collections.abc import Sequence

from clientes.models import CanalDeContato
from contas.models import Usuario
from relatorios.base import Coluna, Elo, Linhas, Relatorio
from relatorios.catalogo import registrar
from relatorios.pedido import Pedido
from relatorios.resultados.do_relatorio import consulta_de, filtros_por
from relatorios.resultados.reativados import FILTROS, Reativado, listar

_CANAIS = {str(valor): str(nome) for valor, nome in CanalDeContato.choices}


def _contato(x: Reativado) -> str:
    return f"{_CANAIS.get(x.canal, x.canal)} de {x.atendente}" if x.canal else "espontâneo"


@registrar
class Reativados(Relatorio):
    chave = "reativados"
    titulo = "Clientes reativados (base pedidos)"
    grupo = "Resultados"
    frase = "Quem estava inativo e voltou a comprar, e quanto comprou desde então?"
    filtros = filtros_por(FILTROS)
    ordem = "-valor"
    unidade = "cliente,clientes"
    vazio = "Ninguém voltou neste período."
    nota = (
        "Um cliente por linha, com os pedidos do que o reativou ao fim do período; quem era quase inativo não entra. "
        "Vale a regra do dia da compra. Onde o ERP não separa os impostos, vale o valor cheio."
    )

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("empresa", "Empresa", largura=20),
            Coluna("nome", "Cliente", largura=34, elo=lambda x, p: Elo(lugar="cliente", pk=x.pk)),
            Coluna("codigo", "Código", largura=12),
            Coluna("vendedor", "Vendedor", largura=24),
            Coluna("em", "Voltou em", "data", 12),
            Coluna("silencio", "Dias sem comprar", "inteiro", 12),
            Coluna("contato", "Contato que trouxe", largura=28, valor=_contato),
            Coluna("contato_em", "Data do contato", "data", 12),
            Coluna("campanha", "Campanha", largura=20),
            Coluna("pedidos", "Qtd. de pedidos", "inteiro", 12, soma=True),
            Coluna("valor", "Valor sem impostos", "moeda", 18, soma=True),
            Coluna("ultimo", "Último pedido", "data", 12),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        return listar(consulta_de(usuario, pedido))
