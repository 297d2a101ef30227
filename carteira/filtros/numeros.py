"""Os números do cliente: relógios, compras, notas e finanças."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import (
    Case,
    Count,
    DecimalField,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, NullIf
from django.db.models.lookups import GreaterThan

from atividade.regras import DIAS_PARA_CICLO_PROPRIO
from carteira.filtros.campos import NINGUEM, Campo, Contexto, DiasDesde, Numero, nao_vale
from carteira.filtros.datas import ATIVIDADE, COMPRAS, CONTATO, FINANCAS, ULTIMO_CONTATO, ULTIMO_PEDIDO
from clientes.models import Cliente, Contato, Titulo

MESES_NO_ANO = 12
_DINHEIRO = DecimalField(max_digits=18, decimal_places=4)


@dataclass(frozen=True, kw_only=True)
class Soma(Numero):
    """Um total de fatos; quem não tem nenhum tem zero. `fatos` traz uma linha por cliente, com `total`."""

    fatos: Callable[[date], QuerySet[Any]]
    coluna: str = ""
    pode_faltar: bool = False

    def q(self, operador: str, valores: list[Any], ctx: Contexto) -> Q:
        return ctx.referencias.condicao(lambda dia: self._no_dia(operador, valores, dia))

    def _no_dia(self, operador: str, valores: list[Any], dia: date) -> Q:
        condicao = Q()
        if operador in ("min", "entre") and valores[0] > 0:
            condicao &= Q(pk__in=self.fatos(dia).filter(total__gte=valores[0]).values("cliente"))
        if operador in ("max", "entre"):
            condicao &= self._ate(valores[-1], dia)
        return condicao

    def _ate(self, valor: Decimal, dia: date) -> Q:
        if valor < 0:
            return NINGUEM
        return nao_vale(Q(pk__in=self.fatos(dia).filter(total__gt=valor).values("cliente")))


def _vencido(dia: date) -> QuerySet[Any]:
    return Titulo.objects.vencidos(dia).values("cliente").annotate(total=Sum("saldo"))


def _em_aberto(dia: date) -> QuerySet[Any]:
    return Titulo.objects.em_aberto().values("cliente").annotate(total=Sum("saldo"))


def _objecoes(ctx: Contexto) -> Any:
    """Cliente a cliente, pelo índice dos contatos dele: agrupar leria os contatos de todos."""
    ditas = Contato.objects.filter(cliente=OuterRef("pk"), desfeito_em__isnull=True, objecoes__isnull=False)
    contadas = ditas.order_by().values("cliente").annotate(total=Count("objecoes")).values("total")
    return Coalesce(Subquery(contadas), Value(0))


def ciclo(ctx: Contexto) -> Case:
    """O ciclo próprio; menos de três dias de compra não o fazem."""
    return Case(
        When(dias_de_compra__gte=DIAS_PARA_CICLO_PROPRIO, then=F("intervalo_mediano_dias")),
        output_field=_DINHEIRO,
    )


def vezes_o_ciclo(ctx: Contexto) -> Case:
    """Quantas vezes o ciclo próprio cabe no silêncio; sem ciclo próprio não há o que dizer."""
    return Case(
        When(
            dias_de_compra__gte=DIAS_PARA_CICLO_PROPRIO,
            intervalo_mediano_dias__gt=0,
            then=ctx.referencias.recencia() / F("intervalo_mediano_dias"),
        ),
        output_field=_DINHEIRO,
    )


def ticket_medio(ctx: Contexto) -> Any:
    return F("valor_total") / NullIf(F("pedidos"), Value(0))


def _limite_usado() -> Case:
    """Em %, como `Pendencias.uso_do_limite`: sem limite é vazio, e limite zero com dívida é todo o limite."""
    dele = Titulo.objects.em_aberto().filter(cliente=OuterRef("pk")).order_by().values("cliente")
    em_aberto = Coalesce(
        Subquery(dele.annotate(total=Sum("saldo")).values("total"), output_field=_DINHEIRO),
        Value(Decimal(0), output_field=_DINHEIRO),
    )
    deve = Case(When(GreaterThan(em_aberto, 0), then=Value(Decimal(100))), default=Value(Decimal(0)))
    return Case(
        When(limite_credito__gt=0, then=em_aberto * Decimal(100) / F("limite_credito")),
        When(limite_credito__isnull=False, then=deve),
        output_field=_DINHEIRO,
    )


def uso_do_limite(ctx: Contexto | None = None) -> Subquery:
    """O mesmo cliente a cliente, sem juntar a tabela deles: com ela, o banco preferia lê-la inteira."""
    dele = Cliente.objects.filter(pk=OuterRef("pk")).annotate(uso=_limite_usado()).values("uso")
    return Subquery(dele, output_field=_DINHEIRO)


def _potencial_que_falta(ctx: Contexto) -> Any:
    return F("cliente__potencial_mensal") * MESES_NO_ANO - F("valor_12m")


NUMEROS: tuple[Campo, ...] = (
    DiasDesde(nome="sem_compra", rotulo="Dias sem comprar (recência)", grupo=COMPRAS, data=ULTIMO_PEDIDO,
              dica="Da última compra à data de referência. Quem nunca comprou está além de qualquer número."),
    DiasDesde(nome="sem_contato", rotulo="Dias sem contato", grupo=CONTATO, data=ULTIMO_CONTATO,
              dica="Do último contato efetivo até hoje. Quem nunca foi contatado está além de qualquer número."),
    Numero(nome="frequencia", rotulo="Frequência (média de dias)", grupo=ATIVIDADE, unidade="dias",
           coluna="intervalo_medio_dias", sem="sem frequência",
           dica="Média de dias entre compras; falta a quem comprou num dia só."),
    Numero(nome="ciclo", rotulo="Ciclo próprio (mediana)", grupo=ATIVIDADE, unidade="dias", coluna=ciclo,
           sem="sem ciclo próprio", dica="Mediana dos intervalos de quem comprou em três dias ou mais."),
    Numero(nome="vezes_o_ciclo", rotulo="Vezes o ciclo próprio", grupo=ATIVIDADE, unidade="×",
           coluna=vezes_o_ciclo, sem="sem ciclo próprio",
           dica="Dias sem comprar divididos pelo ciclo: 2× é o dobro do que o cliente costuma esperar."),
    Numero(nome="valor", rotulo="Valor na janela", grupo=COMPRAS, unidade="R$", coluna="valor_janela",
           pode_faltar=False, dica="A coluna Valor: a soma das compras na janela configurada."),
    Numero(nome="valor_12m", rotulo="Valor em 12 meses", grupo=COMPRAS, unidade="R$", coluna="valor_12m",
           pode_faltar=False, dica="A soma das compras dos 12 meses até a referência."),
    Numero(nome="valor_total", rotulo="Valor total", grupo=COMPRAS, unidade="R$", coluna="valor_total",
           pode_faltar=False, dica="A soma de todas as compras."),
    Numero(nome="ano_ativo", rotulo="Valor do último ano ativo", grupo=COMPRAS, unidade="R$",
           coluna="valor_ano_ativo", pode_faltar=False,
           dica="O que comprou nos 12 meses até a última compra: quanto valia quando parou."),
    Numero(nome="ticket", rotulo="Ticket médio", grupo=COMPRAS, unidade="R$", coluna=ticket_medio,
           sem="sem pedidos", dica="Valor total dividido pelos pedidos."),
    Numero(nome="pedidos", rotulo="Pedidos", grupo=COMPRAS, coluna="pedidos", pode_faltar=False,
           dica="Quantos pedidos contam como compra."),
    Numero(nome="dias_de_compra", rotulo="Dias de compra", grupo=COMPRAS, coluna="dias_de_compra",
           pode_faltar=False, dica="Em quantos dias diferentes comprou."),
    Numero(nome="devolvido", rotulo="Devolvido em 12 meses", grupo=COMPRAS, unidade="R$",
           coluna="devolvido_12m", pode_faltar=False, dica="A soma das devoluções dos 12 meses."),
    *(Numero(nome=f"nota_{letra}", rotulo=f"Nota {letra.upper()} do RFV", grupo=ATIVIDADE,
             coluna=f"rfv_{letra}", sem="sem nota", dica=f"De 1 a 5, {de_que}; 5 é o melhor.")
      for letra, de_que in (("r", "pela recência"), ("f", "pelos dias de compra"), ("v", "pelo valor"))),
    Numero(nome="potencial", rotulo="Potencial mensal", grupo=COMPRAS, unidade="R$",
           coluna="cliente__potencial_mensal", sem="sem potencial", dica="O que se declarou que pode comprar."),
    Numero(nome="potencial_falta", rotulo="Potencial menos comprado (ano)", grupo=COMPRAS, unidade="R$",
           coluna=_potencial_que_falta, sem="sem potencial",
           dica="Doze vezes o potencial mensal, menos o valor em 12 meses."),
    Numero(nome="limite", rotulo="Limite de crédito", grupo=FINANCAS, unidade="R$",
           coluna="cliente__limite_credito", sem="sem limite", dica="O limite do cadastro."),
    Numero(nome="limite_usado", rotulo="Limite usado", grupo=FINANCAS, unidade="%", coluna=uso_do_limite,
           sem="sem limite", dica="Títulos em aberto sobre o limite de crédito."),
    Soma(nome="vencido", rotulo="R$ em títulos vencidos", grupo=FINANCAS, unidade="R$", fatos=_vencido,
         dica="O saldo dos títulos cujo vencimento passou da referência."),
    Soma(nome="em_aberto", rotulo="R$ em títulos em aberto", grupo=FINANCAS, unidade="R$", fatos=_em_aberto,
         dica="O saldo de todos os títulos, vencidos e a vencer."),
    Numero(nome="objecoes", rotulo="Objeções registradas", grupo=CONTATO, coluna=_objecoes, pode_faltar=False,
           dica="Quantas vezes o cliente fez alguma objeção."),
)  # fmt: skip
