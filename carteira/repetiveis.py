"""Pedidos que se repetem sem refazer: a chave de quem pede, o resumo do que pediu e a resposta que teve.

A resposta grava-se na transação do efeito: quem morre no meio não deixa nem um nem outra. Enquanto um está em
curso, uma trava da transação (que o banco solta com ela) diz ao segundo que espere.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from clientes.models import PedidoRepetivel
from contas.models import Usuario


class EmCurso(Exception):
    """O mesmo pedido está sendo atendido agora."""


class OutroPedido(Exception):
    """A chave já foi usada para outra coisa."""


@dataclass(frozen=True, slots=True)
class Atendido:
    """Uma resposta, como foi dada."""

    status: int
    corpo: str
    cabecalhos: dict[str, str] = field(default_factory=dict)


def atendido_antes(usuario: Usuario, chave: str, resumo: str) -> Atendido | None:
    """A resposta de antes; nada, e a vez fica com quem perguntou até o fim da transação."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [f"repetivel {usuario.pk} {chave}"]
        )
        if not cursor.fetchone()[0]:
            raise EmCurso
    feito = PedidoRepetivel.objects.filter(usuario=usuario, chave=chave).first()
    if feito is None:
        return None
    if feito.criado_em < _limite(timezone.now()):
        feito.delete()
        return None
    if feito.resumo != resumo:
        raise OutroPedido
    return Atendido(feito.status, feito.resposta, feito.cabecalhos)


def guardar(usuario: Usuario, chave: str, resumo: str, atendido: Atendido) -> None:
    PedidoRepetivel.objects.create(
        usuario=usuario,
        chave=chave,
        resumo=resumo,
        status=atendido.status,
        cabecalhos=atendido.cabecalhos,
        resposta=atendido.corpo,
    )


def esquecer_antigos(*, agora: datetime) -> int:
    """Passado o prazo, a mesma chave é um pedido novo."""
    esquecidos, _ = PedidoRepetivel.objects.filter(criado_em__lt=_limite(agora)).delete()
    return esquecidos


def _limite(agora: datetime) -> datetime:
    return agora - timedelta(hours=settings.REPETIVEIS_HORAS)
