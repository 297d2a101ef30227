"""As datas do cliente: o que houve, o que se espera e o que está combinado."""

from typing import Any

from django.db.models import DateField, F, OuterRef, Subquery
from django.db.models.functions import Cast, Coalesce, TruncDate

from carteira.filtros.campos import Campo, Data
from clientes.compromissos import abertos
from clientes.models import NotaFiscal, Orcamento, SituacaoDeNota, Titulo

COMPRAS, CONTATO, CADASTRO, FINANCAS = "Compras", "Relacionamento", "Cadastro", "Finanças"
ATIVIDADE = "Situação e ritmo"


def _primeira(consulta: Any, coluna: str, *, ultima: bool = False) -> Subquery:
    """A menor data (ou a maior) dos fatos do cliente da linha."""
    ordem = F(coluna).desc() if ultima else F(coluna).asc()
    dele = consulta.filter(cliente=OuterRef("pk"), **{f"{coluna}__isnull": False})
    return Subquery(dele.order_by(ordem).values(coluna)[:1], output_field=DateField())


def _cadastro() -> Any:
    """A data do arquivo ou, sem ela, o dia em que entrou."""
    return Coalesce(F("cliente__cadastrado_em"), Cast(TruncDate("cliente__criado_em"), DateField()))


ULTIMO_PEDIDO = Data(
    nome="ultimo_pedido", rotulo="Último pedido", grupo=COMPRAS, coluna="ultima_compra", relogio=True,
    nunca="nunca comprou", dica="O último pedido que conta como compra, na data de referência da empresa.",
)  # fmt: skip
ULTIMO_CONTATO = Data(
    nome="ultimo_contato", rotulo="Último contato", grupo=CONTATO, coluna="ultimo_contato_em", instante=True,
    de_hoje=True, relogio=True, nunca="nunca contatado",
    dica="O último contato efetivo, por qualquer pessoa e canal; tentativas sem resposta não contam.",
)  # fmt: skip

DATAS: tuple[Campo, ...] = (
    ULTIMO_PEDIDO,
    Data(nome="primeira_compra", rotulo="Primeira compra", grupo=COMPRAS, coluna="primeira_compra",
         nunca="nunca comprou", dica="O dia do primeiro pedido que conta como compra."),
    Data(nome="proxima_compra", rotulo="Próxima compra esperada", grupo=ATIVIDADE, futura=True,
         coluna="proxima_compra_esperada", nunca="sem previsão",
         dica="A última compra mais o ciclo do cliente ou, sem ciclo próprio, o do segmento."),
    Data(nome="quase_inativo_em", rotulo="Fica quase inativo em", grupo=ATIVIDADE, futura=True,
         coluna="quase_inativo_em", nunca="sem data",
         dica="O dia em que passa (ou passou) a quase inativo, se não comprar."),
    Data(nome="inativo_em", rotulo="Fica inativo em", grupo=ATIVIDADE, futura=True, coluna="inativo_em",
         nunca="sem data", dica="O dia em que passa (ou passou) a inativo, se não comprar."),
    ULTIMO_CONTATO,
    Data(nome="proxima_acao", rotulo="Próxima ação", grupo=CONTATO, futura=True, de_hoje=True,
         coluna=lambda: _primeira(abertos(), "em"), nunca="nada agendado",
         dica="O compromisso em aberto mais próximo; o que atrasou conta."),
    Data(nome="adiado_ate", rotulo="Adiado até", grupo=CONTATO, futura=True, de_hoje=True,
         coluna="cliente__adiado_ate", nunca="não adiado", dica="Até quando o cliente descansa da fila."),
    Data(nome="cadastro", rotulo="Cadastro", grupo=CADASTRO, de_hoje=True, coluna=_cadastro, nunca="sem data",
         dica="A data do cadastro no arquivo do ERP ou, sem ela, o dia em que entrou no Carteira."),
    Data(nome="contatos_conferidos", rotulo="Contatos conferidos", grupo=CADASTRO, de_hoje=True, relogio=True,
         coluna="cliente__contato_verificado_em", nunca="nunca conferidos",
         dica="Quando alguém confirmou que o telefone e o e-mail do cliente ainda são estes."),
    Data(nome="encerrado_em", rotulo="Encerrado em", grupo=CADASTRO, de_hoje=True,
         coluna="cliente__encerrado_em", nunca="não encerrado",
         dica="Quando se disse que o cliente acabou. Mostra também os escondidos."),
    Data(nome="vencimento", rotulo="Título mais antigo em aberto", grupo=FINANCAS, futura=True,
         coluna=lambda: _primeira(Titulo.objects.em_aberto(), "vencimento"), nunca="nada em aberto",
         dica="O vencimento do título com saldo que vence (ou venceu) primeiro."),
    Data(nome="ultima_nota", rotulo="Última nota fiscal", grupo=COMPRAS,
         coluna=lambda: _primeira(
             NotaFiscal.objects.filter(situacao=SituacaoDeNota.AUTORIZADA), "emissao", ultima=True
         ), nunca="sem nota", dica="A emissão da última nota autorizada."),
    Data(nome="ultimo_orcamento", rotulo="Último orçamento", grupo=COMPRAS,
         coluna=lambda: _primeira(Orcamento.objects.all(), "data", ultima=True), nunca="sem orçamento",
         dica="A data do último orçamento, em qualquer situação."),
)  # fmt: skip
