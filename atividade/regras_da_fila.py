"""Quem entra na fila de quem liga e quem fica de fora: cada regra se declara aqui, com nome, parâmetro e condição.

A fila, as contagens de quem ficou de fora, a página que as explica e a prévia do administrador leem esta lista.
Cada cliente fica de fora por um motivo só: o primeiro da lista que valer.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import reduce
from operator import and_

from django.db.models import Case, CharField, Exists, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone

from atividade.prioridade import DIAS_DE_DESCANSO, HORIZONTE_DE_ELEGIBILIDADE, valor_curto
from clientes.compromissos import PAROU, abertos
from clientes.models import Agendamento, CanalDeContato, MembroDaLista, Pedido, Titulo
from clientes.televendas import contatos_do_dia

NINGUEM = Q(pk__in=[])


@dataclass(frozen=True, slots=True)
class Criterios:
    """O que a empresa ajusta na fila; sem nada dito, valem estes."""

    dias_de_descanso: int = DIAS_DE_DESCANSO
    antecedencia_dias: int = HORIZONTE_DE_ELEGIBILIDADE
    incluir_bloqueados: bool = False
    incluir_inadimplentes: bool = True
    valor_minimo: Decimal = Decimal(0)
    capacidade_padrao: int = 12


@dataclass(frozen=True, slots=True)
class Momento:
    """O dia dos números, o dia de quem liga e os critérios da empresa."""

    referencia: date
    hoje: date
    criterios: Criterios = Criterios()


@dataclass(frozen=True, slots=True)
class RegraDaFila:
    """Por que alguém fica de fora. `na_hora`: estaria na vez, não fosse isto."""

    chave: str
    nome: str
    explicacao: Callable[[Criterios], str]
    fora: Callable[[Momento], Q]
    na_hora: bool = True


# ── As condições ─────────────────────────────────────────────────────────────


def _longe(m: Momento) -> Q:
    """Ativo cuja compra esperada (a única usa o ciclo de reserva) ainda está além da antecedência."""
    limite = m.referencia + timedelta(days=m.criterios.antecedencia_dias)
    return Q(status="ativo") & ~Q(proxima_compra_esperada__lte=limite)


def _retido(quem: Q, incluir: bool, minimo: Decimal) -> Q:
    """Os `quem` ficam de fora; incluídos, só os que valem menos que o mínimo."""
    if not incluir:
        return quem
    menos = Q(valor_12m=0, valor_ano_ativo__lt=minimo) | ~Q(valor_12m=0) & Q(valor_12m__lt=minimo)
    return quem & menos if minimo else NINGUEM


def _bloqueado(m: Momento) -> Q:
    return _retido(Q(cliente__bloqueado=True), m.criterios.incluir_bloqueados, m.criterios.valor_minimo)


def _inadimplente(m: Momento) -> Q:
    vencidos = Titulo.objects.vencidos(m.referencia).filter(cliente=OuterRef("pk"))
    return _retido(Q(Exists(vencidos)), m.criterios.incluir_inadimplentes, m.criterios.valor_minimo)


def _descansando(m: Momento) -> Q:
    primeiro_dia = m.hoje - timedelta(days=m.criterios.dias_de_descanso - 1)
    return Q(ultimo_contato_em__gte=timezone.make_aware(datetime.combine(primeiro_dia, time())))


def a_espera(hoje: date) -> QuerySet[Agendamento]:
    """O que passou para depois (tentado ou remarcado) descansa até lá; o que parou, até que se decida."""
    mexido = Q(tentativas__gt=0) | Q(em_original__isnull=False)
    # Quem parou foi tentado: dizê-lo antes deixa ler só os poucos mexidos, e não a agenda da empresa inteira.
    esperam: QuerySet[Agendamento] = abertos().filter(mexido, Q(em__gt=hoje) | PAROU)
    return esperam


def _ja_comprou(m: Momento) -> Q:
    """Comprou depois do último cálculo: sai na hora, sem esperar a noite."""
    novos = Pedido.objects.filter(
        empresa=OuterRef("empresa"), cliente=OuterRef("pk"), conta=True, data__gt=OuterRef("ultima_compra")
    )
    return Q(Exists(novos))


# ── A lista ──────────────────────────────────────────────────────────────────


def _dias(n: int) -> str:
    return "1 dia" if n == 1 else f"{n} dias"


def _dito_do_retido(quem: str, incluir: bool, a: Criterios) -> str:
    if not incluir:
        return f"{quem} não entra."
    if not a.valor_minimo:
        return f"{quem} entra, seja qual for o valor."
    return f"{quem} só entra se valer {valor_curto(a.valor_minimo)} por ano ou mais."


REGRAS_DA_FILA: tuple[RegraDaFila, ...] = (
    RegraDaFila(
        "encerrado", "Encerrados", lambda a: "Cadastro fechado: fora de todas as listas.",
        lambda m: Q(cliente__encerrado_em__isnull=False), na_hora=False,
    ),
    RegraDaFila(
        "fora_do_perfil", "Fora do perfil", lambda a: "Clientes que a empresa escolheu não atender.",
        lambda m: Q(cliente__fora_do_perfil=True), na_hora=False,
    ),
    RegraDaFila(
        "prospect", "Nunca compraram", lambda a: "Sem compra não há ritmo nem valor a perder: vêm por listas.",
        lambda m: Q(status="prospect"), na_hora=False,
    ),
    RegraDaFila(
        "inativo", "Inativos", lambda a: "Já passaram do limite: vêm por listas de recuperação.",
        lambda m: Q(status="inativo"), na_hora=False,
    ),
    RegraDaFila(
        "longe", "Longe da compra esperada",
        lambda a: f"A próxima compra que se espera está a mais de {_dias(a.antecedencia_dias)}.",
        _longe, na_hora=False,
    ),
    RegraDaFila(
        "bloqueado", "Bloqueados",
        lambda a: _dito_do_retido("Quem está bloqueado", a.incluir_bloqueados, a), _bloqueado,
    ),
    RegraDaFila(
        "inadimplente", "Com título vencido",
        lambda a: _dito_do_retido("Quem tem título vencido", a.incluir_inadimplentes, a), _inadimplente,
    ),
    RegraDaFila(
        "nao_ligar", "Não querem ligações", lambda a: "Pediram para não receber ligações.",
        lambda m: Q(cliente__nao_contatar__contains=[CanalDeContato.LIGACAO.value]),
    ),
    RegraDaFila(
        "adiado", "Adiados", lambda a: "Alguém os adiou, com motivo: voltam sozinhos no dia.",
        lambda m: Q(cliente__adiado_ate__gt=m.hoje),
    ),
    RegraDaFila(
        "controle", "Em grupo de controle",
        lambda a: "Uma lista os deixa sem chamar até acabar, para medir o que a chamada faz; o que se combinou vale.",
        lambda m: Q(pk__in=MembroDaLista.objects.em_controle(m.hoje).values("cliente")),
    ),
    RegraDaFila(
        "tentado", "Procurados hoje", lambda a: "Quem já se procurou hoje, com resposta ou sem, fica para outro dia.",
        lambda m: Q(pk__in=contatos_do_dia(m.hoje).values("cliente")),
    ),
    RegraDaFila(
        "descanso", "Contatados há pouco",
        lambda a: f"Houve conversa nos últimos {_dias(a.dias_de_descanso)}.", _descansando,
    ),
    RegraDaFila(
        "agenda", "À espera da agenda",
        lambda a: "Há um compromisso remarcado para depois, ou que parou e espera uma decisão.",
        lambda m: Q(Exists(a_espera(m.hoje).filter(cliente=OuterRef("pk")))),
    ),
    RegraDaFila(
        "ja_comprou", "Acabaram de comprar", lambda a: "Chegou pedido depois do último cálculo.", _ja_comprou,
    ),
)  # fmt: skip
POR_CHAVE = {regra.chave: regra for regra in REGRAS_DA_FILA}
# Para cada grupo de empresas na mesma data e com os mesmos critérios.
Grupos = Iterable[tuple[Momento, list[int]]]


def na_fila(momento: Momento) -> Q:
    """Quem nenhuma regra deixa de fora."""
    return reduce(and_, (~regra.fora(momento) for regra in REGRAS_DA_FILA))


def na_hora(momento: Momento) -> Q:
    """Quem estaria na vez: fica quem só uma regra da hora poderia deixar de fora."""
    return reduce(and_, (~regra.fora(momento) for regra in REGRAS_DA_FILA if not regra.na_hora))


def motivo_de_fora(grupos: Grupos, regras: Iterable[RegraDaFila] = REGRAS_DA_FILA) -> Case:
    """A chave da primeira das regras que deixa o cliente de fora; vazia para quem nenhuma delas deixa."""
    regras = list(regras)
    casos = [
        When(Q(empresa__in=empresas) & regra.fora(momento), then=Value(regra.chave))
        for momento, empresas in grupos
        for regra in regras
    ]
    return Case(*casos, default=Value(""), output_field=CharField())
