"""Só um começo vence, e cada passo fica guardado."""

import pytest

from contas.models import Empresa, Instalacao, Papel, Usuario
from contas.pessoas import Recusada
from contas.primeiros_passos import (
    concluir,
    criar_primeiro_admin,
    instalacao_sem_ninguem,
    nomear_empresa,
    primeira_empresa,
)

pytestmark = pytest.mark.django_db
SENHA = "uma frase bem longa"


def test_o_primeiro_administrador_recebe_todas_as_empresas(empresa):
    pessoa = criar_primeiro_admin(nome="Ana  Prado", email="ANA@exemplo.test", senha=SENHA)
    assert (pessoa.nome, pessoa.email, pessoa.papel) == ("Ana Prado", "ana@exemplo.test", Papel.ADMIN)
    assert list(pessoa.empresas.all()) == [empresa]
    assert pessoa.check_password(SENHA)
    assert not instalacao_sem_ninguem()


def test_o_segundo_administrador_e_recusado():
    criar_primeiro_admin(nome="Ana", email="ana@exemplo.test", senha=SENHA)
    with pytest.raises(Recusada, match="já tem administrador"):
        criar_primeiro_admin(nome="Intrusa", email="intrusa@exemplo.test", senha=SENHA)
    assert Usuario.objects.count() == 1


def test_vendedor_que_veio_de_um_arquivo_nao_fecha_os_primeiros_passos():
    Usuario.objects.create_user(nome="Do Arquivo")
    assert instalacao_sem_ninguem()


def test_nomear_a_empresa_duas_vezes_guarda_a_ultima(empresa):
    nomear_empresa(nome="Aurora", codigo="10", por=None)
    nomear_empresa(nome="Aurora Ltda", codigo="10", por=None)
    nomear_empresa(nome="Aurora Ltda", codigo="10", por=None)
    empresa.refresh_from_db()
    assert (empresa.nome, empresa.codigo) == ("Aurora Ltda", "10")


def test_codigo_de_outra_empresa_e_recusado():
    Empresa.objects.create(codigo="2", nome="Filial")
    with pytest.raises(Recusada, match="Já existe uma empresa"):
        nomear_empresa(nome="Aurora", codigo="2", por=None)


def test_sem_empresa_nenhuma_nasce_uma():
    Empresa.objects.all().delete()
    assert primeira_empresa().codigo == "1"


def test_concluir_e_idempotente(davi):
    concluir(por=davi)
    concluir(por=davi)
    assert Instalacao.atual().assistente_concluido
