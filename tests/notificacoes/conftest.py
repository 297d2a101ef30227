"""Clientes de uma compra só, para as histórias das regras de aviso."""

from typing import Any

import pytest

from clientes.models import Cliente
from contas.models import Usuario
from tests.notificacoes.regras_de_teste import atras


@pytest.fixture
def comprou(novo_cliente: Any) -> Any:
    """`comprou("A1", ana, 45)`: uma compra só, há 45 dias."""

    def _comprou(codigo: str, dono: Usuario, ha: int, valor: str = "1000.00", **campos: Any) -> Cliente:
        return novo_cliente(codigo, vendedor=dono, compras=[(atras(ha), valor)], **campos)

    return _comprou
