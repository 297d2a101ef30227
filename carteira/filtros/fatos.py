"""Os fatos da história do cliente: contatos, agenda, orçamentos, atendimentos e produtos comprados."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from dateutil.relativedelta import relativedelta
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.lookups import In, IsNull

from carteira.filtros import opcoes
from carteira.filtros import operadores as op
from carteira.filtros.campos import Campo, Contexto, Fato, SimNao, inicio_do_dia, nao_vale
from carteira.filtros.datas import COMPRAS, CONTATO
from carteira.filtros.operadores import Operador, tabela
from clientes.compromissos import abertos
from clientes.models import (
    Atendimento,
    Contato,
    Orcamento,
    Pedido,
    SituacaoDeOrcamento,
    TipoDeAtendimento,
)
from clientes.produtos_comprados import comprados
from contas.models import SituacaoDePedido

# ── Contatos ─────────────────────────────────────────────────────────────────

TEVE = Operador("teve", "alguma vez foi", "alguma vez {0}", (op.OPCOES,))
TEVE_EM = Operador("teve_em", "foi nos últimos (dias)", "{1} nos últimos {0} dias", (op.DIAS, op.OPCOES))
NAO_TEVE = Operador("nao_teve", "nunca foi", "nunca {0}", (op.OPCOES,))
NAO_TEVE_EM = Operador(
    "nao_teve_em", "não foi nos últimos (dias)", "sem {1} nos últimos {0} dias", (op.DIAS, op.OPCOES)
)


def _vivos() -> Any:
    return Contato.objects.filter(desfeito_em__isnull=True)


def de_contato(nome: str, rotulo: str, coluna: str, dica: str, **resto: Any) -> Fato:
    """Um campo sobre algum contato do cliente, a qualquer tempo ou nos últimos dias."""

    def com(valores: list[str], desde: date | None = None) -> Q:
        achados = _vivos().filter(**{f"{coluna}__in": valores})
        if desde is not None:
            achados = achados.filter(em__gte=inicio_do_dia(desde))
        return Q(pk__in=achados.values("cliente"))

    def nos_ultimos(valores: list[Any], ctx: Contexto) -> Q:
        return com(valores[1], ctx.hoje - timedelta(days=valores[0]))

    condicoes: dict[str, Callable[[list[Any], Contexto], Q]] = {
        "teve": lambda valores, ctx: com(valores[0]),
        "teve_em": nos_ultimos,
        "nao_teve": lambda valores, ctx: nao_vale(com(valores[0])),
        "nao_teve_em": lambda valores, ctx: nao_vale(nos_ultimos(valores, ctx)),
    }
    return Fato(
        nome=nome, rotulo=rotulo, dica=dica, grupo=CONTATO, condicoes=condicoes,
        operadores=tabela(TEVE, TEVE_EM, NAO_TEVE, NAO_TEVE_EM), **resto,
    )  # fmt: skip


def _ultimo(coluna: str) -> Subquery:
    dele = _vivos().filter(cliente=OuterRef("pk"))
    return Subquery(dele.order_by("-em", "-pk").values(coluna)[:1])


def _resultado_do_ultimo(valores: list[Any], ctx: Contexto) -> Q:
    return Q(In(_ultimo("ocorrencia"), [int(v) for v in valores[0]]))


ULTIMO_RESULTADO = Fato(
    nome="ultimo_resultado", rotulo="Resultado do último contato", grupo=CONTATO, ids=True,
    opcoes=opcoes.resultados, dica="Como terminou o contato mais recente, tentativas incluídas.",
    operadores=tabela(
        Operador("em", "foi", "{0}", (op.OPCOES,)),
        Operador("fora", "não foi", "não foi {0}", (op.OPCOES,)),
        Operador("vazio", "não há contato", "não há contato"),
    ),
    condicoes={
        "em": _resultado_do_ultimo,
        "fora": lambda valores, ctx: nao_vale(_resultado_do_ultimo(valores, ctx)),
        "vazio": lambda valores, ctx: Q(IsNull(_ultimo("pk"), True)),
    },
)  # fmt: skip

# ── Produtos ─────────────────────────────────────────────────────────────────

_PRODUTO = replace(op.TEXTO, nome="produto", rotulo="Código ou começo do nome")


def _comprou(texto: str, ctx: Contexto, meses: int | None = None) -> Q:
    return ctx.referencias.condicao(lambda dia: _comprou_ate(texto, dia, meses))


def _comprou_ate(texto: str, dia: date, meses: int | None) -> Q:
    """Na janela (dia − meses, dia], pelo resumo que o banco mantém de cada cliente e produto."""
    desde = dia - relativedelta(months=meses) if meses is not None else None
    return Q(Exists(comprados(texto, dia, desde).filter(cliente=OuterRef("pk"))))


PRODUTO = Fato(
    nome="produto", rotulo="Produto", grupo=COMPRAS,
    dica="O código do produto, ou o começo do nome, num pedido que conta como compra.",
    operadores=tabela(
        Operador("comprou", "já comprou", "já comprou {0}", (_PRODUTO,)),
        Operador("comprou_em", "comprou nos últimos (meses)", "comprou {1} nos últimos {0} meses",
                 (op.MESES, _PRODUTO)),
        Operador("nao_comprou", "nunca comprou", "nunca comprou {0}", (_PRODUTO,)),
        Operador("nao_comprou_em", "não compra há (meses)", "não comprou {1} nos últimos {0} meses",
                 (op.MESES, _PRODUTO)),
    ),
    condicoes={
        "comprou": lambda v, ctx: _comprou(v[0], ctx),
        "comprou_em": lambda v, ctx: _comprou(v[1], ctx, v[0]),
        "nao_comprou": lambda v, ctx: ~_comprou(v[0], ctx),
        "nao_comprou_em": lambda v, ctx: ~_comprou(v[1], ctx, v[0]),
    },
)  # fmt: skip

# ── O que está em aberto ─────────────────────────────────────────────────────


def _orcamento_aberto(ctx: Contexto) -> Q:
    """Aberto e ainda válido na referência, como nas pendências da ficha."""
    aberto = Orcamento.objects.filter(situacao=SituacaoDeOrcamento.ABERTO)
    return ctx.referencias.condicao(
        lambda dia: Q(pk__in=aberto.filter(Q(validade__isnull=True) | Q(validade__gte=dia)).values("cliente"))
    )


def _atendimento_aberto(**filtros: str) -> Callable[[Contexto], Q]:
    aberto = Atendimento.objects.filter(fechado_em__isnull=True, **filtros)
    return lambda ctx: Q(pk__in=aberto.values("cliente"))


FATOS: tuple[Campo, ...] = (
    ULTIMO_RESULTADO,
    de_contato("resultado", "Resultado de algum contato", "ocorrencia", "Como terminou algum dos contatos.",
               ids=True, opcoes=opcoes.resultados),
    de_contato("objecao", "Objeção", "objecoes", "O que o cliente disse para não comprar.",
               ids=True, opcoes=opcoes.objecoes),
    de_contato("motivo", "Motivo do contato", "motivo", "Para que foi o contato.", ids=True, opcoes=opcoes.motivos),
    de_contato("campanha", "Campanha", "campanha", "A campanha de que o contato fez parte.",
               ids=True, opcoes=opcoes.campanhas),
    de_contato("canal", "Canal do contato", "canal", "Por onde se falou com o cliente.",
               fixas=True, opcoes=opcoes.canais),
    SimNao(nome="agenda_vencida", rotulo="Agenda vencida", grupo=CONTATO,
           quando=("com agenda vencida", "sem agenda vencida"), dica="Há um compromisso em aberto de antes de hoje.",
           condicao=lambda ctx: Q(pk__in=abertos().filter(em__lt=ctx.hoje).values("cliente"))),
    PRODUTO,
    SimNao(nome="pedido_aberto", rotulo="Pedido em aberto", grupo=COMPRAS,
           quando=("com pedido em aberto", "sem pedido em aberto"), dica="Há um pedido ainda não faturado.",
           condicao=lambda ctx: Q(pk__in=Pedido.objects.filter(
               situacao=SituacaoDePedido.ABERTO).values("cliente"))),
    SimNao(nome="orcamento_aberto", rotulo="Orçamento em aberto", grupo=COMPRAS, condicao=_orcamento_aberto,
           quando=("com orçamento em aberto", "sem orçamento em aberto"),
           dica="Há um orçamento aberto e ainda válido."),
    SimNao(nome="atendimento_aberto", rotulo="Atendimento em aberto", grupo=CONTATO,
           quando=("com atendimento em aberto", "sem atendimento em aberto"),
           condicao=_atendimento_aberto(), dica="Há reclamação, troca ou dúvida por resolver."),
    SimNao(nome="nao_conformidade", rotulo="Não conformidade em aberto", grupo=CONTATO,
           quando=("com não conformidade", "sem não conformidade"), dica="Há uma não conformidade por resolver.",
           condicao=_atendimento_aberto(tipo=TipoDeAtendimento.NAO_CONFORMIDADE)),
)  # fmt: skip
