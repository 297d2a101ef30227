"""Férias com data: véspera, primeiro dia, último dia e o dia seguinte; um substituto por vez e nenhum círculo."""

from datetime import date, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from clientes.compromissos import agenda_de, agendas_que_abre
from clientes.models import Agendamento, Cliente
from contas.coberturas import cobrir, editar_cobertura, encerrar_cobertura
from contas.models import Cobertura, Empresa, RegistroDeAuditoria, Vinculo
from contas.pessoas import Recusada
from tests.conftest import SAO_PAULO, criar_pessoa

pytestmark = pytest.mark.django_db
DE, ATE = date(2026, 12, 1), date(2026, 12, 12)


@pytest.fixture
def ferias(ana, carla, davi):
    return cobrir(ausente=ana, substituto=carla, de=DE, ate=ATE, por=davi)


@pytest.fixture
def rita(empresa):
    return criar_pessoa("Rita Lopes", empresa)


@pytest.mark.parametrize(
    ("dia", "cobre"),
    [
        (DE - timedelta(days=1), False),
        (DE, True),
        (ATE, True),
        (ATE + timedelta(days=1), False),
    ],
)
def test_a_carteira_vai_e_volta_sozinha_pela_data(ferias, ana, carla, novo_cliente, entrar, dia, cobre):
    cliente = novo_cliente("C1", razao_social="Casa Azul", vendedor=ana)
    Agendamento.objects.create(cliente=cliente, responsavel=ana, criado_por=ana, em=dia)
    with time_machine.travel(datetime(dia.year, dia.month, dia.day, 23, 30, tzinfo=SAO_PAULO), tick=False):
        assert Cliente.objects.visiveis_para(carla).exists() is cobre
        assert Cliente.objects.visiveis_para(ana).exists(), "quem sai continua dono"
        assert agendas_que_abre(carla).filter(pk=ana.pk).exists() is cobre
        assert agenda_de(ana).count() == 1
        lista = entrar(carla).get("/clientes/").content.decode()
        fila = entrar(carla).get("/fila/").content.decode()
        da_ana = entrar(ana).get("/clientes/").content.decode()
    for texto in ("Casa Azul", "de Ana, em férias até 12/12", "Você cobre Ana Souza até 12/12/2026."):
        assert (texto in lista) is cobre, texto
    assert ("de Ana, em férias até 12/12" in fila) is cobre
    assert ("Carla Dias cobre a sua carteira até 12/12/2026." in da_ana) is cobre


def test_o_banco_recusa_dois_substitutos_nos_mesmos_dias(ferias, ana, rita, davi):
    with pytest.raises(IntegrityError), transaction.atomic():
        Cobertura.objects.create(
            ausente=ana, substituto=rita, periodo=DateRange(ATE, ATE + timedelta(days=9))
        )
    with pytest.raises(Recusada, match="Carla Dias já cobre Ana Souza de 01/12/2026 a 12/12/2026"):
        cobrir(ausente=ana, substituto=rita, de=ATE, ate=ATE, por=davi)
    cobrir(ausente=ana, substituto=rita, de=ATE + timedelta(days=1), ate=date(2026, 12, 20), por=davi)
    assert Cobertura.objects.count() == 2


def test_ninguem_cobre_em_circulo_nem_por_intermedio_de_quem_saiu(ferias, ana, carla, rita, davi):
    with pytest.raises(Recusada, match="Ana Souza também está ausente de 01/12/2026"):
        cobrir(ausente=carla, substituto=ana, de=ATE, ate=date(2026, 12, 20), por=davi)
    with pytest.raises(
        Recusada, match="Carla Dias cobre Ana Souza de 01/12/2026 a 12/12/2026: passe essa cobertura"
    ):
        cobrir(ausente=carla, substituto=rita, de=ATE, ate=date(2026, 12, 20), por=davi)
    with pytest.raises(Recusada, match="Ana Souza também está ausente"):
        cobrir(ausente=rita, substituto=ana, de=DE, ate=DE, por=davi)
    assert Cobertura.objects.get() == ferias


def test_quem_cobre_atende_as_empresas_de_quem_sai(ana, carla, davi):
    Vinculo.objects.create(usuario=ana, empresa=Empresa.objects.create(codigo="2", nome="Filial"))
    with pytest.raises(Recusada, match="Carla Dias não atende Filial"):
        cobrir(ausente=ana, substituto=carla, de=DE, ate=ATE, por=davi)
    assert not Cobertura.objects.exists()


def test_mudar_confere_as_mesmas_regras_e_guarda_o_antes(ferias, ana, rita, davi):
    outra = cobrir(ausente=ana, substituto=rita, de=date(2026, 12, 20), ate=date(2026, 12, 22), por=davi)
    with pytest.raises(Recusada, match="já cobre"):
        editar_cobertura(cobertura=outra, substituto=rita, de=ATE, ate=ATE, por=davi)
    ferias.refresh_from_db()
    editar_cobertura(cobertura=ferias, substituto=rita, de=DE, ate=date(2026, 12, 15), por=davi)
    registro = RegistroDeAuditoria.objects.get(acao="editar cobertura")
    assert (registro.antes["substituto"], registro.depois["até"]) == ("Carla Dias", "2026-12-15")


def test_encerrar_devolve_ja_hoje_e_a_que_nao_comecou_some(ferias, ana, carla, davi):
    encerrar_cobertura(cobertura=ferias, hoje=date(2026, 12, 5), por=davi)
    assert Cobertura.objects.get().ultimo_dia == date(2026, 12, 4)
    assert not Cliente.objects.visiveis_para(carla, em=date(2026, 12, 5)).exists()
    with pytest.raises(Recusada, match="já tinha acabado"):
        encerrar_cobertura(cobertura=ferias, hoje=date(2026, 12, 5), por=davi)
    marcada = cobrir(ausente=ana, substituto=carla, de=date(2026, 12, 20), ate=date(2026, 12, 22), por=davi)
    encerrar_cobertura(cobertura=marcada, hoje=date(2026, 12, 20), por=davi)
    assert Cobertura.objects.count() == 1
