"""A fila de quem liga: o combinado primeiro, depois quem mais se perde se ninguém ligar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from atividade.models import Indicadores
from atividade.prioridade import elegivel
from clientes.compromissos import PAROU, abertos, orfaos
from clientes.models import Agendamento, CanalDeContato, Pedido
from clientes.televendas import contatos_do_dia
from contas.models import Usuario

DIAS_DA_SEMANA = 7
DIAS_DE_TRABALHO = 5  # uma semana de fila são cinco capacidades


class Segmento(StrEnum):
    """O recorte da fila que a pessoa está vendo."""

    HOJE = "hoje"
    ATRASADOS = "atrasados"
    SEMANA = "semana"


@dataclass(frozen=True, slots=True)
class ParaLigar:
    """Um cliente da fila; com `agendamento`, alguém combinou de falar com ele."""

    ind: Indicadores
    agendamento: Agendamento | None
    perda: float

    @property
    def valor(self) -> Decimal:
        return self.ind.valor_12m or self.ind.valor_ano_ativo

    @property
    def dia(self) -> date:
        """O dia combinado; só existe com agendamento."""
        assert self.agendamento is not None
        return self.agendamento.em


@dataclass(frozen=True, slots=True)
class Fila:
    itens: list[ParaLigar]
    feitos: int
    bloqueados: int  # elegíveis que ficam fora por estarem bloqueados

    @property
    def total(self) -> int:
        return self.feitos + len(self.itens)

    @property
    def valor(self) -> Decimal:
        return sum((item.valor for item in self.itens), Decimal(0))


def fila_de_hoje(*, pessoa: Usuario, referencias: Mapping[int, date], hoje: date) -> Fila:
    """Até a capacidade do dia da pessoa, sem quem ela já procurou hoje. A mesma pergunta, a mesma resposta."""
    feitos = _feitos_hoje(pessoa, hoje)
    vagas = max(pessoa.capacidade_diaria - len(feitos), 0)
    combinados = _combinados(pessoa, hoje, ate=hoje)[:vagas]
    ranqueados = _por_perda(pessoa, referencias, hoje, vagas + len(combinados))
    itens = _juntar(combinados, ranqueados, vagas)
    return Fila(itens, len(feitos), _bloqueados(pessoa, referencias))


@dataclass(frozen=True, slots=True)
class Televendas:
    """A fila do dia, o que dela está atrasado e a semana que vem vindo, com os mesmos clientes em cada recorte."""

    por_segmento: dict[str, list[ParaLigar]]
    feitos: list[int] = field(default_factory=list)  # clientes, pela ordem em que foram feitos
    bloqueados: int = 0

    @property
    def hoje(self) -> list[ParaLigar]:
        return self.por_segmento[Segmento.HOJE]

    @property
    def total(self) -> int:
        return len(self.feitos) + len(self.hoje)


def televendas(
    *, pessoa: Usuario, referencias: Mapping[int, date], hoje: date, depois: Sequence[int] = ()
) -> Televendas:
    """Os três recortes de uma leitura só; `depois` são os que a pessoa mandou para o fim da fila do dia."""
    feitos = _feitos_hoje(pessoa, hoje)
    vagas = max(pessoa.capacidade_diaria - len(feitos), 0)
    da_semana = pessoa.capacidade_diaria * DIAS_DE_TRABALHO
    combinados = _combinados(pessoa, hoje, ate=hoje + timedelta(days=DIAS_DA_SEMANA))
    ja = [item for item in combinados if item.dia <= hoje]
    ranqueados = _por_perda(pessoa, referencias, hoje, da_semana + len(combinados))
    recortes = {
        Segmento.HOJE: _juntar(ja, ranqueados, vagas),
        Segmento.ATRASADOS: [item for item in ja if item.dia < hoje],
        Segmento.SEMANA: _juntar(combinados, ranqueados, max(da_semana - len(feitos), 0)),
    }
    ordenados = {str(nome): _no_fim(itens, depois) for nome, itens in recortes.items()}
    return Televendas(ordenados, feitos, _bloqueados(pessoa, referencias))


def _juntar(combinados: list[ParaLigar], ranqueados: list[ParaLigar], vagas: int) -> list[ParaLigar]:
    ja = {item.ind.pk for item in combinados}
    return [*combinados, *(item for item in ranqueados if item.ind.pk not in ja)][:vagas]


def _no_fim(itens: list[ParaLigar], depois: Sequence[int]) -> list[ParaLigar]:
    """O que se deixou para depois vai para o fim, pela ordem em que foi deixado."""
    ordem = {cliente: n for n, cliente in enumerate(depois, 1)}
    return sorted(itens, key=lambda item: ordem.get(item.ind.pk, 0))


def _bloqueados(pessoa: Usuario, referencias: Mapping[int, date]) -> int:
    """Quantos elegíveis ficam fora por estarem bloqueados: o que se esconde se conta."""
    return sum(
        Indicadores.objects.visiveis_para(pessoa)
        .filter(elegivel(dia), empresa__in=empresas, cliente__bloqueado=True)
        .em_carteira()
        .count()
        for dia, empresas in _por_data(referencias).items()
    )


def _feitos_hoje(pessoa: Usuario, hoje: date) -> list[int]:
    """Os clientes que a pessoa procurou hoje, cada um uma vez."""
    dela = contatos_do_dia(hoje).filter(atendente=pessoa).order_by("em", "pk")
    return list(dict.fromkeys(dela.values_list("cliente_id", flat=True)))


def _por_data(referencias: Mapping[int, date]) -> dict[date, list[int]]:
    grupos: dict[date, list[int]] = {}
    for empresa, dia in referencias.items():
        grupos.setdefault(dia, []).append(empresa)
    return grupos


def _a_espera(hoje: date) -> QuerySet[Agendamento]:
    """O que passou para depois (tentado ou remarcado) descansa até lá; o que parou, até que se decida."""
    passou_para_depois = Q(em__gt=hoje) & (Q(tentativas__gt=0) | Q(em_original__isnull=False))
    a_espera: QuerySet[Agendamento] = abertos().filter(passou_para_depois | PAROU)
    return a_espera


def _combinados(pessoa: Usuario, hoje: date, ate: date) -> list[ParaLigar]:
    """Agendamentos abertos até `ate`, os mais atrasados em cima e cada dia por hora; um por cliente.

    O que parou de ser tentado não é para ligar: espera, no alto da agenda, que alguém decida.
    """
    de_quem = Q(responsavel=pessoa) | Q(responsavel=F("cliente__vendedor"))
    combinados = (
        abertos()
        .visiveis_para(pessoa)
        .filter(
            de_quem | Q(cliente__vendedor=pessoa) & orfaos(hoje),
            em__lte=ate,
            cliente__encerrado_em__isnull=True,
            cliente__fora_do_perfil=False,
        )
        .exclude(PAROU)
        .exclude(cliente__in=contatos_do_dia(hoje).values("cliente"))
        .exclude(cliente__adiado_ate__gt=hoje)
        .exclude(cliente__nao_contatar__contains=CanalDeContato.values)
    )
    achados: dict[int, ParaLigar] = {}
    for agendamento in combinados.select_related(
        "cliente__indicadores__segmento", "cliente__empresa"
    ).order_by("em", F("hora").asc(nulls_last=True), "id"):
        ind = agendamento.cliente.indicadores
        ind.cliente = agendamento.cliente
        achados.setdefault(ind.pk, ParaLigar(ind, agendamento, 0.0))
    return list(achados.values())


def _por_perda(pessoa: Usuario, referencias: Mapping[int, date], hoje: date, quantos: int) -> list[ParaLigar]:
    """Os elegíveis pela perda esperada, cada empresa na sua referência."""
    ranqueados: list[ParaLigar] = []
    for dia, empresas in _por_data(referencias).items():
        candidatos = Indicadores.objects.visiveis_para(pessoa).filter(empresa__in=empresas)
        ranqueados += _ranqueados(candidatos, dia, hoje, quantos)
    return sorted(ranqueados, key=lambda item: (-item.perda, item.ind.cliente.codigo))


def _ranqueados(candidatos, dia: date, hoje: date, quantos: int) -> list[ParaLigar]:  # type: ignore[no-untyped-def]
    # quem comprou depois do último cálculo sai na hora, sem esperar a noite
    ja_comprou = Pedido.objects.filter(
        empresa=OuterRef("empresa"), cliente=OuterRef("pk"), conta=True, data__gt=OuterRef("ultima_compra")
    )
    elegiveis = (
        candidatos.elegiveis(dia)
        .exclude(cliente__in=contatos_do_dia(hoje).values("cliente"))
        .exclude(cliente__in=_a_espera(hoje).values("cliente"))
        .exclude(cliente__nao_contatar__contains=[CanalDeContato.LIGACAO])
        .exclude(Exists(ja_comprou))
        .com_prioridade(dia)
        .select_related("cliente", "segmento")
    )
    ordenados = elegiveis.order_by(F("perda_esperada").desc(nulls_last=True), "cliente__codigo", "pk")
    return [ParaLigar(ind, None, ind.perda_esperada or 0.0) for ind in ordenados[:quantos]]
