"""Equipes e coberturas: nomes únicos, gestores de verdade, férias com data."""

from datetime import date

import pytest

from contas.coberturas import cobrir, remover_cobertura
from contas.equipes import Recusada, excluir_equipe, salvar_equipe
from contas.escopo import empresas_de
from contas.models import Cobertura, Equipe, RegistroDeAuditoria

pytestmark = pytest.mark.django_db


def test_equipe_criada_e_renomeada_fica_na_auditoria(davi, bruno):
    equipe = salvar_equipe(nome=" Oeste  Paulista ", gestores=[bruno], por=davi)
    salvar_equipe(equipe=equipe, nome="Interior", gestores=[], por=davi)
    salvar_equipe(equipe=equipe, nome="Interior", gestores=[], por=davi)
    acoes = list(RegistroDeAuditoria.objects.order_by("pk").values_list("acao", "objeto"))
    assert acoes == [("criar equipe", "Oeste Paulista"), ("editar equipe", "Interior")]


def test_nome_de_equipe_repetido_e_recusado(davi, sul):
    with pytest.raises(Recusada, match="Já existe uma equipe"):
        salvar_equipe(nome="Sul", gestores=[], por=davi)


def test_vendedor_nao_vira_gestor_de_equipe_pela_porta_dos_fundos(davi, ana, norte):
    with pytest.raises(Recusada, match="Ana Souza não tem o papel de gestor"):
        salvar_equipe(equipe=norte, nome="Norte", gestores=[ana], por=davi)
    assert norte.gestores.count() == 0


def test_equipe_com_pessoas_ou_clientes_nao_se_exclui(davi, ana, sul, norte, novo_cliente):
    with pytest.raises(Recusada, match="tem \\(ou já teve\\) pessoas"):
        excluir_equipe(equipe=sul, por=davi)
    novo_cliente("C1", equipe=norte)
    with pytest.raises(Recusada, match="Há clientes nesta equipe"):
        excluir_equipe(equipe=norte, por=davi)
    assert Equipe.objects.count() == 2


def test_equipe_que_nunca_serviu_se_exclui(davi, norte):
    excluir_equipe(equipe=norte, por=davi)
    assert not Equipe.objects.exists()
    assert RegistroDeAuditoria.objects.get().objeto == "Norte"


def test_cobertura_conta_o_ultimo_dia_e_se_remove(davi, ana, carla):
    cobertura = cobrir(ausente=ana, substituto=carla, de=date(2026, 12, 1), ate=date(2026, 12, 10), por=davi)
    assert (cobertura.periodo.lower, cobertura.periodo.upper) == (date(2026, 12, 1), date(2026, 12, 11))
    remover_cobertura(cobertura=cobertura, por=davi)
    assert not Cobertura.objects.exists()
    assert RegistroDeAuditoria.objects.get(acao="remover cobertura").antes == {
        "substituto": "Carla Dias",
        "de": "2026-12-01",
        "até": "2026-12-10",
    }


def test_cobertura_sem_sentido_e_recusada(davi, ana, bruno, carla):
    dias = {"de": date(2026, 12, 1), "ate": date(2026, 12, 10)}
    with pytest.raises(Recusada, match="si mesmo"):
        cobrir(ausente=ana, substituto=ana, por=davi, **dias)
    with pytest.raises(Recusada, match="vendedor ativo"):
        cobrir(ausente=ana, substituto=bruno, por=davi, **dias)
    with pytest.raises(Recusada, match="último dia"):
        cobrir(ausente=ana, substituto=carla, de=dias["ate"], ate=dias["de"], por=davi)
    cobrir(ausente=ana, substituto=carla, por=davi, **dias)
    with pytest.raises(Recusada, match="já cobre"):
        cobrir(ausente=ana, substituto=carla, de=date(2026, 12, 10), ate=date(2026, 12, 12), por=davi)


def test_empresas_da_pessoa_sao_as_dos_vinculos(ana, empresa):
    assert list(empresas_de(ana)) == [empresa]
