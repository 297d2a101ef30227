"""As contagens das abas: o que a lista mostra, contado de uma vez ou, de quem vê a empresa inteira, por índices."""

from datetime import timedelta
from decimal import Decimal
from itertools import product

import pytest
from django.http import QueryDict

from atividade.models import Status
from carteira.filters import FiltroDeClientes
from carteira.lista_de_clientes import Contagens, contar
from contas.models import Vinculo
from tests.conftest import HOJE
from tests.web.carteira_de_teste import indicar

pytestmark = pytest.mark.django_db
ABAS = [
    "&".join(filter(None, escolha))
    for escolha in product(
        ("", "status=ativo", "status=ativo&status=prospect", "status=inativo"),
        ("", "fora_do_ritmo=on"),
        ("", "ocultos=on"),
    )
]


@pytest.fixture
def carteira(ana, novo_cliente):
    """De Ana, em carteira: três ativos (dois fora do ritmo), um quase inativo fora, um inativo, um prospect.
    Encerrados ou fora do perfil: um ativo fora do ritmo, um inativo, um prospect."""
    da_lista = {
        "A1": (10, Status.ATIVO, {}), "A2": (39, Status.ATIVO, {}),
        "A3": (41, Status.ATIVO, {"intervalo_mediano_dias": Decimal("31.5")}),
        "Q1": (200, Status.QUASE_INATIVO, {}), "I1": (500, Status.INATIVO, {}),
    }  # fmt: skip
    for codigo, (dias, status, campos) in da_lista.items():
        indicar(novo_cliente(codigo, vendedor=ana), HOJE - timedelta(days=dias), status=status, **campos)
    novo_cliente("P1", vendedor=ana)
    fora = {"fora_do_perfil": True}, {"encerrado_em": HOJE, "encerrado_motivo": "Fechou."}
    indicar(novo_cliente("A4", vendedor=ana, **fora[0]), HOJE - timedelta(days=60), status=Status.ATIVO)
    indicar(novo_cliente("I2", vendedor=ana, **fora[1]), HOJE - timedelta(days=500), status=Status.INATIVO)
    novo_cliente("P2", vendedor=ana, **fora[0])


def filtro(pessoa, consulta=""):
    return FiltroDeClientes(QueryDict(consulta), usuario=pessoa)


def test_quem_ve_a_empresa_inteira_conta_por_indices_o_mesmo_que_numa_passada(ana, davi, lia, carteira):
    for consulta in ABAS:
        contadas = contar(filtro(ana, consulta))
        assert contar(filtro(davi, consulta)) == contar(filtro(lia, consulta)) == contadas, consulta
        assert contadas.na_lista == filtro(ana, consulta).resultado().count(), consulta
    todas = contar(filtro(davi))
    assert todas.por_status == {"ativo": 3, "quase_inativo": 1, "inativo": 1, "prospect": 1}
    assert (todas.na_lista, todas.fora_do_ritmo, todas.ocultos) == (6, 3, 3)
    com_ocultos = contar(filtro(davi, "ocultos=on"))
    assert com_ocultos.por_status == {"ativo": 4, "quase_inativo": 1, "inativo": 2, "prospect": 2}
    assert (com_ocultos.na_lista, com_ocultos.fora_do_ritmo) == (9, 4)


def test_so_conta_por_indices_quem_ve_todos_e_nao_filtra_mais_que_a_aba(ana, davi, lia, empresa):
    for consulta in (*ABAS, f"empresa={empresa.pk}"):
        assert filtro(davi, consulta).ve_a_empresa_inteira, consulta
        assert filtro(lia, consulta).ve_a_empresa_inteira, consulta
        assert not filtro(ana, consulta).ve_a_empresa_inteira, consulta
    for consulta in (
        "uf=SC",
        "q=a",
        "valor_min=0",
        "bloqueado=false",
        "sem_comprar=0",
        "e=abc.em.A",
        "e=nada.disto",
    ):
        assert not filtro(davi, consulta).ve_a_empresa_inteira, consulta


def test_sem_empresa_nao_ha_o_que_contar(davi, carteira):
    Vinculo.objects.filter(usuario=davi).delete()
    assert contar(filtro(davi)) == Contagens(dict.fromkeys(Status.values, 0), 0, 0, 0)
