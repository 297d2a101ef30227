"""O administrador de uma empresa não lê, não conta nem desfaz o que é de outra."""

from typing import Any

import pytest
from django.utils import timezone

from contas.auditoria import registrar
from contas.models import Empresa, Papel
from notificacoes.models import Mensagem
from tests.conftest import criar_pessoa, por_na_equipe
from tests.web.test_configurar_atividade import texto

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]


@pytest.fixture
def filial() -> Empresa:
    return Empresa.objects.create(codigo="2", nome="Filial")


@pytest.fixture
def edu(filial: Empresa) -> Any:
    """Administra só a filial."""
    return criar_pessoa("Edu Reis", filial, Papel.ADMIN)


def test_auditoria_so_mostra_o_que_fez_quem_trabalha_nas_mesmas_empresas(
    davi: Any, edu: Any, entrar: Any
) -> None:
    registrar("exportar clientes", por=davi, objeto="CSV da matriz")
    registrar("importar arquivo", por=edu, objeto="pedidos da filial")
    registrar("entrada bloqueada", por=None, objeto="alguém")
    da_matriz = texto(entrar(davi).get("/auditoria/"))
    assert "CSV da matriz" in da_matriz
    assert "entrada bloqueada" in da_matriz
    assert "pedidos da filial" not in da_matriz
    assert "Edu Reis" not in da_matriz, "nem no filtro de pessoas"
    assert "pedidos da filial" not in texto(entrar(davi).get(f"/auditoria/?por={edu.pk}"))
    assert "pedidos da filial" in texto(entrar(edu).get("/auditoria/"))


def test_rotinas_contam_so_as_mensagens_que_a_pessoa_pode_abrir(davi: Any, edu: Any, entrar: Any) -> None:
    Mensagem.objects.create(
        tipo="resumo_diario", chave="x", pessoa=edu, para=edu.email, assunto="Resumo", texto="…",
        message_id="<x@x>", estado="incerto", proxima_tentativa_em=timezone.now(),
    )  # fmt: skip
    assert "mensagem incerta" not in texto(entrar(davi).get("/rotinas/"))
    assert "1 mensagem incerta" in texto(entrar(edu).get("/rotinas/"))


def test_equipe_conta_so_os_clientes_e_as_pessoas_das_empresas_do_administrador(
    davi: Any, ana: Any, sul: Any, filial: Empresa, entrar: Any, novo_cliente: Any
) -> None:
    rita = criar_pessoa("Rita Melo", filial)
    por_na_equipe(rita, sul)
    novo_cliente("C1", vendedor=ana)
    for n in range(3):
        novo_cliente(f"F{n}", vendedor=rita, empresa=filial)
    contexto = entrar(davi).get("/equipes/").context["equipes"].get()
    assert (contexto.membros, contexto.carteira, contexto.sem_vendedor) == (1, 1, None)
    pagina = texto(entrar(davi).get(f"/equipes/{sul.pk}/"))
    assert "Ana Souza" in pagina
    assert "Rita Melo" not in pagina


def test_renomear_a_equipe_nao_tira_o_gestor_que_o_administrador_nao_gere(
    davi: Any, bruno: Any, sul: Any, filial: Empresa, entrar: Any
) -> None:
    helio = criar_pessoa("Hélio Paz", filial, Papel.GESTOR)
    sul.gestores.add(helio)
    dados = {"nome": "Sul e Oeste", "gestores": [bruno.pk]}
    assert entrar(davi).post(f"/equipes/{sul.pk}/", dados).status_code == 302
    sul.refresh_from_db()
    assert sul.nome == "Sul e Oeste"
    assert set(sul.gestores.all()) == {bruno, helio}


def test_nome_de_equipe_so_a_quem_a_pode_filtrar(
    ana: Any, bruno: Any, lia: Any, norte: Any, entrar: Any
) -> None:
    for pessoa in (ana, bruno):
        assert "Norte" not in texto(entrar(pessoa).get(f"/clientes/?equipe={norte.pk}"))
    assert "Equipe Norte" in texto(entrar(lia).get(f"/clientes/?equipe={norte.pk}"))
