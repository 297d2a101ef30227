"""A fila de hoje e a agenda dizem o mesmo: quem não respondeu descansa, e o que parou espera uma decisão."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest

from atividade.fila import fila_de_hoje
from atividade.recalculo import recalcular
from clientes.agenda import insistir
from clientes.carteiras import transferir
from clientes.compromissos import PAROU
from clientes.models import Agendamento, Ocorrencia
from clientes.regras_da_agenda import parou
from clientes.relacionamento import desfazer_contato, registrar_contato
from contas.models import Empresa, Usuario
from tests.conftest import criar_pessoa, por_na_equipe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
HOJE = date(2026, 11, 20)  # sexta, feriado: a nova tentativa cai na segunda
SABADO, SEGUNDA = date(2026, 11, 21), date(2026, 11, 23)


@pytest.fixture
def cliente(ana: Usuario, empresa: Empresa, novo_cliente: Any) -> Any:
    """Na hora de comprar: sem agenda, a fila o poria pela perda esperada."""
    compras = [(HOJE - timedelta(days=40 + 30 * n), "500.00") for n in range(5)]
    cliente = novo_cliente("C1", vendedor=ana, compras=compras)
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)
    return cliente


def na_fila(pessoa: Usuario, empresa: Empresa, hoje: date) -> list[tuple[str, bool]]:
    """(cliente, está combinado) na ordem da fila."""
    fila = fila_de_hoje(pessoa=pessoa, referencias={empresa.pk: HOJE}, hoje=hoje)
    return [(item.ind.cliente.codigo, item.agendamento is not None) for item in fila.itens]


def marcado(cliente: Any, pessoa: Usuario, **campos: Any) -> Agendamento:
    return Agendamento.objects.create(
        cliente=cliente, responsavel=pessoa, criado_por=pessoa, **{"em": HOJE} | campos
    )


def nao_atendeu(cliente: Any, por: Usuario) -> Any:
    ocorrencia = Ocorrencia.objects.get(nome="Não atendeu")
    return registrar_contato(
        cliente=cliente, canal="ligacao", ocorrencia=ocorrencia, chave=uuid.uuid4(), por=por
    )


def test_quem_nao_atendeu_descansa_ate_a_nova_data(ana: Usuario, empresa: Empresa, cliente: Any) -> None:
    assert na_fila(ana, empresa, HOJE) == [("C1", False)]
    marcado(cliente, ana)
    assert na_fila(ana, empresa, HOJE) == [("C1", True)]
    contato = nao_atendeu(cliente, ana)
    assert [na_fila(ana, empresa, dia) for dia in (HOJE, SABADO)] == [[], []]
    assert na_fila(ana, empresa, SEGUNDA) == [("C1", True)]
    desfazer_contato(contato=contato, por=ana)
    assert na_fila(ana, empresa, HOJE) == [("C1", True)]


def test_dois_combinados_do_mesmo_cliente_ocupam_uma_vaga_a_do_mais_antigo(
    ana: Usuario, empresa: Empresa, cliente: Any
) -> None:
    marcado(cliente, ana)
    antigo = marcado(cliente, ana, em=HOJE - timedelta(days=3))
    fila = fila_de_hoje(pessoa=ana, referencias={empresa.pk: HOJE}, hoje=HOJE)
    assert [item.agendamento for item in fila.itens] == [antigo]


@pytest.mark.parametrize(("capacidade", "na_tela"), [(1, 1), (2, 2), (3, 2)])
def test_o_combinado_que_nao_cabe_hoje_nao_conta_entre_os_que_esperam(
    capacidade: int, na_tela: int, ana: Usuario, empresa: Empresa, cliente: Any, novo_cliente: Any
) -> None:
    """Espera pela agenda, e não pela capacidade: com vagas ou sem elas, a faixa diz o mesmo."""
    compras = [(HOJE - timedelta(days=40 + 30 * n), "500.00") for n in range(5)]
    outro = novo_cliente("C2", vendedor=ana, compras=compras)
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE)
    for um in (cliente, outro):
        marcado(um, ana)
    ana.capacidade_diaria = capacidade
    fila = fila_de_hoje(pessoa=ana, referencias={empresa.pk: HOJE}, hoje=HOJE)
    assert (len(fila.itens), fila.fora.alem, fila.fora.por_regra) == (na_tela, 0, [])


def test_o_que_parou_nao_e_para_ligar_ate_que_se_decida(ana: Usuario, empresa: Empresa, cliente: Any) -> None:
    compromisso = marcado(cliente, ana, tentativas=4)
    assert na_fila(ana, empresa, HOJE) == [("C1", True)]
    Agendamento.objects.update(tentativas=5)
    assert na_fila(ana, empresa, HOJE) == []
    insistir(agendamento=compromisso, por=ana)
    assert na_fila(ana, empresa, HOJE) == []
    assert na_fila(ana, empresa, SEGUNDA) == [("C1", True)]


def test_compromisso_sem_tentativas_marcado_para_depois_nao_tira_da_fila(
    ana: Usuario, empresa: Empresa, cliente: Any
) -> None:
    marcado(cliente, ana, em=SEGUNDA)
    assert na_fila(ana, empresa, HOJE) == [("C1", False)]


def test_novo_dono_acha_na_fila_o_que_ficou_do_antigo(
    ana: Usuario, davi: Usuario, sul: Any, empresa: Empresa, cliente: Any
) -> None:
    rui = criar_pessoa("Rui Neto", empresa)
    por_na_equipe(rui, sul)
    marcado(cliente, ana)
    transferir(clientes=[cliente.pk], para=rui, em=HOJE, por=davi)
    assert na_fila(ana, empresa, HOJE) == []
    assert na_fila(rui, empresa, HOJE) == [("C1", True)]


@pytest.mark.parametrize("tentativas", [0, 2, 3, 4])
def test_parou_diz_o_mesmo_em_python_e_no_banco(ana: Usuario, cliente: Any, tentativas: int) -> None:
    Empresa.objects.update(tentativas_ate_parar=3)
    marcado(cliente, ana, tentativas=tentativas)
    assert Agendamento.objects.filter(PAROU).exists() is parou(tentativas, 3)
