"""A central de avisos: escrever o que cada pessoa lerá dentro do sistema."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from contas.models import Usuario
from notificacoes.models import Aviso


@dataclass(frozen=True, slots=True)
class RascunhoDeAviso:
    """Um aviso pronto e ainda não escrito; `chave` diz de que decisão ele é."""

    chave: str
    tipo: str
    pessoa: Usuario
    titulo: str
    texto: str = ""
    caminho: str = ""
    surge_em: datetime | None = None
    expira_em: datetime | None = None


@transaction.atomic
def avisar(rascunhos: Iterable[RascunhoDeAviso]) -> dict[str, int]:
    """Escreve os que ainda não existem, em dois comandos; devolve o id de cada chave nova."""
    novos = {rascunho.chave: rascunho for rascunho in rascunhos}
    ja_havia = set(Aviso.objects.filter(chave__in=novos).values_list("chave", flat=True))
    escritos = [_aviso(rascunho) for chave, rascunho in novos.items() if chave not in ja_havia]
    Aviso.objects.bulk_create(escritos, ignore_conflicts=True)
    chaves = Aviso.objects.filter(chave__in=[aviso.chave for aviso in escritos])
    return dict(chaves.values_list("chave", "pk"))


def _aviso(rascunho: RascunhoDeAviso) -> Aviso:
    return Aviso(
        chave=rascunho.chave,
        pessoa=rascunho.pessoa,
        tipo=rascunho.tipo,
        titulo=rascunho.titulo[:200],
        texto=rascunho.texto,
        caminho=rascunho.caminho,
        surge_em=rascunho.surge_em or timezone.now(),
        expira_em=rascunho.expira_em,
    )
