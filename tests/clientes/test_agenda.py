"""A agenda em histórias: quinta, 19/11/2026, véspera do feriado da Consciência Negra."""

from datetime import date, time
from typing import Any

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange

from clientes.agenda import (
    AgendaInvalida,
    Proximo,
    adiar_com_o_cliente,
    agendar,
    desfazer_mudanca,
    insistir,
    remarcar_agendamento,
)
from clientes.cadastro import CadastroInvalido
from clientes.carteiras import transferir
from clientes.compromissos import agenda_de, agendas_que_abre, responsaveis_possiveis
from clientes.models import Agendamento, MudancaDeAgendamento, Pitch
from clientes.relacionamento import desfazer_contato
from contas.models import Cobertura, Empresa, Usuario
from tests.clientes.historias_da_agenda import SEGUNDA, VESPERA, marcar, registrar, visto
from tests.conftest import criar_pessoa, por_na_equipe

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("quinta")]


# ── Marcar ───────────────────────────────────────────────────────────────────


def test_o_pitch_de_hoje_fica_preso_ao_agendamento(ana: Usuario, cliente: Any) -> None:
    Pitch.objects.create(cliente=cliente, por=ana, argumentos="prazo maior")
    atual = Pitch.objects.create(cliente=cliente, por=ana, argumentos="frete grátis")
    marcado = marcar(cliente, ana)
    Pitch.objects.create(cliente=cliente, por=ana, argumentos="depois")
    assert Agendamento.objects.get(pk=marcado.pk).pitch == atual


def test_dois_envios_do_mesmo_formulario_marcam_um_so(ana: Usuario, cliente: Any) -> None:
    assert marcar(cliente, ana, nota="ligar cedo") == marcar(cliente, ana, nota="ligar cedo ")
    assert Agendamento.objects.count() == 1
    marcar(cliente, ana, hora=time(9), nota="ligar cedo")
    assert Agendamento.objects.count() == 2


def test_gestor_marca_para_quem_ve_o_cliente(ana: Usuario, bruno: Usuario, cliente: Any) -> None:
    marcado = agendar(cliente=cliente, proximo=Proximo(VESPERA), por=bruno, responsavel=ana)
    assert (marcado.responsavel, marcado.criado_por) == (ana, bruno)
    assert list(agenda_de(ana)) == [marcado]
    assert list(agenda_de(bruno)) == []


def test_ninguem_marca_para_quem_nao_ve_o_cliente(
    ana: Usuario, bruno: Usuario, carla: Usuario, cliente: Any
) -> None:
    for por, para in ((bruno, carla), (ana, bruno), (ana, carla)):
        with pytest.raises(AgendaInvalida, match=f"{para.nome} não atende Casa Azul"):
            agendar(cliente=cliente, proximo=Proximo(VESPERA), por=por, responsavel=para)
    assert not Agendamento.objects.exists()


def test_quem_cobre_ferias_tambem_pode_receber(
    ana: Usuario, bruno: Usuario, carla: Usuario, cliente: Any
) -> None:
    Cobertura.objects.create(ausente=ana, substituto=carla, periodo=DateRange(VESPERA, SEGUNDA))
    assert set(responsaveis_possiveis(cliente, bruno)) == {ana, bruno, carla}
    assert set(responsaveis_possiveis(cliente, bruno, em=SEGUNDA)) == {ana, bruno}
    assert set(responsaveis_possiveis(cliente, ana)) == {ana}
    for pessoa in responsaveis_possiveis(cliente, bruno):
        assert type(cliente).objects.visiveis_para(pessoa).filter(pk=cliente.pk).exists()


def test_no_ritmo_pede_um_ritmo_e_a_serie_acaba_depois_de_comecar(ana: Usuario, cliente: Any) -> None:
    with pytest.raises(AgendaInvalida, match="ainda não tem ritmo"):
        marcar(cliente, ana, recorrencia="ciclo")
    with pytest.raises(AgendaInvalida, match="acabar depois"):
        marcar(cliente, ana, recorrencia="semanal", repetir_ate=date(2026, 11, 18))
    assert not Agendamento.objects.exists()


# ── Tentativas ───────────────────────────────────────────────────────────────


def test_nao_atendeu_conta_e_remarca_para_o_dia_util_seguinte(ana: Usuario, cliente: Any) -> None:
    atrasado = marcar(cliente, ana, date(2026, 11, 17), hora=time(14))
    futuro = marcar(cliente, ana, date(2026, 12, 1))
    registrar(cliente, ana)
    assert visto(atrasado) == (SEGUNDA, time(14), 1, 0, date(2026, 11, 17))
    assert visto(futuro) == (date(2026, 12, 1), None, 0, 0, None)


def test_a_segunda_tentativa_do_mesmo_dia_nao_conta_duas_vezes(ana: Usuario, cliente: Any) -> None:
    marcado = marcar(cliente, ana)
    registrar(cliente, ana)
    registrar(cliente, ana, "Deixou recado")
    assert visto(marcado)[:3] == (SEGUNDA, None, 1)


