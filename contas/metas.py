"""Metas do mês: definidas de uma vez para vários vendedores, com o antes e o depois na auditoria."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from dateutil.relativedelta import relativedelta
from django.db import transaction

from contas.auditoria import registrar
from contas.models import MetaMensal, Usuario

CAMPOS = ("giro", "positivacao", "valor")
Metas = Mapping[str, Decimal | None]


def metas_do_mes(vendedores: Iterable[int], mes: date) -> dict[int, MetaMensal]:
    """A meta de cada vendedor no mês, em uma consulta."""
    metas = MetaMensal.objects.filter(vendedor__in=list(vendedores), mes=mes.replace(day=1))
    return {meta.vendedor_id: meta for meta in metas}


@transaction.atomic
def definir_metas(*, mes: date, metas: Mapping[Usuario, Metas], por: Usuario) -> int:
    """Grava as metas que mudaram e devolve de quantos vendedores; tudo em branco é não ter meta."""
    mes = mes.replace(day=1)
    travadas = MetaMensal.objects.select_for_update().filter(vendedor__in=list(metas), mes=mes)
    atuais = {meta.vendedor_id: meta for meta in travadas}
    mudaram = 0
    for vendedor, valores in metas.items():
        antes = _valores(atuais.get(vendedor.pk))
        depois = {campo: valores.get(campo) for campo in CAMPOS}
        if antes == depois:
            continue
        _gravar(vendedor, mes, depois, por)
        registrar(
            "definir meta",
            por=por,
            objeto=f"{vendedor.nome} em {mes:%m/%Y}",
            antes=_legiveis(antes),
            depois=_legiveis(depois),
        )
        mudaram += 1
    return mudaram


def do_mes_anterior(vendedores: Iterable[int], mes: date) -> dict[int, MetaMensal]:
    return metas_do_mes(vendedores, mes.replace(day=1) - relativedelta(months=1))


def _gravar(vendedor: Usuario, mes: date, valores: Metas, por: Usuario) -> None:
    if all(valor is None for valor in valores.values()):
        MetaMensal.objects.filter(vendedor=vendedor, mes=mes).delete()
        return
    MetaMensal.objects.update_or_create(vendedor=vendedor, mes=mes, defaults={**valores, "por": por})


def _valores(meta: MetaMensal | None) -> dict[str, Decimal | None]:
    return {campo: getattr(meta, campo) if meta else None for campo in CAMPOS}


def _legiveis(valores: Metas) -> dict[str, str | None]:
    return {campo: None if valor is None else str(valor) for campo, valor in valores.items()}
