"""Quem comprou um produto, dito pelo código ou pelo começo do nome."""

from datetime import date

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, DateField, F, Func, IntegerField, Q, QuerySet, Value
from django.db.models.lookups import GreaterThan, In, StartsWith

from clientes.models import CompraDeProduto, Produto
from clientes.models.cliente import SemAcento
from contas.texto import sem_acento


class _DiasAte(Func):
    """Quantos dos dias de compra, que estão em ordem, são até este."""

    function = "width_bucket"
    output_field = IntegerField()

    def __init__(self, dia: date) -> None:
        super().__init__(Value(dia, output_field=DateField()), F("datas"))


class _UmDe(Func):
    """`coluna = ANY (ARRAY(...))`: os produtos se procuram uma vez só, e o índice os recebe como valores."""

    template = "%(expressions)s)"
    arg_joiner = " = ANY ("
    output_field = BooleanField()
    conditional = True


def produtos_ditos(texto: str) -> QuerySet[Produto]:
    """Sem acentos nem maiúsculas; os dois lados têm índice."""
    procurado = sem_acento(texto.strip())
    codigo, nome = SemAcento(F("codigo")), SemAcento(F("nome"))
    return Produto.objects.filter(Q(In(codigo, [procurado])) | Q(StartsWith(nome, procurado)))


def comprados(texto: str, ate: date, depois_de: date | None = None) -> QuerySet[CompraDeProduto]:
    """As compras do produto em pedidos que contam, em (depois_de, ate].

    Só quem comprou depois de `ate` (um pedido chegado após a última rodada) precisa dos dias um a um.
    """
    ditos = ArraySubquery(produtos_ditos(texto).values("pk"))
    compras = CompraDeProduto.objects.filter(_UmDe(F("produto_id"), ditos), primeira__lte=ate)
    if depois_de is None:
        return compras
    na_janela = Q(ultima__lte=ate) | Q(GreaterThan(_DiasAte(ate), _DiasAte(depois_de)))
    return compras.filter(Q(ultima__gt=depois_de) & na_janela)
