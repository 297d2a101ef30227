"""O relatório de risco no catálogo: a planilha e a folha que a página dele já dá, agora também por e-mail."""

from collections.abc import Sequence
from datetime import datetime

from atividade.regras import Status
from atividade.rotulos import NOMES
from clientes.telefones import como_se_le
from contas.models import Usuario
from contas.papeis import Permissao
from relatorios import risco
from relatorios.base import Coluna, Linhas, Relatorio
from relatorios.catalogo import registrar
from relatorios.folha_de_risco import em_partes
from relatorios.models import ArquivoGerado
from relatorios.papel import MAXIMO_NO_PAPEL, Folha
from relatorios.pedido import Pedido


@registrar
class Risco(Relatorio):
    chave = "risco"
    titulo = "Relatório de risco"
    grupo = "Carteira"
    frase = "Quem ver antes que pare de comprar, e o que saber antes?"
    permissao = Permissao.VER_CLIENTES
    lugar = "risco"
    unidade = "cliente,clientes"
    vazio = "Ninguém em risco com estes filtros."

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return colunas_do_risco()

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        return list(risco.todas_as_linhas(usuario, pedido.recorte))

    def folha(self, arquivo: ArquivoGerado, pedido: Pedido, agora: datetime) -> tuple[Folha, int]:
        feito = risco.relatorio(arquivo.por, pedido.recorte, limite=MAXIMO_NO_PAPEL)
        return em_partes(feito, arquivo, agora=agora), len(feito.linhas)


def colunas_do_risco() -> tuple[Coluna, ...]:
    """As datas da regra levam os nomes que a empresa dá às situações."""
    quase, inativo = NOMES[Status.QUASE_INATIVO], NOMES[Status.INATIVO]
    return (
        Coluna("posto", "#", "inteiro", 6),
        Coluna("codigo", "Código", largura=12, valor=lambda li: li.cliente.codigo),
        Coluna("cliente", "Cliente", largura=36, valor=lambda li: li.cliente.nome),
        Coluna("cidade", "Município", largura=22, valor=lambda li: li.cliente.cidade),
        Coluna("uf", "UF", largura=6, valor=lambda li: li.cliente.uf),
        Coluna("situacao", "Situação"),
        Coluna("recencia", "Dias sem comprar", "inteiro"),
        Coluna("ciclo", "Ciclo (dias)", "decimal"),
        Coluna("vezes", "Vezes o ciclo", "decimal"),
        Coluna("ultima", "Último pedido", "data", valor=lambda li: li.ind.ultima_compra),
        Coluna("quase_em", f"{quase} em", "data", valor=lambda li: li.ind.quase_inativo_em),
        Coluna("inativo_em", f"{inativo} em", "data", valor=lambda li: li.ind.inativo_em),
        Coluna("valor", "R$ por ano", "moeda"),
        Coluna("abc", "Curva ABC", largura=10, valor=lambda li: li.ind.curva_abc),
        Coluna("telefone", "Telefone", largura=18, valor=lambda li: como_se_le(li.telefone)),
        Coluna("antes", "Saber antes", largura=40, valor=lambda li: f"{li.prazo}. {li.conversa}."),
        Coluna(
            "vendedor",
            "Vendedor",
            largura=24,
            valor=lambda li: li.ind.vendedor.nome if li.ind.vendedor else "",
        ),
    )
