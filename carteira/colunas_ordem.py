"""As ordens da lista: a expressão de cada uma, sobre Indicadores. Quem não tem o que ordenar é nulo, e vai ao fim."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db.models import (
    Case,
    Count,
    F,
    FloatField,
    IntegerField,
    Min,
    OuterRef,
    Q,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Coalesce, NullIf

from atividade import prioridade, rfv
from atividade.models import Status
from atividade.regras import DIAS_PARA_CICLO_PROPRIO, FOLGA_DA_TENDENCIA
from carteira.filtros.numeros import uso_do_limite
from carteira.graficos import situacoes
from carteira.referencias import Referencias
from clientes import situacao_cadastral
from clientes.compromissos import abertos
from clientes.models import (
    Atendimento,
    CanalDeContato,
    Contato,
    NotaFiscal,
    Orcamento,
    Pedido,
    SituacaoDeNota,
    SituacaoDeOrcamento,
    TipoDeAtendimento,
    Titulo,
)
from clientes.models.cliente import SemAcento
from contas.models import SituacaoDePedido

Montar = Callable[[Referencias], Any]
_ABAIXO_DE_TODOS = 1e12  # maior que qualquer carteira em reais
_POSICAO_DO_STATUS = Case(
    *(When(status=s, then=Value(i)) for i, s in enumerate(situacoes.ORDEM)), output_field=IntegerField()
)


def fixa(expressao: Any) -> Montar:
    """A ordem que não depende da data."""
    return lambda referencias: expressao


def campo(nome: str) -> Montar:
    return fixa(F(nome))


def texto(nome: str) -> Montar:
    """Sem acentos; o vazio é não ter."""
    return fixa(NullIf(SemAcento(nome), Value("", output_field=TextField())))


def bruto(nome: str) -> Montar:
    """Código, documento e telefone: como estão guardados."""
    return fixa(NullIf(F(nome), Value(""), output_field=TextField()))


def nome(referencias: Referencias) -> Combinable:
    return F("cliente__nome_da_lista")


def status(referencias: Referencias) -> Combinable:
    return _POSICAO_DO_STATUS


def recencia(referencias: Referencias) -> Combinable:
    return referencias.recencia()


def risco(referencias: Referencias) -> Combinable:
    """A perda esperada; inativos vêm depois dos que ainda se seguram, e quem nunca comprou, por último."""
    casos = [
        When(empresa__in=empresas, then=prioridade.probabilidade(dia))
        for dia, empresas in referencias.por_data.items()
    ]
    p = casos[0].result if len(casos) == 1 else Case(*casos, output_field=FloatField())
    perda = p * Cast(prioridade.valor_em_jogo(), FloatField())
    return Case(When(status=Status.INATIVO, then=perda - Value(_ABAIXO_DE_TODOS)), default=perda)


def vezes_o_ciclo(referencias: Referencias) -> Combinable:
    """Quantas vezes o ciclo próprio cabe no silêncio; sem ciclo próprio não há o que dizer."""
    return Case(
        When(
            dias_de_compra__gte=DIAS_PARA_CICLO_PROPRIO,
            intervalo_mediano_dias__gt=0,
            then=referencias.recencia() / F("intervalo_mediano_dias"),
        )
    )


def ciclo(referencias: Referencias) -> Combinable:
    return Case(When(dias_de_compra__gte=DIAS_PARA_CICLO_PROPRIO, then=F("intervalo_mediano_dias")))


def ticket(referencias: Referencias) -> Combinable:
    return Case(When(pedidos__gt=0, then=F("valor_total") / F("pedidos")))


def tendencia(referencias: Referencias) -> Combinable:
    """Gêmea de `classificar_tendencia`: em queda, estável, em alta; sem valor nos dois períodos, nada."""
    antes = F("valor_90d_anterior")
    return Case(
        When(valor_90d=0, valor_90d_anterior=0, then=Value(None)),
        When(valor_90d__gt=antes * (1 + FOLGA_DA_TENDENCIA), then=Value(2)),
        When(valor_90d__lt=antes * (1 - FOLGA_DA_TENDENCIA), then=Value(0)),
        default=Value(1),
        output_field=IntegerField(),
    )


def grupo_rfv(referencias: Referencias) -> Combinable:
    return rfv.posicao_nas(referencias.empresas)


def cadastro(referencias: Referencias) -> Combinable:
    return situacao_cadastral.expressao("cliente__")


def dias_de_compra_em_12_meses(referencias: Referencias) -> Combinable:
    return NullIf(F("dias_de_compra_12m"), Value(0))


def telefone(referencias: Referencias) -> Combinable:
    """O que a coluna não mostra também não se põe em ordem."""
    sem_ligacao = Q(cliente__nao_contatar__contains=[CanalDeContato.LIGACAO.value])
    mostrado = NullIf(F("cliente__telefone"), Value(""), output_field=TextField())
    return Case(When(sem_ligacao, then=Value(None)), default=mostrado, output_field=TextField())


def sim_ou_nao(condicao: Q) -> Montar:
    """Os que são, e os outros por fim."""
    return fixa(Case(When(condicao, then=Value(1)), output_field=IntegerField()))


# ── Pelo que se soma dos fatos do cliente ────────────────────────────────────


def proxima_acao() -> Subquery:
    dele = abertos().filter(cliente=OuterRef("cliente_id"))
    return Subquery(dele.order_by("em").values("em")[:1])


def proxima(referencias: Referencias) -> Combinable:
    return proxima_acao()


def _dos(fatos: Any, conta: Any, **filtros: Any) -> Subquery:
    """Uma conta sobre os fatos do cliente; sem nenhum, nulo."""
    dele = fatos.filter(cliente=OuterRef("cliente_id"), **filtros).order_by().values("cliente")
    return Subquery(dele.annotate(conta=conta).values("conta"))


def _hoje_da_empresa(referencias: Referencias) -> Any:
    return Coalesce(OuterRef("empresa__referencia"), Value(referencias.hoje))


def pedidos_em_aberto(referencias: Referencias) -> Combinable:
    return _dos(Pedido.objects, Count("pk"), situacao=SituacaoDePedido.ABERTO)


def notas(referencias: Referencias) -> Combinable:
    """A última, que o índice entrega primeiro: o máximo leria todas."""
    dele = NotaFiscal.objects.filter(cliente=OuterRef("cliente_id"), situacao=SituacaoDeNota.AUTORIZADA)
    return Subquery(dele.order_by("-emissao", "-pk").values("emissao")[:1])


def objecoes(referencias: Referencias) -> Combinable:
    return _dos(Contato.objects, Count("objecoes"), desfeito_em__isnull=True, objecoes__isnull=False)


def atendimentos(referencias: Referencias) -> Combinable:
    return _dos(Atendimento.objects, Count("pk"), fechado_em__isnull=True)


def nao_conformidades(referencias: Referencias) -> Combinable:
    return _dos(
        Atendimento.objects, Count("pk"), fechado_em__isnull=True, tipo=TipoDeAtendimento.NAO_CONFORMIDADE
    )


def titulos(referencias: Referencias) -> Combinable:
    """Pelo que está vencido."""
    return _dos(Titulo.objects.vencidos(_hoje_da_empresa(referencias)), Sum("saldo"))


def financeira(referencias: Referencias) -> Combinable:
    """Pelo título em aberto que venceu há mais tempo (ou vence antes)."""
    return _dos(Titulo.objects.em_aberto(), Min("vencimento"))


def credito(referencias: Referencias) -> Combinable:
    """Quanto do limite está usado; sem limite não há o que dizer, e limite zero com dívida é todo ele."""
    return uso_do_limite()


def orcamentos(referencias: Referencias) -> Combinable:
    """Pelo que vence antes; o sem validade conta como o último dia que há."""
    vence = Coalesce("validade", Value(date.max))
    valendo = Orcamento.objects.filter(
        Q(validade__isnull=True) | Q(validade__gte=_hoje_da_empresa(referencias)),
        cliente=OuterRef("cliente_id"),
        situacao=SituacaoDeOrcamento.ABERTO,
    )
    return Subquery(valendo.annotate(vence=vence).order_by("vence").values("vence")[:1])


BLOQUEADO = Q(cliente__bloqueado=True)
COM_LUGAR = Q(cliente__municipio__isnull=False)
