"""A casca das páginas: quem vê o quê no menu, o frescor dos dados e o tema."""

from datetime import date
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from carteira.context_processors import instalacao, menu
from contas.models import Empresa, Instalacao, Usuario

pytestmark = pytest.mark.django_db


def _casca(pessoa: Usuario, caminho: str = "/", **cookies: str) -> str:
    pedido = RequestFactory().get(caminho)
    pedido.user = pessoa
    pedido.COOKIES |= cookies
    return render_to_string("base.html", {}, pedido)


def _contexto(pessoa: Usuario) -> dict[str, Any]:
    pedido = RequestFactory().get("/")
    pedido.user = pessoa
    return menu(pedido) | instalacao(pedido)


def test_pagina_de_entrar_abre_sem_sessao(davi: Usuario) -> None:
    pagina = Client().get("/entrar/")
    assert pagina.status_code == 200
    assert "Esqueci a senha" in pagina.content.decode()


def test_erro_de_senha_fica_ligado_ao_formulario(davi: Usuario) -> None:
    pagina = Client().post("/entrar/", {"username": "davi@exemplo.test", "password": "errada"})
    assert 'role="alert"' in pagina.content.decode()
    assert 'value="davi@exemplo.test"' in pagina.content.decode()


def test_vendedor_nao_ve_administracao_no_menu(ana: Usuario, davi: Usuario) -> None:
    assert "Administração" not in _casca(ana)
    titulos = [grupo["titulo"] for grupo in _contexto(ana)["menu"]]
    assert "Administração" not in titulos


def test_tema_do_cookie_vai_no_html_e_valor_estranho_e_ignorado(ana: Usuario) -> None:
    assert 'data-tema="escuro"' in _casca(ana, tema="escuro")
    assert "data-tema=" not in _casca(ana, tema='"><script>').split("<head>")[0]


def test_casca_mostra_ate_quando_vao_os_pedidos(ana: Usuario, empresa: Empresa, hoje: date) -> None:
    Empresa.objects.update(referencia=date(2026, 11, 19), pedidos_ate=date(2026, 11, 18))
    pagina = _casca(ana)
    assert "Pedidos até 18/11 · carteira de 19/11" in pagina
    assert "pararam de chegar" not in pagina


def test_pedidos_parados_avisam_em_toda_pagina(ana: Usuario, empresa: Empresa, hoje: date) -> None:
    Empresa.objects.update(referencia=date(2026, 11, 10), pedidos_ate=date(2026, 11, 9))
    assert "Os pedidos pararam de chegar" in _casca(ana)


def test_consulta_ao_passado_tem_faixa_com_a_data(ana: Usuario, empresa: Empresa, hoje: date) -> None:
    Empresa.objects.update(referencia=date(2025, 3, 1), pedidos_ate=date(2025, 2, 28), consulta_passada=True)
    pagina = _casca(ana)
    assert "Você está vendo 01/03/2025." in pagina
    assert "pararam de chegar" not in pagina


def test_demonstracao_e_dita_em_toda_pagina(ana: Usuario) -> None:
    Instalacao.objects.update_or_create(pk=1, defaults={"demo": True})
    assert "Demonstração." in _casca(ana)


def test_nome_de_pessoa_vindo_de_arquivo_e_escapado(ana: Usuario) -> None:
    ana.nome = "<img src=x>"
    assert "<img src=x>" not in _casca(ana)


def test_equipes_acendem_o_mesmo_lugar_do_menu_que_pessoas(davi: Usuario) -> None:
    pedido = RequestFactory().get("/equipes/")
    pedido.user = davi
    acesos = [i["nome"] for g in menu(pedido)["menu"] for i in g["itens"] if i["atual"]]
    assert acesos == ["Pessoas e equipes"]


def test_barra_de_baixo_tem_ate_quatro_lugares(davi: Usuario) -> None:
    assert 1 <= len(_contexto(davi)["barra_de_baixo"]) <= 4
