"""Equipes no navegador."""

import pytest

from clientes.models import Cliente
from contas.models import Equipe
from tests.conftest import HOJE

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(davi, entrar, hoje):
    return entrar(davi)


def test_a_lista_conta_vendedores_clientes_e_quem_esta_sem_vendedor(
    admin, ana, bruno, sul, norte, novo_cliente
):
    novo_cliente("C1", vendedor=ana)
    novo_cliente("C2", equipe=sul)
    html = admin.get("/equipes/").content.decode()
    linha = html.split(">Sul<")[1].split("</tr>")[0]
    assert "Bruno Lima" in linha
    assert ">1<" in linha
    assert ">2<" in linha
    assert "Sem gestor" in html.split(">Norte<")[1].split("</tr>")[0]


def test_sem_equipes_a_pagina_diz_o_proximo_passo(admin):
    assert "Ainda não há equipes" in admin.get("/equipes/").content.decode()


def test_criar_e_renomear(admin, bruno):
    assert admin.get("/equipes/nova/").status_code == 200
    assert admin.post("/equipes/nova/", {"nome": "Oeste", "gestores": [bruno.pk]}).status_code == 302
    equipe = Equipe.objects.get(nome="Oeste")
    assert list(equipe.gestores.all()) == [bruno]
    admin.post(f"/equipes/{equipe.pk}/", {"nome": "Interior"})
    equipe.refresh_from_db()
    assert (equipe.nome, equipe.gestores.count()) == ("Interior", 0)


def test_nome_repetido_aponta_o_campo(admin, sul):
    resposta = admin.post("/equipes/nova/", {"nome": "Sul"})
    assert resposta.status_code == 422
    assert "Já existe uma equipe" in resposta.content.decode()


def test_vendedor_nao_aparece_nem_entra_como_gestor(admin, ana, norte):
    assert admin.post(f"/equipes/{norte.pk}/", {"nome": "Norte", "gestores": [ana.pk]}).status_code == 422
    assert norte.gestores.count() == 0


def test_incluir_e_tirar_vendedor_leva_e_traz_a_carteira(admin, ana, sul, norte, novo_cliente):
    novo_cliente("C1", vendedor=ana)
    dados = {"pessoa": ana.pk, "desde": HOJE.isoformat()}
    assert admin.post(f"/equipes/{norte.pk}/membros/", dados).status_code == 302
    assert Cliente.objects.get().equipe == norte
    assert "Ana Souza" in admin.get(f"/equipes/{norte.pk}/").content.decode()
    admin.post(f"/equipes/{norte.pk}/membros/{ana.pk}/tirar/")
    assert Cliente.objects.get().equipe is None
    assert admin.post(f"/equipes/{norte.pk}/membros/{ana.pk}/tirar/").status_code == 404


def test_incluir_em_data_futura_e_recusado(admin, ana, norte):
    resposta = admin.post(f"/equipes/{norte.pk}/membros/", {"pessoa": ana.pk, "desde": "2026-11-21"})
    assert resposta.status_code == 422
    assert not norte.participacoes.exists()


def test_excluir_so_a_que_nunca_serviu(admin, ana, sul, norte):
    admin.post(f"/equipes/{sul.pk}/excluir/")
    admin.post(f"/equipes/{norte.pk}/excluir/")
    assert list(Equipe.objects.all()) == [sul]
