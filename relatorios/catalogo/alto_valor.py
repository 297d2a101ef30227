"""Ex-clientes e prospects de alto valor, pelo que compravam quando pararam ou pelo que podem comprar."""

from collections.abc import Sequence
from decimal import Decimal

from django.db.models import Case, DecimalField, F, Q, Value, When
from django.db.models.functions import Coalesce

from atividade.regras import Status
from clientes.models import Categoria
from contas.models import Usuario
from relatorios.base import CARTEIRA, Coluna, Elo, Escolha, Linhas, Relatorio
from relatorios.catalogo import registrar
from relatorios.composicao import linhas
from relatorios.pedido import Pedido

MESES_NO_ANO = 12
_DINHEIRO = DecimalField(max_digits=16, decimal_places=2)
# Quem parou de comprar, pela regra de hoje ou pela palavra do cadastro; o prospect é quem nunca comprou.
EX_CLIENTES = ~Q(status=Status.PROSPECT) & (
    Q(status=Status.INATIVO) | Q(cliente__categoria=Categoria.EX_CLIENTE)
)
PROSPECTS = Q(status=Status.PROSPECT)
_QUAIS = {"todos": EX_CLIENTES | PROSPECTS, "ex_clientes": EX_CLIENTES, "prospects": PROSPECTS}


@registrar
class AltoValor(Relatorio):
    chave = "ex-clientes-e-prospects"
    titulo = "Ex-clientes e prospects de alto valor"
    grupo = "Carteira"
    frase = "De quem vale mais a pena ir atrás, entre os que pararam e os que nunca compraram?"
    filtros = (
        Escolha(
            "quais",
            "Quem",
            (
                ("todos", "Ex-clientes e prospects"),
                ("ex_clientes", "Só ex-clientes"),
                ("prospects", "Só prospects"),
            ),
        ),
        *(f for f in CARTEIRA if f != "abc"),
    )
    ordem = "-vale"
    unidade = "cliente,clientes"
    vazio = "Ninguém parou de comprar, e não há prospects, com estes filtros."
    nota = (
        "Ex-cliente é o inativo, ou quem o cadastro diz que é. Vale o que comprou nos 12 meses até a última compra; "
        "de quem nunca comprou, doze vezes o potencial mensal do cadastro."
    )

    def colunas(self, usuario: Usuario, pedido: Pedido) -> Sequence[Coluna]:
        return (
            Coluna("cliente", "Cliente", largura=36, campo="cliente__nome_da_lista", valor=lambda i: i.cliente.nome,
                   sub=lambda i: i.cliente.codigo, elo=lambda i, p: Elo(lugar="cliente", pk=i.pk)),
            Coluna("quem", "O que é", largura=12, ordena=False,
                   valor=lambda i: "Prospect" if i.status == Status.PROSPECT else "Ex-cliente"),
            Coluna("vale", "Vale por ano", "moeda", 16, campo="por_ano", valor=lambda i: i.por_ano, soma=True),
            Coluna("ano_ativo", "Valor do último ano ativo", "moeda", 18, campo="valor_ano_ativo",
                   valor=lambda i: i.valor_ano_ativo, soma=True),
            Coluna("potencial", "Potencial mensal", "moeda", 16, campo="cliente__potencial_mensal",
                   valor=lambda i: i.cliente.potencial_mensal),
            Coluna("ultima", "Última compra", "data", 12, campo="ultima_compra", valor=lambda i: i.ultima_compra),
            Coluna("vendedor", "Vendedor", largura=22, campo="vendedor__nome",
                   valor=lambda i: i.vendedor.nome if i.vendedor else ""),
        )  # fmt: skip

    def linhas(self, usuario: Usuario, pedido: Pedido) -> Linhas:
        potencial = Coalesce(
            F("cliente__potencial_mensal") * MESES_NO_ANO, Value(Decimal(0)), output_field=_DINHEIRO
        )
        por_ano = Case(
            When(status=Status.PROSPECT, then=potencial), default=F("valor_ano_ativo"), output_field=_DINHEIRO
        )
        deles = linhas(usuario, pedido.recorte).filter(_QUAIS[pedido.escolhas["quais"]])
        return deles.annotate(por_ano=por_ano).select_related("cliente", "vendedor").order_by()
