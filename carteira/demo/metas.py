"""As metas do mês da demonstração: cada vendedor tem as suas, um pouco acima do que ele costuma fazer."""

from datetime import date
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from carteira.demo.ritmo import sorteio
from contas.models import MetaMensal, Papel, Usuario

MESES_DE_METAS = 13
_SEM_META = 7  # um vendedor em tantos, em um mês ou outro, ficou sem: como acontece nas casas


def criar_metas(*, semente: int, hoje: date) -> int:
    """As dos meses, até o de hoje, que ainda não têm nenhuma: nada do que se mexeu volta. Devolve quantas criou."""
    admin = Usuario.objects.filter(papel=Papel.ADMIN, email__isnull=False).order_by("pk").first()
    vendedores = list(Usuario.objects.filter(papel=Papel.VENDEDOR, is_active=True).order_by("pk"))
    com_metas = set(MetaMensal.objects.values_list("mes", flat=True).distinct())
    novas = [
        MetaMensal(vendedor=vendedor, mes=mes, por=admin, **_meta(semente, ordem, mes))
        for mes in _meses(hoje)
        if mes not in com_metas
        for ordem, vendedor in enumerate(vendedores)
        if not _fica_sem(semente, ordem, mes)
    ]
    return len(MetaMensal.objects.bulk_create(novas))


def _meses(hoje: date) -> list[date]:
    primeiro = hoje.replace(day=1)
    return [primeiro - relativedelta(months=n) for n in range(MESES_DE_METAS - 1, -1, -1)]


def _fica_sem(semente: int, ordem: int, mes: date) -> bool:
    """Nunca no primeiro vendedor: quem abre a demonstração tem sempre uma meta a olhar."""
    return ordem > 1 and sorteio(semente, "sem-meta", ordem, mes).randrange(_SEM_META) == 0


def _meta(semente: int, ordem: int, mes: date) -> dict[str, Decimal]:
    sorte = sorteio(semente, "meta", ordem, mes)
    return {
        "giro": Decimal(sorte.randrange(40, 66, 5)),
        "positivacao": Decimal(sorte.randrange(30, 51, 5)),
        "valor": Decimal(sorte.randrange(40, 121, 5) * 1000),
    }
