"""A fila de televendas: duas pessoas nunca recebem o mesmo cliente, e nenhum se perde."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from clientes.models import Cliente, Contato, Ocorrencia, ReservaDaFila
from clientes.televendas import com_outros, renovar, reservar_este, reservar_proximo, soltar
from tests.processos import Processos

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def tres(ana: Any, novo_cliente: Any) -> list[Cliente]:
    return [novo_cliente(f"C{n}", vendedor=ana) for n in (1, 2, 3)]


def ids(clientes: list[Cliente]) -> list[int]:
    return [cliente.pk for cliente in clientes]


def na_mao() -> dict[str, str]:
    return {
        r.cliente.codigo: r.pessoa.nome for r in ReservaDaFila.objects.select_related("cliente", "pessoa")
    }


def test_cada_um_recebe_o_primeiro_livre_pela_ordem_da_fila(
    ana: Any, bruno: Any, davi: Any, tres: list[Cliente]
) -> None:
    fila = [tres[2].pk, tres[0].pk, tres[1].pk]
    assert [reservar_proximo(fila=fila, pessoa=p).cliente_id for p in (ana, bruno, davi)] == fila  # type: ignore[union-attr]
    assert na_mao() == {"C3": "Ana Souza", "C1": "Bruno Lima", "C2": "Davi Rocha"}


def test_recarregar_devolve_o_mesmo_cliente_e_quem_chega_com_tudo_tomado_fica_sem(
    ana: Any, bruno: Any, carla: Any, davi: Any, tres: list[Cliente]
) -> None:
    primeira = reservar_proximo(fila=ids(tres), pessoa=ana)
    assert reservar_proximo(fila=list(reversed(ids(tres))), pessoa=ana).cliente_id == primeira.cliente_id  # type: ignore[union-attr]
    for outro in (bruno, davi):
        reservar_proximo(fila=ids(tres), pessoa=outro)
    assert reservar_proximo(fila=ids(tres), pessoa=carla) is None
    assert len(na_mao()) == 3


def test_a_reserva_vale_quinze_minutos_a_contar_da_ultima_atividade(
    ana: Any, bruno: Any, tres: list[Cliente]
) -> None:
    nove = timezone.now()
    um = [tres[0].pk]
    reservar_proximo(fila=um, pessoa=ana, agora=nove)
    assert reservar_proximo(fila=um, pessoa=bruno, agora=nove + timedelta(minutes=14)) is None
    assert renovar(cliente=um[0], pessoa=ana, agora=nove + timedelta(minutes=14))
    assert reservar_proximo(fila=um, pessoa=bruno, agora=nove + timedelta(minutes=28)) is None
    assert reservar_proximo(fila=um, pessoa=bruno, agora=nove + timedelta(minutes=29)) is not None
    assert na_mao() == {"C1": "Bruno Lima"}
    assert not renovar(cliente=um[0], pessoa=ana, agora=nove + timedelta(minutes=30))
    assert na_mao() == {"C1": "Bruno Lima"}


def test_escolher_outro_na_lista_solta_o_anterior_e_o_de_outra_pessoa_nao_muda_de_mao(
    ana: Any, bruno: Any, tres: list[Cliente]
) -> None:
    reservar_proximo(fila=ids(tres), pessoa=ana)
    assert reservar_este(cliente=tres[2], pessoa=ana).pessoa == ana
    assert na_mao() == {"C3": "Ana Souza"}
    assert reservar_este(cliente=tres[2], pessoa=bruno).pessoa == ana
    assert na_mao() == {"C3": "Ana Souza"}
    assert list(com_outros(clientes=ids(tres), pessoa=bruno)) == [tres[2].pk]
    assert com_outros(clientes=ids(tres), pessoa=ana) == {}


def test_fechar_a_pagina_solta_so_a_reserva_que_ela_tinha(ana: Any, tres: list[Cliente]) -> None:
    antes = reservar_proximo(fila=ids(tres), pessoa=ana)
    depois = reservar_proximo(fila=ids(tres), pessoa=ana)  # recarregou: outra reserva do mesmo cliente
    assert antes is not None
    assert depois is not None
    assert antes.desde < depois.desde
    assert not soltar(pessoa=ana, cliente=tres[0].pk, desde=antes.desde)
    assert soltar(pessoa=ana, cliente=tres[0].pk, desde=depois.desde)
    assert na_mao() == {}


def test_quem_foi_procurado_hoje_por_outra_pessoa_nao_e_o_proximo(
    ana: Any, bruno: Any, tres: list[Cliente]
) -> None:
    """A fila de Bruno foi lida antes de Ana registrar: o contato dela vale mesmo assim."""
    fila = ids(tres)
    Contato.objects.create(
        cliente=tres[0], canal="ligacao", ocorrencia=Ocorrencia.objects.get(nome="Não atendeu"), atendente=ana
    )
    assert reservar_proximo(fila=fila, pessoa=bruno).cliente_id == tres[1].pk  # type: ignore[union-attr]


@pytest.mark.django_db(transaction=True)
def test_quem_uma_importacao_segura_tambem_e_atendido(ana: Any, bruno: Any, tres: list[Cliente]) -> None:
    """Com outro livre, pula-se o que está travado; se todos estão, ninguém fica sem cliente por isso."""
    outra = connection.copy()
    try:
        with transaction.atomic(), outra.cursor() as cursor:
            outra.set_autocommit(False)
            cursor.execute("UPDATE clientes_cliente SET observacao = 'x' WHERE id = %s", [tres[0].pk])
            assert reservar_proximo(fila=ids(tres[:2]), pessoa=ana).cliente_id == tres[1].pk  # type: ignore[union-attr]
            assert reservar_proximo(fila=ids(tres[:1]), pessoa=bruno).cliente_id == tres[0].pk  # type: ignore[union-attr]
            outra.rollback()
    finally:
        outra.close()


MARTELO = """
import random, sys, time, uuid
from django.db import transaction
from clientes.models import Cliente, Ocorrencia
from clientes.relacionamento import registrar_contato
from clientes.televendas import reservar_proximo, soltar
from contas.models import Usuario

