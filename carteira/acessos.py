"""Entradas e falhas na auditoria. São avisos do próprio Django, ligados em `CarteiraConfig.ready`."""

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.core.cache import cache

from contas.auditoria import registrar
from contas.models import Usuario

# Uma tentativa por minuto e pessoa basta à história; o resto seria encher a tabela por encomenda.
_INTERVALO = 60


def entrou(sender: object, user: Usuario, **kwargs: Any) -> None:
    registrar("entrar", por=user, objeto=user.nome)


def falhou(sender: object, credentials: dict[str, Any], **kwargs: Any) -> None:
    """Só de quem existe: o que um estranho digita pode até ser uma senha, e não se guarda."""
    email = str(credentials.get("username") or credentials.get("email") or "").strip()
    pessoa = Usuario.objects.filter(email__iexact=email).first() if email else None
    if pessoa and cache.add(f"falha-de-entrada:{pessoa.pk}", True, _INTERVALO):
        registrar("falha ao entrar", por=None, objeto=pessoa.nome)


def bloqueou(sender: object, username: str = "", **kwargs: Any) -> None:
    pessoa = Usuario.objects.filter(email__iexact=username).first() if username else None
    if pessoa and cache.add(f"bloqueio-de-entrada:{pessoa.pk}", True, _INTERVALO):
        registrar("entrada bloqueada", por=None, objeto=pessoa.nome)


def ligar() -> None:
    """Liga os ouvintes uma vez só."""
    user_logged_in.connect(entrou, dispatch_uid="auditoria-entrou")
    user_login_failed.connect(falhou, dispatch_uid="auditoria-falhou")
    user_locked_out.connect(bloqueou, dispatch_uid="auditoria-bloqueou")
