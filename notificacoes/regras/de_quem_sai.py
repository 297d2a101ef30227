"""Os avisos de quem sai: a regra que só falava com essa pessoa passa a falar com quem fica no lugar dela."""

from collections.abc import Sequence
from typing import Any

from contas.models import Papel, Usuario
from notificacoes.models import RegraDeAviso
from notificacoes.models.regra import Para


def so_dela(pessoa: Usuario) -> list[RegraDeAviso]:
    """As que, sem ela, não avisariam ninguém."""
    escolhem = RegraDeAviso.objects.em_uso().filter(para=Para.ESCOLHIDOS, pessoas=pessoa, equipes=None)
    com_outros = RegraDeAviso.pessoas.through._default_manager.filter(usuario__is_active=True)
    outros = com_outros.exclude(usuario=pessoa).values("regradeaviso")
    return list(escolhem.exclude(pk__in=outros).order_by("pk"))


def passar_avisos(pessoa: Usuario, candidatos: Sequence[Usuario]) -> int:
    """Aos candidatos que são da empresa da regra; sem nenhum, a um administrador dela."""
    mudas = so_dela(pessoa)
    RegraDeAviso.pessoas.through._default_manager.filter(usuario=pessoa).delete()
    for regra in mudas:
        regra.pessoas.set(_de_la(regra, candidatos))
    return len(mudas)


def _de_la(regra: RegraDeAviso, candidatos: Sequence[Usuario]) -> list[Any]:
    da_empresa = Usuario.objects.filter(is_active=True, vinculos__empresa=regra.empresa_id)
    ids = set(da_empresa.filter(pk__in=[c.pk for c in candidatos]).values_list("pk", flat=True))
    admins = da_empresa.filter(papel=Papel.ADMIN).order_by("pk")[:1]
    return [c for c in candidatos if c.pk in ids][:1] or list(admins)
