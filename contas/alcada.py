"""De quem alguém responde: os vendedores das equipes que gere, ou os das empresas que administra."""

from datetime import date

from django.db.models import QuerySet
from django.utils import timezone

from contas.escopo import empresas_de
from contas.models import Papel, Usuario


def vendedores_da_alcada(usuario: Usuario, em: date | None = None) -> QuerySet[Usuario]:
    """Vendedores ativos de quem a pessoa responde no dia; o vendedor responde por si, e mais ninguém.

    A equipe é a do dia: quem saiu dela deixa de ser da alçada do gestor dela.
    """
    if not (usuario.is_authenticated and usuario.is_active):
        return Usuario.objects.none()
    vendedores = Usuario.objects.filter(papel=Papel.VENDEDOR, is_active=True)
    if usuario.papel == Papel.VENDEDOR:
        return vendedores.filter(pk=usuario.pk)
    da_casa = vendedores.filter(vinculos__empresa__in=empresas_de(usuario))
    if usuario.papel == Papel.GESTOR:
        dia = em or timezone.localdate()
        return da_casa.filter(
            participacoes__equipe__gestores=usuario, participacoes__periodo__contains=dia
        ).distinct()
    return da_casa.distinct() if usuario.papel in {Papel.ADMIN, Papel.LEITURA} else vendedores.none()
