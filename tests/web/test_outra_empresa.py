"""O administrador de uma empresa não lê, não conta nem desfaz o que é de outra; quem cobre férias vê só nesses dias."""

from datetime import datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from contas.auditoria import registrar
from contas.models import Cobertura, Empresa, Papel, Vinculo
from notificacoes.models import Mensagem
from tests.conftest import SAO_PAULO, criar_pessoa, por_na_equipe
from tests.web.test_configurar_atividade import HOJE, calcular, texto

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


def test_mensagem_de_quem_ja_nao_e_de_empresa_nenhuma_so_le_quem_administra_todas(
    davi: Any, edu: Any, filial: Empresa, entrar: Any
) -> None:
    saiu = criar_pessoa("Rita Melo", filial)
    Mensagem.objects.create(
        tipo="resumo_diario", chave="x", pessoa=saiu, para=saiu.email, assunto="Clientes da filial", texto="…",
        message_id="<x@x>", estado="enviada", proxima_tentativa_em=timezone.now(),
    )  # fmt: skip
    saiu.vinculos.all().delete()
    for admin in (davi, edu):
        assert "Clientes da filial" not in texto(entrar(admin).get("/mensagens/"))
    Vinculo.objects.create(usuario=davi, empresa=filial)
    assert "Clientes da filial" in texto(entrar(davi).get("/mensagens/"))


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


def test_quem_cobre_ferias_ve_a_carteira_coberta_so_nesses_dias(
    ana: Any, carla: Any, empresa: Empresa, entrar: Any, novo_cliente: Any
) -> None:
    compras = [(HOJE - timedelta(days=d), "100") for d in (100, 70, 2)]
    da_carla = novo_cliente("C1", vendedor=carla, compras=compras)
    calcular(empresa)
    navegador, ficha = entrar(ana), f"/clientes/{da_carla.pk}/"
    paginas = ("/clientes/", "/composicao/clientes/?data=2026-10-31")

    def vistos() -> tuple[int, list[bool], int]:
        citam = ["Cliente C1" in texto(navegador.get(p)) for p in paginas]
        ciclo = navegador.get("/ciclo-de-compra/?modo=compra").context["clientes_com_compra"]
        return navegador.get(ficha).status_code, citam, ciclo

    assert vistos() == (404, [False, False], 0)
    Cobertura.objects.create(ausente=carla, substituto=ana, periodo=DateRange(HOJE, HOJE + timedelta(days=1)))
    assert vistos() == (200, [True, True], 1)
    with time_machine.travel(datetime.combine(HOJE + timedelta(days=1), time(9), SAO_PAULO), tick=False):
        navegador = entrar(ana)
        assert vistos() == (404, [False, False], 0)
