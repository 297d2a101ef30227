"""Quem sai passa adiante a carteira e a agenda; nada some."""

from datetime import date

import pytest

from clientes.desligamento import desligar
from clientes.models import Agendamento, Cliente, PeriodoDeCarteira
from contas.models import Cobertura, Empresa, RegistroDeAuditoria, Vinculo
from contas.pessoas import Recusada
from tests.conftest import HOJE, criar_pessoa, por_na_equipe

pytestmark = pytest.mark.django_db


@pytest.fixture
def carteira(ana, novo_cliente):
    return [novo_cliente(f"C{n}", vendedor=ana) for n in range(1, 6)]


def agendar(cliente: Cliente, pessoa: object) -> Agendamento:
    return Agendamento.objects.create(cliente=cliente, responsavel=pessoa, criado_por=pessoa, em=HOJE)


def test_dois_destinos_dividem_por_codigo_e_a_agenda_acompanha(carteira, ana, carla, davi, empresa, norte):
    edu = criar_pessoa("Edu Neves", empresa)
    por_na_equipe(edu, norte)
    compromisso = agendar(carteira[1], ana)
    passagem = desligar(pessoa=ana, destinos=[carla, edu], em=HOJE, por=davi)
    donos = dict(Cliente.objects.values_list("codigo", "vendedor__nome"))
    assert donos == {
        "C1": "Carla Dias",
        "C2": "Edu Neves",
        "C3": "Carla Dias",
        "C4": "Edu Neves",
        "C5": "Carla Dias",
    }
    compromisso.refresh_from_db()
    assert compromisso.responsavel == edu
    assert (passagem.clientes, passagem.compromissos) == (5, 1)


def test_a_troca_e_datada_e_o_dia_ja_e_do_novo_dono(carteira, ana, carla, davi):
    desligar(pessoa=ana, destinos=[carla], em=HOJE, por=davi)
    novo = PeriodoDeCarteira.objects.get(cliente=carteira[0], periodo__contains=HOJE)
    assert (novo.vendedor, novo.motivo) == (carla, "desligamento")


def test_sem_destino_os_clientes_ficam_com_a_equipe_e_a_agenda_com_o_gestor(carteira, ana, bruno, davi, sul):
    compromisso = agendar(carteira[0], ana)
    desligar(pessoa=ana, destinos=[], em=HOJE, por=davi)
    assert set(Cliente.objects.values_list("vendedor", "equipe")) == {(None, sul.pk)}
    compromisso.refresh_from_db()
    assert compromisso.responsavel == bruno


def test_sem_gestor_a_agenda_fica_com_quem_desligou(carteira, ana, davi):
    compromisso = agendar(carteira[0], ana)
    desligar(pessoa=ana, destinos=[], em=HOJE, por=davi)
    compromisso.refresh_from_db()
    assert compromisso.responsavel == davi


def test_compromisso_com_cliente_de_outro_vendedor_vai_para_o_dono(novo_cliente, ana, carla, davi):
    compromisso = agendar(novo_cliente("C9", vendedor=carla), ana)
    desligar(pessoa=ana, destinos=[], em=HOJE, por=davi)
    compromisso.refresh_from_db()
    assert compromisso.responsavel == carla


def test_gestor_que_sai_deixa_a_equipe_e_as_coberturas(bruno, ana, carla, davi, sul):
    Cobertura.objects.create(ausente=carla, substituto=ana, periodo=(date(2026, 11, 1), date(2026, 12, 1)))
    desligar(pessoa=bruno, destinos=[], em=HOJE, por=davi)
    desligar(pessoa=ana, destinos=[carla], em=HOJE, por=davi)
    assert not sul.gestores.exists()
    assert not Cobertura.objects.exists()
    assert not ana.participacoes.filter(periodo__contains=HOJE).exists()


def test_destino_que_nao_pode_receber_desfaz_tudo(carteira, ana, bruno, carla, davi):
    with pytest.raises(Recusada, match="não pode receber clientes"):
        desligar(pessoa=ana, destinos=[bruno], em=HOJE, por=davi)
    with pytest.raises(Recusada, match="não pode receber clientes"):
        desligar(pessoa=ana, destinos=[ana], em=HOJE, por=davi)
    filial = Empresa.objects.create(codigo="2", nome="Filial")
    Vinculo.objects.filter(usuario=carla).update(empresa=filial)
    with pytest.raises(Recusada, match="não atende todas as empresas"):
        desligar(pessoa=ana, destinos=[carla], em=HOJE, por=davi)
    ana.refresh_from_db()
    assert ana.is_active
    assert Cliente.objects.filter(vendedor=ana).count() == 5
    assert not RegistroDeAuditoria.objects.exists()
