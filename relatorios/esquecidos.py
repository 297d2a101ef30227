"""Esquecidos por vendedor: quem já comprou e está há tantos dias sem contato, sem que alguém o tenha decidido."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, Max, Q, Sum

from atividade.visitas import esquecidos
from contas.models import Usuario
from relatorios.checkup import COM_COMPRA
from relatorios.composicao import Recorte, linhas

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Esquecidos:
    """Um vendedor (`0` é nenhum) ou o total, sem chave."""

    chave: str = ""
    nome: str = ""
    clientes: int = 0
    quantos: int = 0
    nunca: int = 0
    valor: Decimal = ZERO

    @property
    def porcento(self) -> Decimal | None:
        return Decimal(self.quantos) * 100 / self.clientes if self.clientes else None


def por_vendedor(usuario: Usuario, recorte: Recorte, dias: int, hoje: date) -> list[Esquecidos]:
    """Uma linha por vendedor com clientes que já compraram, do que mais vale ao que menos vale."""
    esquecido = esquecidos(dias, hoje)
    clientes = linhas(usuario, recorte).filter(status__in=COM_COMPRA)
    grupos = clientes.values("vendedor").annotate(
        nome=Max("vendedor__nome"),
        todos=Count("pk"),
        quantos=Count("pk", filter=esquecido),
        nunca=Count("pk", filter=esquecido & Q(ultimo_contato_em__isnull=True)),
        valor=Sum("valor_12m", filter=esquecido, default=ZERO),
    )
    return [
        Esquecidos(
            str(g["vendedor"] or 0),
            g["nome"] or "Sem vendedor",
            g["todos"],
            g["quantos"],
            g["nunca"],
            g["valor"],
        )
        for g in grupos.order_by("-valor", "-quantos", "nome", "vendedor")
    ]


def somar(grupos: Sequence[Esquecidos]) -> Esquecidos:
    return Esquecidos(
        clientes=sum(g.clientes for g in grupos),
        quantos=sum(g.quantos for g in grupos),
        nunca=sum(g.nunca for g in grupos),
        valor=sum((g.valor for g in grupos), ZERO),
    )
