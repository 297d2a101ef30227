"""Não visitar por decisão, e voltar atrás; e quem está esquecido, que é o contrário de uma decisão."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from atividade.models import MotivoDeNaoVisitar, NaoVisitar
from clientes.models import Cliente
from contas.auditoria import registrar
from contas.models import Usuario

MAIOR_NOTA = 200


class DecisaoRecusada(ValueError):
    """Decisão que a casa recusa; a mensagem já vem pronta para a tela."""


def em_vigor() -> Any:
    return NaoVisitar.objects.filter(desfeita_em__isnull=True)


@transaction.atomic
def nao_visitar(*, cliente: Cliente, motivo: str, nota: str, por: Usuario) -> NaoVisitar:
    """Grava a decisão; outra em vigor com o mesmo motivo é a mesma, com outro é trocada, e as duas ficam escritas."""
    nota = " ".join(nota.split())[:MAIOR_NOTA]
    if motivo not in MotivoDeNaoVisitar.values:
        raise DecisaoRecusada("Escolha um motivo da lista.")
    if motivo == MotivoDeNaoVisitar.OUTRO and not nota:
        raise DecisaoRecusada("Diga na nota qual é o outro motivo.")
    Cliente.objects.select_for_update(no_key=True).get(pk=cliente.pk)
    atual: NaoVisitar | None = em_vigor().filter(cliente=cliente).first()
    if atual is not None:
        if (atual.motivo, atual.nota) == (motivo, nota):
            return atual
        _desfazer(atual, por)
    decisao: NaoVisitar = NaoVisitar.objects.create(cliente=cliente, motivo=motivo, nota=nota, por=por)
    registrar(
        "não visitar por decisão",
        por=por,
        objeto=f"{cliente.codigo} {cliente.nome}",
        depois={"motivo": decisao.get_motivo_display(), "nota": nota},
    )
    return decisao


@transaction.atomic
def voltar_a_visitar(*, cliente: Cliente, por: Usuario) -> bool:
    """O cliente volta a contar como os outros; falso quando já voltou."""
    atual = em_vigor().select_for_update().filter(cliente=cliente).first()
    if atual is None:
        return False
    _desfazer(atual, por)
    registrar("voltar a visitar", por=por, objeto=f"{cliente.codigo} {cliente.nome}")
    return True


def _desfazer(decisao: NaoVisitar, por: Usuario) -> None:
    decisao.desfeita_em, decisao.desfeita_por = timezone.now(), por
    decisao.save(update_fields=["desfeita_em", "desfeita_por"])


def sem_contato_ha(dias: int, hoje: date) -> Q:
    """Nenhum contato efetivo nos últimos `dias` dias; quem nunca teve um está dentro."""
    corte = timezone.make_aware(datetime.combine(hoje - timedelta(days=dias - 1), time.min))
    return Q(ultimo_contato_em__isnull=True) | Q(ultimo_contato_em__lt=corte)


def esquecidos(dias: int, hoje: date) -> Q:
    """Sem contato há `dias` dias e não por decisão: sobre `Indicadores`."""
    decidido = Exists(em_vigor().filter(cliente=OuterRef("pk")))
    return sem_contato_ha(dias, hoje) & Q(~decidido)
