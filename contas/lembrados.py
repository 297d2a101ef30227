"""Aparelhos lembrados: onde o segundo passo já foi dado e, por uns dias, não se pede de novo."""

import hashlib
import secrets
from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from contas.models import AparelhoLembrado, RegrasDeAcesso, Usuario
from contas.sessoes import Origem

_TAMANHO = 43  # token_urlsafe(32)


def lembrar(pessoa: Usuario, chave: str, origem: Origem) -> str:
    """Lembra este navegador e devolve a chave que ele guarda: a que já tem, se tem uma, ou outra."""
    dias, agora = RegrasDeAcesso.atuais().lembrar_dias, timezone.now()
    if not dias:
        return ""
    chave = chave if len(chave) == _TAMANHO else secrets.token_urlsafe(32)
    AparelhoLembrado.objects.update_or_create(
        pessoa=pessoa,
        resumo=_resumo(chave),
        defaults={
            "navegador": origem.navegador[:80],
            "endereco": origem.endereco,
            "lembrado_em": agora,
            "usado_em": agora,
            "ate": agora + timedelta(days=dias),
        },
    )
    return chave


def confia(pessoa: Usuario, chave: str) -> bool:
    """Este navegador está lembrado para esta pessoa? Se está, anota o uso."""
    return bool(chave) and bool(
        lembrados(pessoa).filter(resumo=_resumo(chave)).update(usado_em=timezone.now())
    )


def lembrados(pessoa: Usuario) -> QuerySet[AparelhoLembrado]:
    """Os que ainda valem: o prazo é o menor entre o de quando se lembrou e o das regras de hoje."""
    agora, dias = timezone.now(), RegrasDeAcesso.atuais().lembrar_dias
    return AparelhoLembrado.objects.filter(
        pessoa=pessoa, ate__gt=agora, lembrado_em__gt=agora - timedelta(days=dias)
    )


def esquecer(pessoa: Usuario, pk: int | None = None) -> int:
    """Um aparelho ou todos: na próxima entrada o segundo passo volta a ser pedido."""
    achados = AparelhoLembrado.objects.filter(pessoa=pessoa)
    return (achados if pk is None else achados.filter(pk=pk)).delete()[0]


def _resumo(chave: str) -> str:
    return hashlib.sha256(chave.encode()).hexdigest()
