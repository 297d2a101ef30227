"""Os casos de uso do relacionamento, sem tela: quem chama é a página, a API ou um teste."""

import uuid
from datetime import date, datetime, time, timedelta

import pytest

from clientes.agenda import (
    Proximo,
    agendar,
    cancelar_agendamento,
    concluir_agendamento,
    reabrir_agendamento,
    remarcar_agendamento,
)
from clientes.models import Agendamento, Contato, Ocorrencia
from clientes.relacionamento import (
    RelacionamentoInvalido,
    desfazer_contato,
    registrar_contato,
    registrar_whatsapp,
)
from tests.conftest import HOJE, SAO_PAULO

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


@pytest.fixture
def cliente(ana, novo_cliente):
    return novo_cliente("C1", vendedor=ana)


def registrar(cliente, por, ocorrencia="Vai pensar", **resto):
    resto.setdefault("chave", uuid.uuid4())
    return registrar_contato(
        cliente=cliente, canal="ligacao", ocorrencia=Ocorrencia.objects.get(nome=ocorrencia), por=por, **resto
    )


def test_mesma_chave_devolve_o_mesmo_contato(ana, cliente):
    chave = uuid.uuid4()
    primeiro = registrar(cliente, ana, chave=chave, proximo=Proximo(HOJE + timedelta(days=7)))
    segundo = registrar(cliente, ana, chave=chave, proximo=Proximo(HOJE + timedelta(days=7)))
    assert primeiro.pk == segundo.pk
    assert Agendamento.objects.count() == 1


def test_chave_de_outro_cliente_ou_de_outra_pessoa_e_recusada(ana, bruno, cliente, novo_cliente):
    chave = uuid.uuid4()
    registrar(cliente, ana, chave=chave)
    for outro, por in ((novo_cliente("C2", vendedor=ana), ana), (cliente, bruno)):
        with pytest.raises(RelacionamentoInvalido, match="já foi usado"):
            registrar(outro, por, chave=chave)
    assert Contato.objects.count() == 1


def test_contato_efetivo_conclui_o_vencido_e_deixa_o_futuro(ana, cliente):
    dias = (-3, 0, 1)
    marcados = [agendar(cliente=cliente, proximo=Proximo(HOJE + timedelta(days=d)), por=ana) for d in dias]
    registrar(cliente, ana)
    abertos = Agendamento.objects.filter(concluido_em__isnull=True)
    assert [a.pk for a in abertos] == [marcados[2].pk]


def test_contato_antigo_conclui_so_o_que_ja_tinha_vencido_no_dia(ana, cliente):
    agendar(cliente=cliente, proximo=Proximo(HOJE), por=ana)
    registrar(cliente, ana, em=datetime(2026, 11, 19, 12, tzinfo=SAO_PAULO))
    assert Agendamento.objects.get().concluido_em is None


def test_desfazer_duas_vezes_desfaz_uma(ana, bruno, cliente):
    contato = registrar(cliente, ana, proximo=Proximo(HOJE + timedelta(days=1)))
    with pytest.raises(RelacionamentoInvalido, match="Só quem registrou"):
        desfazer_contato(contato=contato, por=bruno)
    assert desfazer_contato(contato=contato, por=ana) is True
    assert desfazer_contato(contato=contato, por=ana) is False
    assert Agendamento.objects.get().cancelado_em is not None


def test_desfazer_nao_cancela_o_proximo_ja_concluido(ana, cliente):
    contato = registrar(cliente, ana, proximo=Proximo(HOJE + timedelta(days=1)))
    concluir_agendamento(agendamento=Agendamento.objects.get())
    desfazer_contato(contato=contato, por=ana)
    assert Agendamento.objects.get().cancelado_em is None


def test_whatsapp_e_tentativa_e_nao_aparece_entre_os_resultados(ana, cliente):
    contato = registrar_whatsapp(cliente=cliente, chave=uuid.uuid4(), por=ana)
    assert (contato.canal, contato.ocorrencia.efetiva, contato.ocorrencia.ativa) == ("whatsapp", False, False)


def test_agendamento_tem_um_fim_so_e_reabre(ana, bruno, cliente):
    marcado = agendar(cliente=cliente, proximo=Proximo(HOJE, nota=" ligar cedo "), por=bruno, responsavel=ana)
    assert (marcado.responsavel, marcado.criado_por, marcado.nota) == (ana, bruno, "ligar cedo")
    assert concluir_agendamento(agendamento=marcado) is True
    assert cancelar_agendamento(agendamento=marcado) is False
    assert remarcar_agendamento(agendamento=marcado, para=date(2026, 12, 1), por=ana) is None
    assert reabrir_agendamento(agendamento=marcado) is True
    assert reabrir_agendamento(agendamento=marcado) is False
    assert remarcar_agendamento(agendamento=marcado, para=date(2026, 12, 1), hora=time(9), por=ana)
    marcado.refresh_from_db()
    assert (marcado.em, marcado.hora) == (date(2026, 12, 1), time(9))
