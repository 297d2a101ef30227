"""Por que os clientes pararam: a causa do último pitch de cada inativo (e quase), e quanto eles valem por ano."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum

from atividade.models import Indicadores
from atividade.regras import Status
from clientes.models import CausaDaInatividade, Pitch
from contas.models import Usuario
from relatorios.composicao import VALOR_EM_RISCO, ZERO
from relatorios.composicao import Recorte as RecorteDaCarteira

SEM_MOTIVO = 0


@dataclass(frozen=True, slots=True)
class MotivoDaInatividade:
    pk: int
    nome: str
    explicacao: str
    inativos: int
    quase: int
    valor: Decimal

    @property
    def clientes(self) -> int:
        return self.inativos + self.quase


def parados(usuario: Usuario, recorte: RecorteDaCarteira) -> QuerySet[Any]:
    """Inativos e quase inativos em carteira, com `motivo`: a causa do último pitch que disse uma."""
    com_causa = Pitch.objects.filter(cliente=OuterRef("pk"), causa__isnull=False).order_by("-pk")
    visiveis = Indicadores.objects.visiveis_para(usuario).em_carteira().filter(recorte.q())
    return visiveis.filter(status__in=(Status.INATIVO, Status.QUASE_INATIVO)).annotate(
        motivo=Subquery(com_causa.values("causa")[:1]), risco=VALOR_EM_RISCO
    )


def motivos(usuario: Usuario, recorte: RecorteDaCarteira) -> list[MotivoDaInatividade]:
    """Do que tira mais R$ ao que tira menos; os de quem ninguém disse o motivo, por último."""
    linhas = (
        parados(usuario, recorte)
        .values("motivo")
        .annotate(
            inativos=Count("pk", filter=Q(status=Status.INATIVO)),
            quase=Count("pk", filter=Q(status=Status.QUASE_INATIVO)),
            total=Sum("risco"),
        )
        .order_by()
    )
    achadas = {linha["motivo"] or SEM_MOTIVO: linha for linha in linhas}
    causas = CausaDaInatividade.objects.in_bulk([pk for pk in achadas if pk])
    ditos = [_motivo(linha, causas.get(pk)) for pk, linha in achadas.items()]
    return sorted(ditos, key=lambda m: (m.pk == SEM_MOTIVO, -m.valor, -m.clientes, m.nome))


def _motivo(linha: dict[str, Any], causa: CausaDaInatividade | None) -> MotivoDaInatividade:
    return MotivoDaInatividade(
        causa.pk if causa else SEM_MOTIVO,
        causa.nome if causa else "Motivo não registrado",
        causa.explicacao if causa else "",
        linha["inativos"],
        linha["quase"],
        linha["total"] or ZERO,
    )


def clientes_do_motivo(usuario: Usuario, recorte: RecorteDaCarteira, motivo: int) -> QuerySet[Any]:
    """Os clientes atrás de um motivo, do maior R$ ao menor."""
    filtro = {"motivo__isnull": True} if motivo == SEM_MOTIVO else {"motivo": motivo}
    return parados(usuario, recorte).filter(**filtro).order_by(F("risco").desc(), "pk")
