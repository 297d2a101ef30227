"""Regras sobre pessoas: convite, papéis, último administrador, desativação."""

from typing import Any

import pytest

from contas.models import Empresa, Papel, RegistroDeAuditoria, Usuario, Vinculo
from contas.pessoas import (
    Recusada,
    criar_pessoa,
    desativar,
    editar_perfil,
    editar_pessoa,
    estado_de,
    pessoas_geridas_por,
    por_estado,
    preparar_convite,
    reativar,
)
from tests.conftest import criar_pessoa as pronta

pytestmark = pytest.mark.django_db


def dados(pessoa: Usuario, **mudancas: Any) -> dict[str, Any]:
    campos = ("nome", "email", "papel", "tipo", "telefone", "capacidade_diaria", "pode_exportar")
    return {campo: getattr(pessoa, campo) for campo in campos} | mudancas


def test_pessoa_nova_nasce_sem_senha_e_com_o_codigo_do_erp(empresa, davi):
    nova = criar_pessoa(
        dados={"nome": "Rita Melo", "email": "RITA@exemplo.test", "papel": Papel.VENDEDOR},
        vinculos={empresa: " 17 "},
        por=davi,
    )
    assert (nova.email, nova.has_usable_password(), nova.vinculos.get().codigo_erp) == (
        "rita@exemplo.test",
        False,
        "17",
    )
    assert RegistroDeAuditoria.objects.get(acao="criar pessoa").depois["empresas"] == {"1": "17"}


def test_email_repetido_em_maiusculas_e_recusado(empresa, davi, ana):
    with pytest.raises(Recusada, match="Já existe uma pessoa com este e-mail"):
        criar_pessoa(dados={"nome": "Outra", "email": "ANA@exemplo.test"}, vinculos={empresa: ""}, por=davi)
    assert Usuario.objects.filter(nome="Outra").count() == 0


def test_codigo_de_outro_vendedor_e_recusado_e_nada_muda(empresa, davi, ana, carla):
    Vinculo.objects.filter(usuario=carla).update(codigo_erp="9")
    with pytest.raises(Recusada, match="O código 9 já é de outra pessoa"):
        editar_pessoa(pessoa=ana, dados=dados(ana, nome="Ana Nova"), vinculos={empresa: "9"}, por=davi)
    ana.refresh_from_db()
    assert ana.nome == "Ana Souza"


def test_editar_guarda_so_o_que_mudou_na_auditoria(empresa, davi, ana):
    ana.capacidade_diaria = 12
    ana.save()
    editar_pessoa(pessoa=ana, dados=dados(ana, capacidade_diaria=20), vinculos={empresa: ""}, por=davi)
    registro = RegistroDeAuditoria.objects.get(acao="editar pessoa")
    assert (registro.antes, registro.depois, registro.por) == (
        {"capacidade_diaria": 12},
        {"capacidade_diaria": 20},
        davi,
    )


def test_editar_sem_mudar_nada_nao_enche_a_auditoria(empresa, davi, ana):
    editar_pessoa(pessoa=ana, dados=dados(ana), vinculos={empresa: ""}, por=davi)
    assert not RegistroDeAuditoria.objects.exists()


def test_ninguem_muda_o_proprio_papel(empresa, davi, lia):
    with pytest.raises(Recusada, match="próprio papel"):
        editar_pessoa(pessoa=davi, dados=dados(davi, papel=Papel.LEITURA), vinculos={empresa: ""}, por=davi)


def test_o_ultimo_administrador_nao_perde_o_papel(empresa, davi):
    outro = pronta("Eva Reis", empresa, Papel.ADMIN)
    editar_pessoa(pessoa=outro, dados=dados(outro, papel=Papel.GESTOR), vinculos={empresa: ""}, por=davi)
    with pytest.raises(Recusada, match="último administrador"):
        editar_pessoa(pessoa=davi, dados=dados(davi, papel=Papel.GESTOR), vinculos={empresa: ""}, por=outro)
    with pytest.raises(Recusada, match="último administrador"):
        desativar(pessoa=davi, por=outro)


