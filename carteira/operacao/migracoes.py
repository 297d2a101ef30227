"""Migrar sem parar ninguém: quem não consegue a trava em segundos desiste, em vez de formar fila atrás de si."""

from typing import Any

from django.conf import settings
from django.db import connections


def antes_de_migrar(*, using: str, **_: Any) -> None:
    """Um ALTER TABLE à espera segura todos os que vêm depois dele, até os que só leem: a espera tem fim."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, false)", [settings.MIGRACAO_ESPERA])


def depois_de_migrar(*, using: str, **_: Any) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute("RESET lock_timeout")
