"""A central de avisos: escrever o que cada pessoa lerá dentro do sistema, e o que ela já leu."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Case, DateTimeField, Exists, F, QuerySet, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from contas.models import Usuario
from contas.papeis import Permissao, pode
from notificacoes.models import Aviso, ItemDeMensagem, RegraDeAviso

# Daqui para cima o sino diz "99+": contar mais custaria, e ninguém lê o número.
MAXIMO_NO_SINO = 100


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
    recado: int | None = None


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
        recado_id=rascunho.recado,
    )


# ── O que a pessoa leu ───────────────────────────────────────────────────────


def contar_nao_lidos(pessoa: Usuario, agora: datetime | None = None) -> int:
    """O número do sino: uma consulta que só lê o índice dos não lidos, e para de contar no máximo.

    Só a quem não vê crédito e já foi avisado dele custa outra: os que só falam disso não contam.
    """
    por_ler = Aviso.objects.da_pessoa(pessoa).a_mostra(agora).nao_lidos().order_by()
    if not pode(pessoa, Permissao.VER_CREDITO):
        biro = RegraDeAviso.objects.chaves_do_biro()
        avisada = Exists(ItemDeMensagem.objects.filter(pessoa=pessoa, aviso__isnull=False, regra__in=biro))
        achados = list(por_ler.values_list(avisada, flat=True)[:MAXIMO_NO_SINO])
        if not any(achados):
            return len(achados)
        por_ler = Aviso.objects.visiveis_para(pessoa).a_mostra(agora).nao_lidos().order_by()
    return int(por_ler.values("surge_em")[:MAXIMO_NO_SINO].count())  # só colunas que o índice tem


@transaction.atomic
def marcar_lidos(avisos: QuerySet[Aviso], agora: datetime | None = None) -> tuple[int, datetime]:
    """Lê os que faltam, num comando; a hora devolvida é o que desfaz este gesto, e só este."""
    agora = agora or timezone.now()
    por_ler = avisos.filter(lido_em__isnull=True).order_by()
    return por_ler.update(lido_em=agora, visto_em=Coalesce("visto_em", Value(agora))), agora


def desmarcar(avisos: QuerySet[Aviso], em: datetime) -> int:
    """Desfaz o gesto daquela hora: o que só ele tinha dado por visto volta a não ter sido visto."""
    neste_gesto: Any = When(visto_em=em, then=Value(None, output_field=DateTimeField()))
    return (
        avisos.filter(lido_em=em)
        .order_by()
        .update(lido_em=None, visto_em=Case(neste_gesto, default=F("visto_em")))
    )


def deixar_por_ler(avisos: QuerySet[Aviso]) -> int:
    """Volta a contar no sino; quem mandou continua a saber que foi visto."""
    return avisos.filter(lido_em__isnull=False).order_by().update(lido_em=None)
