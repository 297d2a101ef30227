"""Quem está em risco: quase inativos e ativos fora do próprio ritmo. Uma escolha só para e-mails, telas e papel."""

from datetime import date
from typing import Any

from django.db.models import Case, Q, QuerySet, Value, When
from django.db.models.lookups import LessThanOrEqual

from atividade.atraso import FORA_DO_RITMO_EM, TEM_RITMO
from atividade.models import Indicadores, Status
from clientes.models.cliente import CanalDeContato


def em_risco(clientes: "QuerySet[Indicadores]", referencia: date) -> Any:
    """Dos clientes de uma empresa, os que estão em carteira e em risco na referência dela."""
    fora_do_ritmo = Q(status=Status.ATIVO) & TEM_RITMO & Q(LessThanOrEqual(FORA_DO_RITMO_EM, referencia))
    em_carteira = clientes.filter(cliente__encerrado_em__isnull=True, cliente__fora_do_perfil=False)
    return em_carteira.filter(Q(status=Status.QUASE_INATIVO) | fora_do_ritmo)


def motivo_oculto(referencia: date) -> Case:
    """Por que um cliente em risco não entra nas listas de trabalho; vazio quando entra."""
    return Case(
        When(cliente__nao_contatar__contains=list(CanalDeContato.values), then=Value("sem_contato")),
        When(cliente__adiado_ate__gt=referencia, then=Value("adiado")),
        When(cliente__bloqueado=True, then=Value("bloqueado")),
        default=Value(""),
    )
