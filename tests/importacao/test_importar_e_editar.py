"""Importar as pessoas de um cliente enquanto alguém muda o mesmo cliente: as duas escritas entram, sem impasse."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections, transaction

from clientes.cadastro import editar_cliente
from clientes.models import Cliente, PessoaDeContato
from contas.models import Usuario
from tests.controles import controles
from tests.porta import ja_entrou

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("hoje")]


def _pela_pagina(cliente: Cliente, davi: Usuario) -> None:
    navegador, pagina = ja_entrou(davi), f"/clientes/{cliente.pk}/editar/"
    lida = controles(navegador.get(pagina).content.decode())
    assert navegador.post(pagina, lida | {"email": "alfa@exemplo.test"}).status_code == 302


def _pelo_caso_de_uso(cliente: Cliente, davi: Usuario) -> None:
    editar_cliente(cliente=cliente, mudancas={"email": "alfa@exemplo.test"}, por=davi)


@pytest.mark.parametrize("mudar", [_pela_pagina, _pelo_caso_de_uso])
def test_as_pessoas_entram_enquanto_o_cliente_muda(
    mudar: Callable[[Cliente, Usuario], None], importar: Any, clientes_a_e_b: None, davi: Usuario
) -> None:
    """A importação tem a busca do cliente, que a mudança espera; ao gravar, o banco confere que o cliente existe."""
    cliente, erros = Cliente.objects.get(codigo="A"), list[BaseException]()

    def noutra_ligacao() -> None:
        try:
            mudar(cliente, davi)
        except BaseException as erro:
            erros.append(erro)
        finally:
            connections.close_all()

    outra = threading.Thread(target=noutra_ligacao)
    with transaction.atomic():
        assert importar("pessoas", "cliente_codigo;nome\nA;Rita Kunz\n").novas == 1
        outra.start()
        limite = time.monotonic() + 20
        while outra.is_alive() and not _alguem_espera() and time.monotonic() < limite:
            time.sleep(0.02)
    outra.join(20)
    assert erros == []
    cliente.refresh_from_db()
    assert (cliente.email, PessoaDeContato.objects.get().nome) == ("alfa@exemplo.test", "Rita Kunz")


def _alguem_espera() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])
