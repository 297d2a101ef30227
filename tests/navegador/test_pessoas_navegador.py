"""Pessoas, equipes, perfil, auditoria e primeiros passos como se veem, nas duas larguras e nos dois temas."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from carteira.codigo_inicial import codigo
from carteira.demo.criacao import criar
from contas.models import Equipe, Instalacao, Usuario
from tests.conftest import HOJE
from tests.navegador.conftest import problemas

pytestmark = [pytest.mark.navegador, pytest.mark.django_db(transaction=True)]
Abrir = Callable[..., Page]


@pytest.fixture
def admin(settings: Any, tmp_path: Any) -> Usuario:
    settings.VAR_DIR = tmp_path
    criar(clientes=40, hoje=HOJE)
    return Usuario.objects.get(email="admin@alianca.example")


def enderecos() -> dict[str, str]:
    vendedora = Usuario.objects.get(email="externo@alianca.example").pk
    return {
        "pessoas": "/pessoas/",
        "pessoa-nova": "/pessoas/nova/",
        "pessoa": f"/pessoas/{vendedora}/",
        "desativar": f"/pessoas/{vendedora}/desativar/",
        "equipes": "/equipes/",
        "equipe": f"/equipes/{Equipe.objects.get(nome='Sul').pk}/",
        "perfil": "/perfil/",
        "auditoria": "/auditoria/",
        "sair-da-demo": "/demonstracao/sair/",
    }


def test_cada_tela_se_le_e_filtrar_pessoas_troca_so_a_lista_e_guarda_o_endereco(
    admin: Usuario, pagina: Abrir, live_server: Any
) -> None:
    aba, achados = pagina(admin), {}
    for nome, endereco in enderecos().items():
        resposta = aba.goto(live_server.url + endereco)
        assert resposta is not None
        assert resposta.status == 200, endereco
        achados |= problemas(aba, nome)
    assert achados == {}
    aba.goto(live_server.url + "/pessoas/")
    aba.select_option("#filtro-papel", "gestor")
    aba.wait_for_url("**papel=gestor**")
    expect(aba.get_by_text("Patrícia Amorim")).to_have_count(0)
    expect(aba.get_by_text("Roberto Sandri")).to_be_visible()


def test_os_primeiros_passos_do_codigo_a_entrada(db: None, pagina: Abrir, live_server: Any) -> None:
    aba = pagina(largura=390)
    aba.goto(live_server.url + "/")

    def conferir(nome: str) -> None:
        aba.wait_for_url(f"**/comecar/{nome}/" if nome != "codigo" else "**/comecar/")
        assert problemas(aba, f"comecar-{nome}", quais=(390, 1440)) == {}

    conferir("codigo")
    aba.fill("[name=codigo]", codigo())
    aba.click("button[type=submit]")
    conferir("empresa")
    aba.fill("[name=nome]", "Ferragens Aurora")
    aba.click("button[type=submit]")
    conferir("administrador")
    for campo, valor in {
        "nome": "Ana Prado",
        "email": "ana@aurora.test",
        "senha": "uma frase bem longa",
        "repetida": "uma frase bem longa",
    }.items():
        aba.fill(f"[name={campo}]", valor)
    aba.click("button[type=submit]")
    conferir("email")
    aba.click("text=Deixar para depois")
    conferir("dados")
    aba.click("button[value=depois]")
    aba.wait_for_url("**/clientes/**")
    assert Instalacao.atual().assistente_concluido
