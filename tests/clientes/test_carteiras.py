"""De quem é cada cliente, e desde quando."""

from datetime import date

import pytest

from clientes.carteiras import transferir
from clientes.models import Cliente, PeriodoDeCarteira
from contas.models import RegistroDeAuditoria

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


def periodos(cliente):
    achados = PeriodoDeCarteira.objects.filter(cliente=cliente).order_by("periodo")
    return [(p.vendedor.nome if p.vendedor else None, p.periodo.lower, p.periodo.upper) for p in achados]


@pytest.fixture
def cliente(ana, novo_cliente, davi):
    """O primeiro dono conhecido vale desde sempre."""
    cliente = novo_cliente("C1")
    transferir(clientes=[cliente.pk], para=ana, em=date(2026, 1, 10), por=davi)
    return cliente


def test_o_primeiro_dono_conhecido_vale_desde_o_comeco(cliente):
    assert periodos(cliente) == [("Ana Souza", None, None)]


def test_o_dia_da_troca_ja_e_do_novo_dono(cliente, carla, davi):
    assert transferir(clientes=[cliente.pk], para=carla, em=date(2026, 6, 1), por=davi, motivo="rota") == 1
    assert periodos(cliente) == [
        ("Ana Souza", None, date(2026, 6, 1)),
        ("Carla Dias", date(2026, 6, 1), None),
    ]
    assert (
        PeriodoDeCarteira.objects.get(cliente=cliente, periodo__contains=date(2026, 6, 1)).vendedor == carla
    )
    cliente.refresh_from_db()
    assert (cliente.vendedor, cliente.equipe.nome) == (carla, "Norte")


def test_passar_a_quem_ja_e_dono_nao_muda_nada(cliente, ana, davi):
    assert transferir(clientes=[cliente.pk], para=ana, em=date(2026, 6, 1), por=davi) == 0
    assert periodos(cliente) == [("Ana Souza", None, None)]
    assert RegistroDeAuditoria.objects.filter(acao="transferir carteira").count() == 1


def test_troca_anterior_a_outra_ja_feita_vale_dali_em_diante(cliente, ana, carla, davi):
    transferir(clientes=[cliente.pk], para=carla, em=date(2026, 6, 1), por=davi)
    transferir(clientes=[cliente.pk], para=ana, em=date(2026, 3, 1), por=davi)
    assert periodos(cliente)[-1] == ("Ana Souza", date(2026, 3, 1), None)
    assert Cliente.objects.get(pk=cliente.pk).vendedor == ana


def test_sem_dono_fica_a_equipe_do_ultimo(cliente, davi):
    transferir(clientes=[cliente.pk], para=None, em=date(2026, 6, 1), por=davi)
    cliente.refresh_from_db()
    assert (cliente.vendedor, cliente.equipe.nome) == (None, "Sul")
    assert periodos(cliente)[-1] == (None, date(2026, 6, 1), None)


def test_varios_de_uma_vez_numa_auditoria_so(ana, carla, davi, novo_cliente):
    ids = [novo_cliente(f"C{n}", vendedor=ana).pk for n in range(5)]
    assert transferir(clientes=ids, para=carla, em=date(2026, 6, 1), por=davi, motivo="férias") == 5
    registro = RegistroDeAuditoria.objects.get(acao="transferir carteira")
    assert registro.depois["motivo"] == "férias"
    assert set(Cliente.objects.values_list("vendedor", flat=True)) == {carla.pk}
