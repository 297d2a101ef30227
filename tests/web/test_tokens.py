"""A página dos tokens: o segredo aparece uma vez, revogar vale na hora, e cada um só mexe no que é seu."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from contas.models import RegistroDeAuditoria, TokenDaApi
from contas.tokens import MAXIMO_POR_PESSOA, criar_token

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
MEUS = "/perfil/tokens/"
DADOS = {"nome": "  ERP   da matriz ", "escopos": ["lote", "ler"], "dias": "90"}


def segredo_de(pagina: str) -> str:
    achado = re.search(r'id="segredo"[^>]*value="(ctr_[0-9a-f]+)"', pagina)
    assert achado
    return achado[1]


def test_o_segredo_aparece_uma_vez_e_serve_para_entrar(ana: Any, entrar: Any) -> None:
    navegador = entrar(ana)
    resposta = navegador.post(MEUS, DADOS)
    assert "no-store" in resposta["Cache-Control"]
    segredo = segredo_de(resposta.content.decode())
    token = TokenDaApi.objects.get()
    assert (token.nome, token.escopos, token.user) == ("ERP da matriz", ["ler", "lote"], ana)
    assert token.expiry == timezone.now() + timedelta(days=90)
    depois = navegador.get(MEUS).content.decode()
    assert segredo not in depois
    assert token.comeco in depois
    chamador = Client(headers={"authorization": f"Bearer {segredo}"})
    assert chamador.get("/api/v1/clientes/").status_code == 200
    assert "20/11/2026 09:00" in navegador.get(MEUS).content.decode()


@pytest.mark.parametrize("falta", ["nome", "escopos", "dias"])
def test_sem_dizer_tudo_nada_se_cria(falta: str, ana: Any, entrar: Any) -> None:
    resposta = entrar(ana).post(MEUS, {k: v for k, v in DADOS.items() if k != falta})
    assert (resposta.status_code, TokenDaApi.objects.count()) == (422, 0)
    assert entrar(ana).post(MEUS, DADOS | {"dias": "9999"}).status_code == 422


def test_quem_tem_tokens_demais_revoga_antes(ana: Any, entrar: Any) -> None:
    for n in range(MAXIMO_POR_PESSOA):
        criar_token(pessoa=ana, nome=f"T{n}", escopos=["ler"], dias=1)
    resposta = entrar(ana).post(MEUS, DADOS)
    assert resposta.status_code == 422
    assert f"Você já tem {MAXIMO_POR_PESSOA} tokens valendo" in resposta.content.decode()


def test_a_propria_pessoa_revoga_e_o_programa_deixa_de_entrar(ana: Any, entrar: Any) -> None:
    token, segredo = criar_token(pessoa=ana, nome="ERP", escopos=["ler"], dias=30)
    navegador, chamador = entrar(ana), Client(headers={"authorization": f"Bearer {segredo}"})
    assert chamador.get("/api/v1/avisos/").status_code == 200
    pergunta = navegador.get(f"{MEUS}{token.pk}/revogar/").content.decode()
    assert "Revogar ERP?" in pergunta
    assert TokenDaApi.objects.get().vale
    assert navegador.post(f"{MEUS}{token.pk}/revogar/")["Location"] == MEUS
    assert chamador.get("/api/v1/avisos/").status_code == 401
    assert "Nenhum token valendo" in navegador.get(MEUS).content.decode()
    assert "revogado" in navegador.get(f"{MEUS}?ver=sem_valor").content.decode()


def test_o_administrador_ve_e_revoga_os_de_todos_e_o_gestor_so_os_seus(
    ana: Any, bruno: Any, davi: Any, entrar: Any
) -> None:
    token, _ = criar_token(pessoa=ana, nome="Planilha da Ana", escopos=["ler"], dias=30)
    alheio = f"{MEUS}{token.pk}/revogar/"
    assert entrar(bruno).get("/pessoas/tokens/").status_code == 403
    assert entrar(bruno).post(alheio).status_code == 404
    de_todos = entrar(davi).get("/pessoas/tokens/").content.decode()
    assert "Planilha da Ana" in de_todos
    assert "Ana Souza" in de_todos
    assert "Planilha da Ana" not in entrar(davi).get(MEUS).content.decode()
    assert entrar(davi).post(alheio)["Location"] == "/pessoas/tokens/"
    token.refresh_from_db()
    assert (token.vale, token.revogado_por) == (False, davi)
    registro = RegistroDeAuditoria.objects.get(acao="token.revogar")
    assert (registro.por, registro.objeto) == (davi, "Planilha da Ana, de Ana Souza")
    assert ", por Davi Rocha" in entrar(ana).get(f"{MEUS}?ver=sem_valor").content.decode()


def test_a_referencia_pede_entrada_e_so_usa_arquivos_da_casa(ana: Any, client: Any, entrar: Any) -> None:
    assert client.get("/api/v1/docs/")["Location"].startswith("/entrar/")
    pagina = entrar(ana).get("/api/v1/docs/").content.decode()
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', pagina)
    assert not re.search(r"<script(?![^>]* src=)|<style| style=", pagina)
