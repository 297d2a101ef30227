"""Quem escreve ao mesmo tempo que o recálculo: uma linha passa, muitas esperam, ninguém se cruza."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from atividade.travas import Trava
from clientes.carteiras import transferir
from clientes.models import Cliente, Contato, Ocorrencia
from clientes.relacionamento import registrar_contato
from contas.models import Empresa, Usuario
from tests.conftest import HOJE


@pytest.fixture
def recalculo_em_curso(empresa: Empresa) -> Iterator[None]:
    """Outra sessão segura a trava do recálculo desta empresa; quem espera por ela desiste logo."""
    outra = connection.copy()
    with outra.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [int(Trava.RECALCULO), empresa.pk])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '100ms'")
    yield
    outra.close()


@pytest.fixture
def tres(novo_cliente: Any) -> list[Cliente]:
    return [novo_cliente(codigo, compras=[(HOJE, 1)]) for codigo in "ABC"]


def _passar(clientes: list[Cliente], para: Usuario) -> int:
    with transaction.atomic():
        return transferir(clientes=[c.pk for c in clientes], para=para, em=HOJE, por=None)


def test_transferir_varios_espera_o_recalculo_e_um_so_nao(
    tres: list[Cliente], ana: Usuario, recalculo_em_curso: None
) -> None:
    with pytest.raises(OperationalError, match="lock timeout"):
        _passar(tres, ana)
    assert not Cliente.objects.filter(vendedor=ana).exists()
    assert _passar(tres[:1], ana) == 1


def test_registrar_um_contato_nao_espera_o_recalculo(
    tres: list[Cliente], ana: Usuario, recalculo_em_curso: None
) -> None:
    efetiva = Ocorrencia.objects.filter(efetiva=True)[0]
    registrar_contato(cliente=tres[0], canal="ligacao", ocorrencia=efetiva, chave=uuid.uuid4(), por=ana)
    assert Contato.objects.get().cliente == tres[0]


def test_mudar_o_que_e_efetivo_para_muitos_espera_o_recalculo(
    tres: list[Cliente], ana: Usuario, recalculo_em_curso: None
) -> None:
    efetiva = Ocorrencia.objects.filter(efetiva=True)[0]
    for cliente in tres:
        registrar_contato(cliente=cliente, canal="ligacao", ocorrencia=efetiva, chave=uuid.uuid4(), por=ana)
    with pytest.raises(OperationalError, match="lock timeout"), transaction.atomic():
        Ocorrencia.objects.filter(pk=efetiva.pk).update(efetiva=False)
