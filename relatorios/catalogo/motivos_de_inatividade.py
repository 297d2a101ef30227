"""Por que os clientes pararam, com quantos e quanto por ano."""

from collections.abc import Sequence

from atividade.regras import Status
from atividade.rotulos import PLURAIS
from contas.models import Usuario
from relatorios.base import CARTEIRA, Coluna, Elo, Linhas, Relatorio
from relatorios.catalogo import registrar
from relatorios.pedido import Pedido, recorte_em_partes
from relatorios.resultados.motivos import MotivoDaInatividade, motivos


def _nomes(m: MotivoDaInatividade, pedido: Pedido) -> Elo | None:
    recorte = recorte_em_partes(pedido.recorte)
    return Elo({**recorte, "ver": "motivo", "qual": str(m.pk)}, lugar="resultados_clientes")


@registrar
class MotivosDeInatividade(Relatorio):
    chave = "motivos-de-inatividade"
    titulo = "Motivos de inatividade"
    grupo = "Resultados"
    frase = "Por que os clientes pararam, e quanto cada motivo custa por ano?"
    filtros = tuple(f for f in CARTEIRA if f != "abc")
    ordem = ""
    unidade = "motivo,motivos"
    vazio = "Ninguém parou neste recorte."
    nota = "A causa que o último pitch de cada cliente disse, dos inativos e quase inativos de hoje."

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("nome", "Motivo", largura=34),
            Coluna("inativos", PLURAIS[Status.INATIVO], "inteiro", 12, soma=True),
            Coluna("quase", PLURAIS[Status.QUASE_INATIVO], "inteiro", 14, soma=True),
            Coluna("clientes", "Clientes", "inteiro", 12, soma=True, elo=_nomes),
            Coluna("valor", "R$ por ano", "moeda", 18, soma=True),
        )

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        return motivos(usuario, pedido.recorte)
