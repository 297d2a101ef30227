"""A sessão no banco, como a do Django, lida por uma consulta que se monta uma vez: é a primeira de toda página."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.utils import timezone

from contas.pronta import Pronta

_CHAVE, _AGORA = "a chave de ninguém", datetime(1, 2, 3, tzinfo=UTC)
_VALIDA = Pronta(
    lambda chave, agora: Session.objects.filter(session_key=chave, expire_date__gt=agora), _CHAVE, _AGORA
)


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Any:
        """A sessão, se ainda vale; sem ela, a chave que o navegador trouxe não serve a outra."""
        achada = next(iter(_VALIDA(self.session_key, timezone.now())), None)
        if achada is None:
            self._session_key = None
        return achada