def test_quem_tem_senha_nao_fica_sem_email(empresa, davi, ana):
    with pytest.raises(Recusada, match="precisa de um e-mail"):
        editar_pessoa(pessoa=ana, dados=dados(ana, email=""), vinculos={empresa: ""}, por=davi)


def test_administrador_nao_tira_empresa_de_si_nem_toca_nas_que_nao_tem(empresa, davi, ana):
    outra = Empresa.objects.create(codigo="2", nome="Filial")
    Vinculo.objects.create(usuario=ana, empresa=outra, codigo_erp="7")
    editar_pessoa(pessoa=ana, dados=dados(ana), vinculos={}, por=davi)
    assert list(ana.vinculos.values_list("empresa__codigo", "codigo_erp")) == [("2", "7")]
    with pytest.raises(Recusada, match="tirar de si mesmo uma empresa"):
        editar_pessoa(pessoa=davi, dados=dados(davi), vinculos={}, por=davi)


def test_administrador_nao_gere_quem_trabalha_tambem_em_outra_empresa(empresa, davi, ana, carla):
    outra = Empresa.objects.create(codigo="2", nome="Filial")
    Vinculo.objects.create(usuario=ana, empresa=outra)
    assert set(pessoas_geridas_por(davi)) == {davi, carla}


def test_estados_da_pessoa_e_o_filtro_dizem_o_mesmo(empresa, davi):
    sem_email = Usuario.objects.create_user(nome="Do Arquivo")
    convidada = Usuario.objects.create_user("nova@exemplo.test", nome="Nova")
    saiu = pronta("Saiu Daqui", empresa)
    desativar(pessoa=saiu, por=davi)
    esperado = {"sem_acesso": sem_email, "convidada": convidada, "ativa": davi, "desativada": saiu}
    for estado, pessoa in esperado.items():
        pessoa.refresh_from_db()
        assert estado_de(pessoa) == estado
        assert list(por_estado(Usuario.objects.all(), estado)) == [pessoa]
    assert por_estado(Usuario.objects.all(), "inventado").count() == 4


def test_convidar_de_novo_caduca_o_enlace_anterior(davi):
    pessoa = Usuario.objects.create_user("nova@exemplo.test", nome="Nova")
    primeira = preparar_convite(pessoa=pessoa, por=davi).password
    assert preparar_convite(pessoa=pessoa, por=davi).password != primeira


def test_nao_se_convida_quem_ja_entra_nem_quem_nao_tem_email_nem_quem_saiu(davi, ana, carla):
    with pytest.raises(Recusada, match="já entra"):
        preparar_convite(pessoa=ana, por=davi)
    with pytest.raises(Recusada, match="Informe o e-mail"):
        preparar_convite(pessoa=Usuario.objects.create_user(nome="Do Arquivo"), por=davi)
    desativar(pessoa=carla, por=davi)
    with pytest.raises(Recusada, match="Reative"):
        preparar_convite(pessoa=carla, por=davi)


def test_desativar_e_reativar_so_uma_vez_e_nunca_a_si_mesmo(davi, ana):
    desativar(pessoa=ana, por=davi)
    with pytest.raises(Recusada, match="já está desativada"):
        desativar(pessoa=ana, por=davi)
    assert reativar(pessoa=ana, por=davi).is_active
    with pytest.raises(Recusada, match="já está ativa"):
        reativar(pessoa=ana, por=davi)
    with pytest.raises(Recusada, match="desativar a si mesmo"):
        desativar(pessoa=davi, por=davi)


def test_perfil_muda_o_nome_e_ignora_o_papel(ana):
    editar_perfil(pessoa=ana, dados={"nome": "Ana S. Lima", "papel": Papel.ADMIN})
    ana.refresh_from_db()
    assert (ana.nome, ana.nome_chave, ana.papel) == ("Ana S. Lima", "ana s. lima", Papel.VENDEDOR)
    editar_perfil(pessoa=ana, dados={"telefone": "47 3555-0100"})
    assert RegistroDeAuditoria.objects.filter(acao="mudar o próprio nome").count() == 1
