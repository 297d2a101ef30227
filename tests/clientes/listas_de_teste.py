"""Uma lista de trabalho pequena, e o que os testes dela têm em comum."""

from datetime import date, timedelta
from typing import Any

import pytest

from clientes.listas import criar
from clientes.models import Cliente, ListaDeTrabalho
from contas.models import Empresa

HOJE = date(2026, 11, 20)
DIAS = timedelta(days=1)


def rascunho(empresa: Empresa, **campos: Any) -> ListaDeTrabalho:
    padrao = {"nome": "Voltar a vender", "finalidade": "outra", "de": HOJE - 5 * DIAS, "semente": 7}
    return ListaDeTrabalho(empresa=empresa, **padrao | campos)


@pytest.fixture(name="lista")
def lista_pequena(empresa: Empresa, bruno: Any, ana: Any, novo_cliente: Any) -> ListaDeTrabalho:
    """Quatro clientes da Ana, na lista há cinco dias."""
    empresa.referencia = HOJE
    empresa.save()
    clientes = [novo_cliente(f"C{n}", vendedor=ana, uf="SC") for n in range(4)]
    feita = criar(
        lista=rascunho(empresa, equipe=ana.participacoes.get().equipe),
        clientes=[c.pk for c in clientes], por=bruno, hoje=HOJE - 5 * DIAS,
    )  # fmt: skip
    return feita


def clientes_de(lista: ListaDeTrabalho, **filtros: Any) -> list[str]:
    membros = lista.membros.filter(**filtros).order_by("cliente__codigo")
    return list(membros.values_list("cliente__codigo", flat=True))


def ids() -> list[int]:
    return list(Cliente.objects.values_list("pk", flat=True))
