"""Duas transferências dos mesmos clientes, em ordem trocada e ao mesmo tempo: nenhuma se perde, nenhuma trava."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection

from clientes.carteiras import passar
from clientes.models import Cliente, PeriodoDeCarteira, Transferencia
from contas.models import Usuario
from tests.conftest import HOJE, criar_pessoa

pytestmark = pytest.mark.django_db(transaction=True)


def test_duas_transferencias_cruzadas_nao_se_perdem(
    empresa: Any, ana: Usuario, carla: Usuario, davi: Usuario, novo_cliente: Any
) -> None:
    eva = criar_pessoa("Eva Luz", empresa)
    ids = [novo_cliente(f"C{n}", vendedor=ana).pk for n in range(8)]

    def trocar(pedido: tuple[list[int], Usuario]) -> int | None:
        clientes, para = pedido
        try:
            lote = passar(destinos=dict.fromkeys(clientes, para), em=HOJE, por=davi, motivo=para.nome)
            return lote.pk if lote else None
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as linhas:
        lotes = list(linhas.map(trocar, [(ids, carla), (ids[::-1], eva)]))
    assert set(lotes) == set(Transferencia.objects.values_list("pk", flat=True))
    ultimo = Transferencia.objects.latest("pk")
    assert set(Cliente.objects.values_list("vendedor__nome", flat=True)) == {ultimo.motivo}
    abertos = PeriodoDeCarteira.objects.filter(periodo__endswith__isnull=True)
    assert sorted(abertos.values_list("cliente", flat=True)) == sorted(ids)
    assert set(abertos.values_list("transferencia", flat=True)) == {ultimo.pk}