def test_na_quinta_tentativa_para_e_fica_onde_esta(ana: Usuario, cliente: Any, relogio: Any) -> None:
    marcado = marcar(cliente, ana)
    vistos = []
    for _ in range(5):
        relogio(visto(marcado)[0])
        registrar(cliente, ana)
        vistos.append(visto(marcado)[:3:2])
    assert vistos == [
        (date(2026, 11, 23), 1),
        (date(2026, 11, 24), 2),
        (date(2026, 11, 25), 3),
        (date(2026, 11, 26), 4),
        (date(2026, 11, 26), 5),
    ]


def test_o_numero_de_dias_e_o_limite_sao_da_empresa(ana: Usuario, cliente: Any) -> None:
    Empresa.objects.update(nova_tentativa_em_dias=3, tentativas_ate_parar=1)
    cliente.refresh_from_db()
    marcado = marcar(cliente, ana)
    registrar(cliente, ana)
    assert visto(marcado)[:3] == (VESPERA, None, 1)  # uma só já para
    Empresa.objects.update(tentativas_ate_parar=2)
    outro = marcar(cliente, ana, hora=time(10))
    registrar(cliente, ana)
    assert visto(outro)[:3] == (date(2026, 11, 25), time(10), 1)


def test_feriado_do_estado_do_cliente_ou_o_da_empresa(ana: Usuario, novo_cliente: Any, relogio: Any) -> None:
    relogio(date(2026, 7, 8))  # 9 de julho só é feriado em São Paulo
    paulista = novo_cliente("C2", vendedor=ana, uf="SP")
    marcado = marcar(paulista, ana, date(2026, 7, 8))
    registrar(paulista, ana)
    assert visto(marcado)[0] == date(2026, 7, 10)
    Empresa.objects.update(feriados_uf="SC")
    outro = marcar(paulista, ana, date(2026, 7, 8), hora=time(10))
    registrar(paulista, ana)
    assert visto(outro)[0] == date(2026, 7, 9)


def test_desfazer_o_contato_desfaz_a_tentativa(ana: Usuario, cliente: Any) -> None:
    marcado = marcar(cliente, ana, date(2026, 11, 17), hora=time(14))
    contato = registrar(cliente, ana)
    assert desfazer_contato(contato=contato, por=ana) is True
    assert visto(marcado) == (date(2026, 11, 17), time(14), 0, 0, None)
    assert desfazer_contato(contato=contato, por=ana) is False
    assert visto(marcado)[2] == 0


def test_desfazer_a_tentativa_nao_pisa_no_que_se_remarcou_depois(ana: Usuario, cliente: Any) -> None:
    marcado = marcar(cliente, ana)
    contato = registrar(cliente, ana)
    remarcar_agendamento(agendamento=marcado, para=date(2026, 12, 3), hora=time(8), por=ana)
    desfazer_contato(contato=contato, por=ana)
    assert visto(marcado) == (date(2026, 12, 3), time(8), 0, 1, VESPERA)


def test_quem_responde_no_mesmo_dia_conclui_o_que_esperava_resposta(ana: Usuario, cliente: Any) -> None:
    marcado = marcar(cliente, ana)
    registrar(cliente, ana)
    efetivo = registrar(cliente, ana, "Vai pensar")
    assert Agendamento.objects.get(pk=marcado.pk).concluido_em == efetivo.em
    desfazer_contato(contato=efetivo, por=ana)
    assert visto(marcado)[:3] == (SEGUNDA, None, 1)


def test_tentativa_com_data_dita_vale_a_data_e_nao_cria_outro(ana: Usuario, cliente: Any) -> None:
    marcado = marcar(cliente, ana, nota="orçamento")
    registrar(cliente, ana, proximo=Proximo(date(2026, 11, 27), time(15)))
    assert visto(marcado)[:3] == (date(2026, 11, 27), time(15), 1)
    assert Agendamento.objects.count() == 1


def test_tentativa_sem_nada_na_vez_cria_o_proximo_dito(ana: Usuario, cliente: Any) -> None:
    contato = registrar(cliente, ana, proximo=Proximo(date(2026, 11, 27)))
    assert contato.agendamentos.get().em == date(2026, 11, 27)


# ── Quem decide ──────────────────────────────────────────────────────────────


@pytest.fixture
def parado(ana: Usuario, cliente: Any) -> Agendamento:
    marcado = marcar(cliente, ana)
    Agendamento.objects.update(tentativas=5)
    return marcado


def test_insistir_recomeca_a_conta_no_dia_util_seguinte(ana: Usuario, parado: Agendamento) -> None:
    mudanca = insistir(agendamento=parado, por=ana)
    assert visto(parado)[:3] == (SEGUNDA, None, 0)
    assert mudanca
    assert desfazer_mudanca(mudanca=mudanca, por=ana) is True
    assert visto(parado) == (VESPERA, None, 5, 0, None)
    assert desfazer_mudanca(mudanca=mudanca, por=ana) is False


