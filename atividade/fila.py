"""A fila de hoje: o combinado primeiro, depois quem mais se perde se ninguém ligar."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from atividade.models import Indicadores
from atividade.prioridade import elegivel
from clientes.compromissos import PAROU, abertos, orfaos
from clientes.models import Agendamento, CanalDeContato, Contato
from contas.models import Usuario


@dataclass(frozen=True, slots=True)
class ParaLigar:
    """Um cliente da fila; com `agendamento`, alguém combinou de falar com ele."""

    ind: Indicadores
    agendamento: Agendamento | None
    perda: float

    @property
    def valor(self) -> Decimal:
        return self.ind.valor_12m or self.ind.valor_ano_ativo


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
    feitos = set(_de_hoje(hoje).filter(atendente=pessoa).values_list("cliente_id", flat=True))
    vagas = max(pessoa.capacidade_diaria - len(feitos), 0)
    combinados = _combinados(pessoa, hoje)[:vagas]
    ja = {item.ind.pk for item in combinados}
    ranqueados: list[ParaLigar] = []
    bloqueados = 0
    for dia, empresas in _por_data(referencias).items():
        candidatos = Indicadores.objects.visiveis_para(pessoa).filter(empresa__in=empresas)
        ranqueados += _ranqueados(candidatos, dia, hoje, vagas + len(ja))
        bloqueados += candidatos.em_carteira().filter(elegivel(dia), cliente__bloqueado=True).count()
    ranqueados.sort(key=lambda item: (-item.perda, item.ind.cliente.codigo))
    resto = [item for item in ranqueados if item.ind.pk not in ja]
    return Fila([*combinados, *resto][:vagas], len(feitos), bloqueados)


def _por_data(referencias: Mapping[int, date]) -> dict[date, list[int]]:
    grupos: dict[date, list[int]] = {}
    for empresa, dia in referencias.items():
        grupos.setdefault(dia, []).append(empresa)
    return grupos


def _de_hoje(hoje: date) -> QuerySet[Contato]:
    """Contatos de hoje, efetivos ou não: a tentativa descansa o cliente até amanhã."""
    inicio = timezone.make_aware(datetime.combine(hoje, time()))
    return Contato.objects.filter(desfeito_em__isnull=True, em__gte=inicio, em__lt=inicio + timedelta(days=1))


def _a_espera(hoje: date) -> QuerySet[Agendamento]:
    """O que passou para depois (tentado ou remarcado) descansa até lá; o que parou, até que se decida."""
    passou_para_depois = Q(em__gt=hoje) & (Q(tentativas__gt=0) | Q(em_original__isnull=False))
    a_espera: QuerySet[Agendamento] = abertos().filter(passou_para_depois | PAROU)
    return a_espera


def _combinados(pessoa: Usuario, hoje: date) -> list[ParaLigar]:
    """Agendamentos vencidos e de hoje, os mais atrasados em cima; um por cliente.

    O que parou de ser tentado não é para ligar: espera, no alto da agenda, que alguém decida.
    """
    de_quem = Q(responsavel=pessoa) | Q(responsavel=F("cliente__vendedor"))
    vencidos = (
        abertos()
        .visiveis_para(pessoa)
        .filter(
            de_quem | Q(cliente__vendedor=pessoa) & orfaos(hoje),
            em__lte=hoje,
            cliente__encerrado_em__isnull=True,
            cliente__fora_do_perfil=False,
        )
        .exclude(PAROU)
        .exclude(cliente__in=_de_hoje(hoje).values("cliente"))
        .exclude(cliente__adiado_ate__gt=hoje)
        .exclude(cliente__nao_contatar__contains=CanalDeContato.values)
    )
    achados: dict[int, ParaLigar] = {}
    for agendamento in vencidos.select_related("cliente__indicadores__segmento", "cliente__empresa").order_by(
        "em", F("hora").asc(nulls_last=True), "id"
    ):
        ind = agendamento.cliente.indicadores
        ind.cliente = agendamento.cliente
        achados.setdefault(ind.pk, ParaLigar(ind, agendamento, 0.0))
    return list(achados.values())


def _ranqueados(candidatos, dia: date, hoje: date, quantos: int) -> list[ParaLigar]:  # type: ignore[no-untyped-def]
    elegiveis = (
        candidatos.elegiveis(dia)
        .exclude(cliente__in=_de_hoje(hoje).values("cliente"))
        .exclude(cliente__in=_a_espera(hoje).values("cliente"))
        .exclude(cliente__nao_contatar__contains=[CanalDeContato.LIGACAO])
        .com_prioridade(dia)
        .select_related("cliente", "segmento")
    )
    ordenados = elegiveis.order_by(F("perda_esperada").desc(nulls_last=True), "cliente__codigo", "pk")
    return [ParaLigar(ind, None, ind.perda_esperada or 0.0) for ind in ordenados[:quantos]]
