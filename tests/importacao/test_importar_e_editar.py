"""Importar enquanto alguém muda o mesmo cliente, ou desliga o dono dele: as duas escritas entram, sem impasse.

O banco confere ao gravar que existe quem a linha cita: quem o trava, e espera o que a importação tem, trava sem chave.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections, transaction

from clientes.cadastro import editar_cliente
from clientes.desligamento import desligar
from clientes.models import Cliente, PessoaDeContato
from contas.models import Usuario
from tests.conftest import HOJE
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
    """A importação tem a busca do cliente, que a mudança espera."""
    cliente = Cliente.objects.get(codigo="A")
    with _ao_mesmo_tempo(lambda: mudar(cliente, davi)):
        assert importar("pessoas", "cliente_codigo;nome\nA;Rita Kunz\n").novas == 1
    cliente.refresh_from_db()
    assert (cliente.email, PessoaDeContato.objects.get().nome) == ("alfa@exemplo.test", "Rita Kunz")


def test_os_clientes_entram_enquanto_o_dono_se_desliga(
    importar: Any, ana: Usuario, carla: Usuario, davi: Usuario
) -> None:
    """A importação tem o cliente A, que o desligamento da Ana espera, e dá o cliente C a ela."""
    linhas = "codigo;razao_social;vendedor\nA;Alfa Ltda;Ana Souza\n"
    importar("clientes", linhas)
    with _ao_mesmo_tempo(lambda: desligar(pessoa=ana, destinos=[carla], em=HOJE, por=davi)):
        assert (
            importar("clientes", linhas.replace("Alfa", "Alfa e Filhos") + "C;Casa Ltda;Ana Souza\n").novas
            == 1
        )
    ana.refresh_from_db()
    assert not ana.is_active
    donos = Cliente.objects.order_by("codigo").values_list("codigo", "razao_social", "vendedor")
    assert list(donos) == [("A", "Alfa e Filhos Ltda", carla.pk), ("C", "Casa Ltda", ana.pk)]


@contextmanager
def _ao_mesmo_tempo(outra_escrita: Callable[[], object]) -> Iterator[None]:
    """O que está no `with` se faz e, só depois de a outra escrita o esperar, se grava; nenhuma das duas falha."""
    erros = list[BaseException]()

    def noutra_ligacao() -> None:
        try:
            outra_escrita()
        except BaseException as erro:
            erros.append(erro)
        finally:
            connections.close_all()

    outra = threading.Thread(target=noutra_ligacao)
    with transaction.atomic():
        yield
        outra.start()
        limite = time.monotonic() + 20
        while outra.is_alive() and not _alguem_espera() and time.monotonic() < limite:
            time.sleep(0.02)
    outra.join(20)
    assert erros == []


def _alguem_espera() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return bool(cursor.fetchone()[0])