def test_insistir_duas_vezes_insiste_uma(ana: Usuario, cliente: Any, parado: Agendamento) -> None:
    insistir(agendamento=parado, por=ana)
    assert insistir(agendamento=parado, por=ana) is None
    assert insistir(agendamento=marcar(cliente, ana, hora=time(10)), por=ana) is None
    assert MudancaDeAgendamento.objects.count() == 1


def test_adiar_leva_o_cliente_e_o_compromisso(ana: Usuario, cliente: Any, parado: Agendamento) -> None:
    mudanca = adiar_com_o_cliente(agendamento=parado, ate=date(2026, 12, 25), motivo="férias", por=ana)
    cliente.refresh_from_db()
    assert (cliente.adiado_ate, cliente.adiado_motivo) == (date(2026, 12, 25), "férias")
    assert visto(parado) == (date(2026, 12, 28), None, 0, 1, VESPERA)  # 25/12 é feriado, sexta
    assert mudanca
    desfazer_mudanca(mudanca=mudanca, por=ana)
    cliente.refresh_from_db()
    assert (cliente.adiado_ate, visto(parado)[:3]) == (None, (VESPERA, None, 5))


def test_adiar_sem_motivo_nao_muda_nada(ana: Usuario, cliente: Any, parado: Agendamento) -> None:
    with pytest.raises(CadastroInvalido, match="Diga por que"):
        adiar_com_o_cliente(agendamento=parado, ate=SEGUNDA, motivo=" ", por=ana)
    cliente.refresh_from_db()
    assert (cliente.adiado_ate, visto(parado)[:3]) == (None, (VESPERA, None, 5))


def test_remarcar_a_mao_o_que_parou_e_decidir(ana: Usuario, parado: Agendamento) -> None:
    remarcar_agendamento(agendamento=parado, para=SEGUNDA, por=ana)
    assert visto(parado)[:3] == (SEGUNDA, None, 0)


# ── Remarcar ─────────────────────────────────────────────────────────────────


def test_remarcar_guarda_a_primeira_data_e_conta(ana: Usuario, cliente: Any) -> None:
    marcado = marcar(cliente, ana)
    primeira = remarcar_agendamento(agendamento=marcado, para=SEGUNDA, por=ana)
    segunda = remarcar_agendamento(agendamento=marcado, para=date(2026, 11, 30), por=ana)
    assert visto(marcado) == (date(2026, 11, 30), None, 0, 2, VESPERA)
    assert primeira
    assert segunda
    repetida = remarcar_agendamento(agendamento=marcado, para=date(2026, 11, 30), por=ana)
    assert (repetida, visto(marcado)[3]) == (segunda, 2)  # o segundo envio é o mesmo gesto
    assert desfazer_mudanca(mudanca=primeira, por=ana) is False  # já não é a última
    assert desfazer_mudanca(mudanca=segunda, por=ana) is True
    assert visto(marcado) == (SEGUNDA, None, 0, 1, VESPERA)
    assert desfazer_mudanca(mudanca=primeira, por=ana) is True
    assert visto(marcado) == (VESPERA, None, 0, 0, None)


# ── De quem é ────────────────────────────────────────────────────────────────


def test_cliente_que_muda_de_dono_leva_o_compromisso_orfao(
    ana: Usuario, davi: Usuario, sul: Any, empresa: Empresa, cliente: Any
) -> None:
    rui = criar_pessoa("Rui Neto", empresa)
    por_na_equipe(rui, sul)
    marcado = marcar(cliente, ana)
    transferir(clientes=[cliente.pk], para=rui, em=VESPERA, por=davi)
    assert list(agenda_de(ana)) == []
    assert list(agenda_de(rui)) == [marcado]


def test_quem_cobre_fica_com_o_que_e_seu_e_o_dono_nao_o_ve_duas_vezes(
    ana: Usuario, carla: Usuario, cliente: Any
) -> None:
    Cobertura.objects.create(ausente=ana, substituto=carla, periodo=DateRange(VESPERA, SEGUNDA))
    dela, de_quem_cobre = marcar(cliente, ana), marcar(cliente, carla)
    assert list(agenda_de(ana)) == [dela]
    assert list(agenda_de(carla)) == [de_quem_cobre]


def test_que_agendas_cada_um_abre(
    ana: Usuario, bruno: Usuario, carla: Usuario, davi: Usuario, lia: Usuario
) -> None:
    def nomes(pessoa: Usuario) -> list[str]:
        return [p.nome for p in agendas_que_abre(pessoa)]

    assert [nomes(p) for p in (ana, bruno, lia)] == [[], ["Ana Souza"], []]
    assert nomes(davi) == ["Ana Souza", "Bruno Lima", "Carla Dias"]
    Cobertura.objects.create(ausente=carla, substituto=ana, periodo=DateRange(VESPERA, SEGUNDA))
    assert nomes(ana) == ["Carla Dias"]
