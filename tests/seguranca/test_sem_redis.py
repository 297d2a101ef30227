"""Com o Redis fora do ar as páginas abrem, a entrada funciona, o que se grava se grava, e nenhum limite se abre."""

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from carteira import codigo_inicial
from carteira.chaves_de_acesso import ChaveRecusada, _abrir, _assinar
from clientes.calendario import gerar_calendario
from clientes.models import Contato, Ocorrencia
from contas.models import RegistroDeAuditoria, Usuario
from notificacoes.models import Mensagem
from tests.api.conftest import com_token
from tests.conftest import SENHA
from tests.seguranca.test_por_pessoa import atacar, tentar
from tests.web.test_dois_passos import codigo as do_aplicativo
from tests.web.test_dois_passos import com_a_senha, com_totp, entrou  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _sem_redis(settings: Any, _cache_limpo: None) -> Any:
    """Ninguém atende nesta porta."""
    antes = settings.CACHES
    settings.CACHES = {"default": antes["default"] | {"LOCATION": "redis://127.0.0.1:1/0"}}
    yield
    settings.CACHES = antes


def test_paginas_entrada_e_gestos_funcionam(ana: Any, novo_cliente: Any, hoje: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("carteira.tasks.tocar", lambda *a: None)
    assert cache.get("nada", "reserva") == "reserva"
    assert not cache.add("uma vez", 1)
    cliente, navegador = novo_cliente("C1", vendedor=ana), Client()
    assert navegador.get("/entrar/").status_code == 200
    errada = navegador.post("/entrar/", {"username": ana.email, "password": "errada"})
    assert errada.status_code == 200
    assert navegador.post("/entrar/", {"username": ana.email, "password": SENHA}).status_code == 302
    for caminho in ("/clientes/", f"/clientes/{cliente.pk}/", "/avisos/", "/perfil/"):
        assert navegador.get(caminho).status_code == 200, caminho
    dados = {"canal": "ligacao", "ocorrencia": Ocorrencia.objects.filter(pede_objecao=False).first().pk}
    chave = "6f1b7a52-8d0c-4a0e-9a41-3f8b1c2d7e90"
    assert navegador.post(f"/clientes/{cliente.pk}/contato/", {**dados, "chave": chave}).status_code == 302
    assert Contato.objects.count() == 1


def test_a_entrada_continua_limitada_por_pessoa_e_a_falha_se_anota_uma_vez(ana: Usuario) -> None:
    atacar(ana.email)
    assert tentar(ana.email, SENHA).status_code == 429
    assert RegistroDeAuditoria.objects.filter(acao="falha ao entrar").count() == 1


def test_o_codigo_do_aplicativo_continua_com_oito_erros(com_totp: Usuario, hoje: Any) -> None:  # noqa: F811
    for _ in range(8):
        assert com_a_senha(com_totp).post("/entrar/codigo/", {"codigo": "000000"}).status_code == 422
    barrado = com_a_senha(com_totp)
    assert barrado.post("/entrar/codigo/", {"codigo": do_aplicativo()})["Location"] == "/entrar/"
    assert not entrou(barrado)


def test_o_enlace_de_desbloqueio_e_o_desafio_da_chave_servem_uma_vez(ana: Usuario) -> None:
    atacar(ana.email)
    for _ in range(2):  # o segundo pedido não manda outra mensagem
        Client().post("/desbloquear/", {"email": ana.email})
    caminho = re.search(r"(/desbloquear/\S+)", Mensagem.objects.get(pessoa=ana).texto)[1]
    assert [Client().post(caminho).status_code for _ in range(2)] == [302, 410]
    dado = _assinar("entrar", {}, {"challenge": "x"}, None) | {"credencial": {"id": "x"}}
    assert _abrir("entrar", dado, None)
    with pytest.raises(ChaveRecusada):
        _abrir("entrar", dado, None)


def test_a_api_continua_a_dizer_429_e_o_codigo_inicial_a_parar(ana: Usuario, settings: Any) -> None:
    settings.API_POR_MINUTO = settings.API_POR_MINUTO | {"ler": 3}
    chamador = com_token(ana, "ler")
    codigos = [chamador.get("/api/v1/empresas/").status_code for _ in range(5)]
    assert codigos == [200, 200, 200, 429, 429]
    for _ in range(20):
        assert not codigo_inicial.confere("errado")
    assert codigo_inicial.demais()


def test_a_leitura_do_calendario_se_anota_uma_vez_por_dia(ana: Usuario) -> None:
    chave = gerar_calendario(pessoa=ana)
    for _ in range(3):
        assert Client().get(f"/calendario/{chave}.ics").status_code == 200
    assert RegistroDeAuditoria.objects.filter(acao="exportar agenda pelo calendário").count() == 1
