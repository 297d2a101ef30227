"""Corta todas as sessões de uma pessoa: desativação e troca de senha valem na hora."""

from django.contrib.sessions.models import Session
from django.utils import timezone

from contas.models import Usuario


def encerrar_sessoes(usuario: Usuario) -> int:
    """Apaga as sessões abertas da pessoa e devolve quantas eram."""
    abertas = Session.objects.filter(expire_date__gt=timezone.now()).iterator(chunk_size=500)
    chaves = [s.session_key for s in abertas if s.get_decoded().get("_auth_user_id") == str(usuario.pk)]
    return Session.objects.filter(session_key__in=chaves).delete()[0]
