"""As pessoas do cliente: uma principal só, nome que não se repete, e quem sai fica na história."""

import pytest

from clientes.models import PessoaDeContato
from clientes.pessoas import PessoaInvalida, inativar, reativar, salvar
from contas.models import RegistroDeAuditoria
from tests.conftest import HOJE

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


@pytest.fixture
def cliente(ana, novo_cliente):
    return novo_cliente("C1", vendedor=ana)


def principais(cliente):
    return list(
        PessoaDeContato.objects.filter(cliente=cliente, principal=True).values_list("nome", flat=True)
    )


def test_a_nova_principal_toma_o_lugar_da_anterior(ana, cliente):
    salvar(cliente=cliente, por=ana, nome="Gisela", principal=True)
    salvar(cliente=cliente, por=ana, nome="Otto", principal=True)
    assert principais(cliente) == ["Otto"]


def test_telefone_se_guarda_na_forma_da_casa_e_salvar_diz_o_que_mudou(ana, cliente):
    pessoa, _ = salvar(cliente=cliente, por=ana, nome="Gisela", telefone="(47) 99922-0198")
    assert (pessoa.telefone, pessoa.verificada_em) == ("+5547999220198", HOJE)
    _, mudados = salvar(cliente=cliente, por=ana, pessoa=pessoa, nome="Gisela", papel="decisor")
    assert mudados == ["papel"]
    registro = RegistroDeAuditoria.objects.get(acao="editar pessoa de contato")
    assert (registro.antes, registro.depois) == ({"papel": "outro"}, {"papel": "decisor"})
    assert salvar(cliente=cliente, por=ana, pessoa=pessoa, papel="decisor")[1] == []
    assert RegistroDeAuditoria.objects.filter(acao="editar pessoa de contato").count() == 1


def test_o_que_veio_do_erp_fica_guardado_para_a_proxima_importacao(ana, cliente):
    pessoa = PessoaDeContato.objects.create(
        cliente=cliente, nome="Otto", cargo="Sócio", erp={"cargo": "Sócio"}
    )
    salvar(cliente=cliente, por=ana, pessoa=pessoa, cargo="Diretor")
    pessoa.refresh_from_db()
    assert (pessoa.cargo, pessoa.erp) == ("Diretor", {"cargo": "Sócio"})


def test_nome_repetido_sem_acento_se_recusa_e_o_inativo_se_reativa(ana, cliente):
    pessoa, _ = salvar(cliente=cliente, por=ana, nome="José Antônio")
    with pytest.raises(PessoaInvalida, match="Já há uma pessoa com este nome neste cliente"):
        salvar(cliente=cliente, por=ana, nome="JOSE ANTONIO")
    inativar(pessoa=pessoa, por=ana)
    with pytest.raises(PessoaInvalida, match="reative-a"):
        salvar(cliente=cliente, por=ana, nome="José Antônio")
    assert PessoaDeContato.objects.count() == 1
    assert reativar(pessoa=pessoa, por=ana) is True
    assert reativar(pessoa=pessoa, por=ana) is False


def test_inativa_nao_e_principal_nem_volta_a_ser_sem_que_se_diga(ana, cliente):
    gisela, _ = salvar(cliente=cliente, por=ana, nome="Gisela", principal=True)
    inativar(pessoa=gisela, por=ana)
    assert principais(cliente) == []
    salvar(cliente=cliente, por=ana, pessoa=gisela, principal=True)
    salvar(cliente=cliente, por=ana, nome="Otto", principal=True)
    reativar(pessoa=gisela, por=ana)
    assert principais(cliente) == ["Otto"]


def test_sem_nome_nada_se_grava(ana, cliente):
    with pytest.raises(PessoaInvalida, match="Escreva o nome"):
        salvar(cliente=cliente, por=ana, nome="   ", papel="decisor")
    assert not PessoaDeContato.objects.exists()
