"""A fila de quem liga: o combinado primeiro, depois quem mais se perde se ninguém ligar."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db.models import Count, F, Q, Window
from django.db.models.functions import RowNumber

from atividade.criterios_da_fila import capacidade_de, momentos
from atividade.models import Indicadores
from atividade.prioridade import valor_em_jogo
from atividade.regras_da_fila import REGRAS_DA_FILA, Momento, RegraDaFila, na_hora
from clientes.compromissos import PAROU, abertos, orfaos
from clientes.models import Agendamento, CanalDeContato
from clientes.televendas import contatos_do_dia
from contas.escopo import Forma
from contas.models import OrdemDaFila, Usuario

DIAS_DA_SEMANA = 7
DIAS_DE_TRABALHO = 5  # uma semana de fila são cinco capacidades


class Segmento(StrEnum):
    """O recorte da fila que a pessoa está vendo."""

    HOJE = "hoje"
    ATRASADOS = "atrasados"
    SEMANA = "semana"


@dataclass(frozen=True, slots=True)
class ParaLigar:
    """Um cliente da fila; com `agendamento`, alguém combinou de falar com ele. `peso` é o que o põe no lugar dele."""

    ind: Indicadores
    agendamento: Agendamento | None
    peso: float

    @property
    def valor(self) -> Decimal:
        return self.ind.valor_12m or self.ind.valor_ano_ativo

    @property
    def dia(self) -> date:
        """O dia combinado; só existe com agendamento."""
        assert self.agendamento is not None
        return self.agendamento.em


@dataclass(frozen=True, slots=True)
class Fora:
    """Quem não está na fila de hoje: quantos por regra, e quantos esperam além da capacidade do dia."""

    por_regra: list[tuple[RegraDaFila, int]]
    alem: int
    capacidade: int

    @property
    def da_hora(self) -> list[tuple[RegraDaFila, int]]:
        """Os que estariam na vez, não fosse a regra."""
        return [(regra, n) for regra, n in self.por_regra if regra.na_hora]

    @property
    def na_hora(self) -> int:
        return sum(n for _, n in self.da_hora)

    @property
    def total(self) -> int:
        return sum(n for _, n in self.por_regra)


@dataclass(frozen=True, slots=True)
class Fila:
    itens: list[ParaLigar]
    feitos: int
    fora: Fora

    @property
    def total(self) -> int:
        return self.feitos + len(self.itens)

    @property
    def valor(self) -> Decimal:
        return sum((item.valor for item in self.itens), Decimal(0))


@dataclass(frozen=True, slots=True)
class Televendas:
    """A fila do dia, o que dela está atrasado e a semana que vem vindo, com os mesmos clientes em cada recorte."""

    por_segmento: dict[str, list[ParaLigar]]
    fora: Fora
    feitos: list[int] = field(default_factory=list)  # clientes, pela ordem em que foram feitos

    @property
    def hoje(self) -> list[ParaLigar]:
        return self.por_segmento[Segmento.HOJE]

    @property
    def total(self) -> int:
        return len(self.feitos) + len(self.hoje)


@dataclass(frozen=True)
class _Dia:
    """O dia de uma pessoa: as empresas dela, quanto cabe e o que ela já fez."""

    pessoa: Usuario
    hoje: date
    ordem: str
    grupos: list[tuple[Momento, list[int]]]
    capacidade: int
    feitos: list[int]
    visiveis: Any

    @classmethod
    def de(cls, pessoa: Usuario, referencias: Mapping[int, date], hoje: date, ordem: str) -> "_Dia":
        grupos = momentos(referencias, hoje)
        capacidade = capacidade_de(pessoa, [momento.criterios for momento, _ in grupos])
        return cls(pessoa, hoje, ordem, grupos, capacidade, _feitos_hoje(pessoa, hoje), _visiveis(pessoa))

    @property
    def vagas(self) -> int:
        return max(self.capacidade - len(self.feitos), 0)

    def dela(self, empresas: list[int]) -> Any:
        return self.visiveis.filter(empresa__in=empresas)

    def na_vez(self, quantos: int) -> list[ParaLigar]:
        """Os primeiros que nenhuma regra deixa de fora, cada empresa na sua referência."""
        achados: list[ParaLigar] = []
        for momento, empresas in self.grupos:
            achados += _ordenados(self.dela(empresas).elegiveis(momento), momento, self.ordem, quantos)
        return sorted(achados, key=lambda item: (-item.peso, item.ind.cliente.codigo, item.ind.pk))

    def combinados(self, ate: date) -> Any:
        return _combinados(self.visiveis, self.pessoa, self.hoje, ate)

    def fora(self, na_tela: list[ParaLigar], *, todas: bool, ja: list[int] | None = None) -> Fora:
        """O que se esconde se conta. Sem `todas`, só as regras da hora, que são as de quem estaria na vez.

        `ja` são os clientes com algo combinado até hoje, se quem pergunta já os leu.
        """
        combinados = self.combinados(self.hoje).values("cliente") if ja is None else ja
        regras = [regra for regra in REGRAS_DA_FILA if todas or regra.na_hora]
        contados: Counter[str] = Counter()
        for momento, empresas in self.grupos:
            deles = self.dela(empresas) if todas else self.dela(empresas).filter(na_hora(momento))
            deles = deles.exclude(pk__in=combinados).exclude(pk__in=self.feitos)
            por_motivo = deles.com_motivo_de_fora([(momento, empresas)], regras).values("fora")
            for linha in por_motivo.annotate(n=Count("pk")).order_by():
                contados[linha["fora"]] += linha["n"]
        mostrados = sum(item.agendamento is None for item in na_tela)
        return Fora(
            [(regra, contados[regra.chave]) for regra in regras if contados[regra.chave]],
            max(contados[""] - mostrados, 0),
            self.capacidade,
        )


def fila_de_hoje(
    *, pessoa: Usuario, referencias: Mapping[int, date], hoje: date, ordem: str | None = None
) -> Fila:
    """Até a capacidade do dia da pessoa, sem quem ela já procurou hoje. A mesma pergunta, a mesma resposta."""
    dia = _Dia.de(pessoa, referencias, hoje, ordem or pessoa.ordem_da_fila)
    combinados = _um_por_cliente(dia.combinados(hoje), dia.vagas)
    # um combinado que se repita entre eles já ocupa a sua vaga; sem vagas que sobrem, não há quem procurar
    sobram = len(combinados) < dia.vagas
    na_vez = dia.na_vez(dia.vagas) if sobram else []
    itens = _juntar(combinados, na_vez, dia.vagas)
    # lidos todos, o banco não os procura outra vez para os contar; sem sobra, pode haver outros
    ja = [item.ind.pk for item in combinados] if sobram else None
    return Fila(itens, len(dia.feitos), dia.fora(itens, todas=False, ja=ja))


def televendas(
    *,
    pessoa: Usuario,
    referencias: Mapping[int, date],
    hoje: date,
    depois: Sequence[int] = (),
    ordem: str | None = None,
) -> Televendas:
    """Os três recortes de uma leitura só; `depois` são os que a pessoa mandou para o fim da fila do dia."""
    dia = _Dia.de(pessoa, referencias, hoje, ordem or pessoa.ordem_da_fila)
    da_semana = dia.capacidade * DIAS_DE_TRABALHO
    combinados = _um_por_cliente(dia.combinados(hoje + timedelta(days=DIAS_DA_SEMANA)))
    ja = [item for item in combinados if item.dia <= hoje]
    na_vez = dia.na_vez(da_semana)
    recortes = {
        Segmento.HOJE: _juntar(ja, na_vez, dia.vagas),
        Segmento.ATRASADOS: [item for item in ja if item.dia < hoje],
        Segmento.SEMANA: _juntar(combinados, na_vez, max(da_semana - len(dia.feitos), 0)),
    }
    fora = dia.fora(recortes[Segmento.HOJE], todas=True, ja=[item.ind.pk for item in ja])
    ordenados = {str(nome): _no_fim(itens, depois) for nome, itens in recortes.items()}
    return Televendas(ordenados, fora, dia.feitos)


def fora_da_fila(*, pessoa: Usuario, referencias: Mapping[int, date], hoje: date) -> Fora:
    """As contagens da página que explica as regras, sem montar a fila."""
    dia = _Dia.de(pessoa, referencias, hoje, pessoa.ordem_da_fila)
    return dia.fora([], todas=True)


def quem_ficou_de_fora(*, pessoa: Usuario, referencias: Mapping[int, date], hoje: date, regra: str) -> Any:
    """Os nomes por trás da contagem, só os que a pessoa vê, do maior valor ao menor."""
    visiveis = _visiveis(pessoa)
    deles: Any = visiveis.filter(empresa__in=list(referencias))
    deles = deles.exclude(pk__in=_combinados(visiveis, pessoa, hoje, hoje).values("cliente"))
    deles = deles.exclude(pk__in=_feitos_hoje(pessoa, hoje))
    deles = deles.com_motivo_de_fora(momentos(referencias, hoje)).filter(fora=regra)
    return deles.annotate(valor=valor_em_jogo()).order_by("-valor", "cliente__codigo", "pk")


def _juntar(combinados: list[ParaLigar], ranqueados: list[ParaLigar], vagas: int) -> list[ParaLigar]:
    ja = {item.ind.pk for item in combinados}
    return [*combinados, *(item for item in ranqueados if item.ind.pk not in ja)][:vagas]


def _no_fim(itens: list[ParaLigar], depois: Sequence[int]) -> list[ParaLigar]:
    """O que se deixou para depois vai para o fim, pela ordem em que foi deixado."""
    ordem = {cliente: n for n, cliente in enumerate(depois, 1)}
    return sorted(itens, key=lambda item: ordem.get(item.ind.pk, 0))


def _feitos_hoje(pessoa: Usuario, hoje: date) -> list[int]:
    """Os clientes que a pessoa procurou hoje, cada um uma vez."""
    dela = contatos_do_dia(hoje).filter(atendente=pessoa).order_by("em", "pk")
    return list(dict.fromkeys(dela.values_list("cliente_id", flat=True)))


def _visiveis(pessoa: Usuario) -> Any:
    """Em literais, para o banco ir direto à carteira da pessoa e não ler a empresa inteira."""
    return Indicadores.objects.visiveis_para(pessoa, forma=Forma.LITERAL)


def _combinados(visiveis: Any, pessoa: Usuario, hoje: date, ate: date) -> Any:
    """Agendamentos abertos até `ate`, de quem ainda se pode chamar.

    O que parou de ser tentado não é para ligar: espera, no alto da agenda, que alguém decida.
    """
    de_quem = Q(responsavel=pessoa) | Q(responsavel=F("cliente__vendedor"))
    return (
        abertos()
        .filter(
            de_quem | Q(cliente__vendedor=pessoa) & orfaos(hoje),
            em__lte=ate,
            cliente__in=visiveis.values("pk"),
            cliente__encerrado_em__isnull=True,
            cliente__fora_do_perfil=False,
        )
        .exclude(PAROU)
        .exclude(cliente__in=contatos_do_dia(hoje).values("cliente"))
        .exclude(cliente__adiado_ate__gt=hoje)
        .exclude(cliente__nao_contatar__contains=CanalDeContato.values)
    )


def _um_por_cliente(combinados: Any, quantos: int | None = None) -> list[ParaLigar]:
    """Os mais atrasados em cima e cada dia por hora; com `quantos`, o banco só traz os primeiros."""
    ordem = ("em", F("hora").asc(nulls_last=True), "id")
    vez = Window(RowNumber(), partition_by=F("cliente"), order_by=ordem)
    primeiros = combinados.annotate(vez=vez).filter(vez=1).order_by(*ordem)[:quantos]
    achados = []
    for agendamento in primeiros.select_related("cliente__indicadores__segmento", "cliente__empresa"):
        ind = agendamento.cliente.indicadores
        ind.cliente = agendamento.cliente
        achados.append(ParaLigar(ind, agendamento, 0.0))
    return achados


def _ordenados(na_vez: Any, momento: Momento, ordem: str, quantos: int) -> list[ParaLigar]:
    """Pela perda esperada (p × valor) ou só pelo risco (p); empates pelo código."""
    coluna = "p" if ordem == OrdemDaFila.RISCO else "perda_esperada"
    lidos = na_vez.com_prioridade(momento.referencia).select_related("cliente", "segmento")
    primeiros = lidos.order_by(F(coluna).desc(nulls_last=True), "cliente__codigo", "pk")[:quantos]
    return [ParaLigar(ind, None, getattr(ind, coluna) or 0.0) for ind in primeiros]
