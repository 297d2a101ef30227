"""Quem recebe e-mail: quem está ativo, aceitou o convite e não pediu para parar."""

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import QuerySet

from contas.models import Empresa, Papel, Usuario


def com_acesso(papel: str = "") -> QuerySet[Usuario]:
    """Pessoas (de um papel) que já definiram senha: lista de clientes não vai a endereço que ninguém confirmou."""
    pessoas = (
        Usuario.objects.filter(is_active=True, email__isnull=False)
        .exclude(password="")  # nosec B106 # quem não tem senha
        .exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX)
    )
    return pessoas.filter(papel=papel) if papel else pessoas


def administradores_de(empresa: Empresa | None) -> QuerySet[Usuario]:
    """Administradores da empresa (de qualquer uma, se nenhuma é dita): avisos da casa vão a todos eles."""
    admins = com_acesso(Papel.ADMIN)
    return admins.filter(vinculos__empresa=empresa) if empresa else admins
