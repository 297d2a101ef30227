"""O que o gestor vê ao lado do retorno: agendas atrasadas por vendedor, e os volumes e como se moveram."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, OuterRef, Q, Subquery, Sum

from atividade.models import MotivoDaMudanca, MudancaStatus, Retrato, Status
from clientes.compromissos import PAROU, abertos
from contas.escopo import filtro_de_visibilidade
from contas.models import Usuario

_EM_RISCO = (Status.QUASE_INATIVO, Status.INATIVO)


@dataclass(frozen=True, slots=True)
class Atraso:
    """Os compromissos vencidos de uma pessoa."""

    pessoa: int
    nome: str
    quantos: int
    mais_velho: date
    parados: int  # a casa já não insiste: alguém tem de decidir
    hoje: date

    @property
    def dias(self) -> int:
        return (self.hoje - self.mais_velho).days


def agendas_atrasadas_por(usuario: Usuario, hoje: date) -> list[Atraso]:
    """Em uma consulta, de clientes que a pessoa vê e que ainda se procuram: os mais atrasados primeiro."""
    vencidos = (
        abertos()
        .visiveis_para(usuario)
        .filter(em__lt=hoje, cliente__encerrado_em__isnull=True, cliente__fora_do_perfil=False)
        .order_by()
        .values_list("responsavel", "responsavel__nome")
        .annotate(quantos=Count("pk"), desde=Min("em"), parados=Count("pk", filter=PAROU))
    )
    atrasos = [Atraso(pk, nome, n, desde, parados, hoje) for pk, nome, n, desde, parados in vencidos]
    return sorted(atrasos, key=lambda a: (a.mais_velho, -a.quantos, a.nome))


@dataclass(slots=True)
class Movimento:
    """Quantos estão numa situação, e quantos estavam; sem retrato de antes, não se sabe."""

    agora: int = 0
    antes: int | None = None
    entraram: int = 0

    @property
    def variacao(self) -> int | None:
        return None if self.antes is None else self.agora - self.antes

    def somar(self, outro: "Movimento") -> None:
        self.agora += outro.agora
        self.entraram += outro.entraram
        if outro.antes is not None:
            self.antes = (self.antes or 0) + outro.antes


@dataclass(slots=True)
class VolumeDe:
    """Um vendedor: quase inativos e inativos, o que voltou a comprar, e quanto está em risco."""

    pessoa: int | None
    nome: str
    quase: Movimento
    inativos: Movimento
    voltaram: int = 0
    valor: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Volumes:
    """Os de todos, com os dois dias de que se fala."""

    de: date | None
    ate: date | None
    linhas: list[VolumeDe]
    total: VolumeDe


def volumes_de(usuario: Usuario, de: date, ate: date) -> Volumes:
    """Dos retratos do começo e do fim do período, e das mudanças entre eles: quatro consultas, quantos forem."""
    por_pessoa: dict[int | None, VolumeDe] = {}

    def de_quem(pk: int | None) -> VolumeDe:
        return por_pessoa.setdefault(pk, VolumeDe(pk, "", Movimento(), Movimento()))

    dia_de, antes = _retratados(usuario, de)
    dia_ate, agora = _retratados(usuario, ate)
    for pk, status, clientes, valor in agora:
        _de(de_quem(pk), status).agora = clientes
        de_quem(pk).valor += valor
    for pk, status, clientes, _ in antes:
        _de(de_quem(pk), status).antes = clientes
    for pk, status, para, quantos in _mudancas(usuario, de, ate):
        if para in _EM_RISCO:
            _de(de_quem(pk), para).entraram += quantos
        elif status == Status.INATIVO:
            de_quem(pk).voltaram += quantos
    return _somados(por_pessoa, dia_de if antes else None, dia_ate)


def _somados(por_pessoa: dict[int | None, VolumeDe], de: date | None, ate: date | None) -> Volumes:
    nomes = dict(Usuario.objects.filter(pk__in=[pk for pk in por_pessoa if pk]).values_list("pk", "nome"))
    total = VolumeDe(None, "Total", Movimento(), Movimento())
    for pk, volume in por_pessoa.items():
        volume.nome = nomes.get(pk or 0, "Sem vendedor")
        for movimento in (volume.quase, volume.inativos):
            if de is not None:  # com retrato, o que não está nele era zero
                movimento.antes = movimento.antes or 0
        total.quase.somar(volume.quase)
        total.inativos.somar(volume.inativos)
        total.voltaram += volume.voltaram
        total.valor += volume.valor
    linhas = sorted(por_pessoa.values(), key=lambda v: (v.pessoa is None, -v.valor, v.nome))
    return Volumes(de, ate, linhas, total)


def _de(volume: VolumeDe, status: str) -> Movimento:
    return volume.quase if status == Status.QUASE_INATIVO else volume.inativos


def _retratados(usuario: Usuario, dia: date) -> tuple[date | None, list[Any]]:
    """(vendedor, status, clientes, valor) do último retrato de cada empresa até o dia."""
    # Em ordem, o índice entrega a data na primeira linha; o máximo leria todos os retratos da empresa, e por linha.
    ultimo = Retrato.objects.filter(empresa=OuterRef("empresa"), data__lte=dia).order_by("-data")
    retratos = Retrato.objects.filter(
        filtro_de_visibilidade(usuario), data=Subquery(ultimo.values("data")[:1])
    ).filter(status__in=_EM_RISCO)
    linhas = (
        retratos.order_by()
        .values_list("vendedor", "status")
        .annotate(quantos=Sum("clientes"), valor=Sum("valor_em_risco"), dia=Max("data"))
    )
    lidas = list(linhas)
    return max((linha[4] for linha in lidas), default=None), [linha[:4] for linha in lidas]


def _mudancas(usuario: Usuario, de: date, ate: date) -> list[Any]:
    """(vendedor, de, para, quantos) depois do primeiro retrato; a troca de uma regra não é movimento de ninguém."""
    mudancas = MudancaStatus.objects.visiveis_para(usuario).filter(
        Q(para__in=_EM_RISCO) | Q(de=Status.INATIVO),
        em__gt=de,
        em__lte=ate,
        cliente__encerrado_em__isnull=True,
        cliente__fora_do_perfil=False,
    )
    return list(
        mudancas.exclude(motivo=MotivoDaMudanca.CONFIGURACAO)
        .order_by()
        .values_list("cliente__vendedor", "de", "para")
        .annotate(quantos=Count("pk"))
    )
