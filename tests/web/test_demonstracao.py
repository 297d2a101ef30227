"""A demonstração vista de dentro: a faixa, e a saída que só quem administra acha. O que ela apaga se prova à parte."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
import time_machine
from django.test import override_settings

from carteira.demo.criacao import criar
from carteira.demo.saida import tabelas_da_demonstracao
from clientes.models import Cliente
from contas.models import Usuario
from tests.conftest import HOJE, SAO_PAULO
from tests.de_modulo import no_modulo

FRASE = "SAIR DA DEMONSTRAÇÃO"


@pytest.fixture(autouse=True)
def _var(tmp_path, settings):
    settings.VAR_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "arquivos"


@pytest.fixture(scope="module")
def _demo_do_modulo(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any) -> Iterator[None]:
    def _criar() -> None:
        manha = datetime(2026, 11, 20, 9, 0, tzinfo=SAO_PAULO)
        var = tmp_path_factory.mktemp("var")
        with override_settings(VAR_DIR=var), time_machine.travel(manha, tick=False):
            criar(clientes=30, hoje=HOJE)

    with no_modulo(django_db_blocker, _criar):
        yield


@pytest.fixture
def demo(db, _demo_do_modulo, hoje):
    """Criada uma vez: cada teste corre num ponto de retorno dentro dela."""


@pytest.fixture
def admin(demo, entrar):
    return entrar(Usuario.objects.get(email="admin@alianca.example"))


def test_sem_a_frase_nada_se_apaga(admin):
    assert FRASE in admin.get("/demonstracao/sair/").content.decode()
    resposta = admin.post("/demonstracao/sair/", {"frase": "sim"})
    assert resposta.status_code == 422
    assert Cliente.objects.count() == 30


def test_vendedor_e_gestor_nao_saem_da_demonstracao(demo, entrar):
    for email in ("gestor", "externo", "interno"):
        navegador = entrar(Usuario.objects.get(email=f"{email}@alianca.example"))
        assert navegador.post("/demonstracao/sair/", {"frase": FRASE}).status_code == 403
    assert Cliente.objects.count() == 30


@pytest.mark.django_db
def test_a_faixa_oferece_a_saida_so_ao_administrador(admin, entrar):
    assert "/demonstracao/sair/" in admin.get("/perfil/").content.decode()
    vendedor = entrar(Usuario.objects.get(email="externo@alianca.example"))
    html = vendedor.get("/perfil/").content.decode()
    assert "Demonstração." in html
    assert "/demonstracao/sair/" not in html


def test_as_tabelas_a_esvaziar_incluem_as_ligacoes_e_poupam_as_de_referencia():
    tabelas = tabelas_da_demonstracao()
    assert {"contas_equipe_gestores", "clientes_pedido", "django_session", "axes_accessattempt"} <= set(
        tabelas
    )
    assert not {"clientes_municipio", "clientes_ocorrencia", "contas_instalacao"} & set(tabelas)


@pytest.mark.parametrize(
    ("endereco", "frase"),
    [
        ("", "nenhum e-mail sai desta máquina"),
        ("smtp://correio.exemplo", "os e-mails saem pelo servidor configurado"),
    ],
)
def test_a_faixa_diz_a_verdade_sobre_os_emails(admin, settings, endereco, frase):
    settings.EMAIL_URL = endereco
    assert frase in admin.get("/perfil/").content.decode()