quem, partida = sys.argv[1], float(sys.argv[2])
eu = Usuario.objects.get(email=quem)
sorte = random.Random(quem)
fila = list(Cliente.objects.order_by("codigo").values_list("pk", flat=True))
ocorrencia = Ocorrencia.objects.get(nome="Vai pensar")
while time.time() < partida:
    time.sleep(0.01)
while (reserva := reservar_proximo(fila=fila, pessoa=eu)) is not None:
    if sorte.random() < 0.3:  # desiste: o cliente volta para quem passar
        soltar(pessoa=eu, cliente=reserva.cliente_id)
        continue
    with transaction.atomic():
        registrar_contato(
            cliente=Cliente.objects.get(pk=reserva.cliente_id), canal="ligacao", ocorrencia=ocorrencia,
            chave=uuid.uuid4(), por=eu, origem="fila",
        )
        soltar(pessoa=eu, cliente=reserva.cliente_id)
"""


@pytest.mark.resistencia
@pytest.mark.django_db(transaction=True)
def test_quatro_atendentes_martelando_nenhum_cliente_em_dobro_nenhum_perdido(
    processos: Processos, tmp_path: Path, ana: Any, bruno: Any, davi: Any, carla: Any, novo_cliente: Any
) -> None:
    """Processos de verdade contra o mesmo banco, largando juntos sobre a mesma fila de 120."""
    for n in range(120):
        novo_cliente(f"C{n:03}", vendedor=ana)
    pessoas = (ana, bruno, davi, carla)
    partida = str(timezone.now().timestamp() + 12)
    (tmp_path / "martelo.py").write_text(f"import django; django.setup()\n{MARTELO}")
    abertos = [processos.abrir(str(tmp_path / "martelo.py"), p.email, partida) for p in pessoas]
    assert [processo.wait(240) for processo in abertos] == [0, 0, 0, 0], processos.registros()
    procurados = list(Contato.objects.values_list("cliente__codigo", flat=True))
    assert len(procurados) == len(set(procurados)) == 120
    assert set(Contato.objects.values_list("origem", flat=True)) == {"fila"}
    assert all(Contato.objects.filter(atendente=p).count() > 5 for p in pessoas)
    assert na_mao() == {}
