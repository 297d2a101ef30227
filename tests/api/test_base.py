"""A base da API: quem entra, o que cada escopo deixa, e como se diz que não."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from carteira.ver_como import comecar
from clientes.models import Pedido
from contas.models import RegistroDeAuditoria, TokenDaApi
from contas.pessoas import desativar, reativar
from contas.tokens import criar_token, revogar

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
PEDIDOS = "/api/v1/pedidos/"


def problema(resposta: Any) -> dict[str, Any]:
    assert resposta["Content-Type"] == "application/problem+json"
    dito = resposta.json()
    assert dito["status"] == resposta.status_code
    assert dito["type"].startswith("urn:carteira:problema:")
    assert dito["title"]
    assert dito["detail"]
    return dito


def test_sem_token_e_401_com_o_desafio_sem_cookie_nem_redirecao(davi: Any) -> None:
    for cabecalhos in ({}, {"authorization": "Bearer ctr_nada"}, {"authorization": "Bearer"}):
        resposta = Client(headers=cabecalhos).get(PEDIDOS)
        assert (resposta.status_code, resposta["WWW-Authenticate"]) == (401, 'Bearer realm="Carteira"')
        assert problema(resposta)["type"] == "urn:carteira:problema:nao-autenticado"
        assert not resposta.cookies


def test_antes_de_haver_gente_a_api_tambem_responde_como_api(db: Any) -> None:
    assert Client().get(PEDIDOS).status_code == 401


def test_o_token_ve_o_que_a_pessoa_ve_e_nada_mais(
    ana: Any, carla: Any, novo_cliente: Any, token: Any
) -> None:
    novo_cliente("A1", vendedor=ana, compras=[(date(2026, 11, 1), "10.50")])
    novo_cliente("C1", vendedor=carla, compras=[(date(2026, 11, 2), "20")])
    resposta = token(ana, "ler").get(PEDIDOS)
    assert [(p["numero"], p["valor"]) for p in resposta.json()["resultados"]] == [("A1-1", "10.50")]
    assert not resposta.cookies
    alheio = Pedido.objects.get(numero="C1-1")
    assert problema(token(ana, "ler").get(f"{PEDIDOS}{alheio.pk}/"))["status"] == 404
    assert token(carla, "ler").get(f"{PEDIDOS}{alheio.pk}/").json()["cliente"]["codigo"] == "C1"


def test_o_segredo_nao_fica_no_banco_e_o_uso_se_anota_de_minuto_em_minuto(ana: Any) -> None:
    guardado, segredo = criar_token(pessoa=ana, nome="ERP", escopos=["ler"], dias=1)
    assert segredo.startswith("ctr_")
    linha = str(TokenDaApi.objects.values().get())
    assert segredo not in linha
    assert segredo[15:] not in linha
    chamador = Client(headers={"authorization": f"Bearer {segredo}"})
    chamador.get(PEDIDOS)
    guardado.refresh_from_db()
    assert guardado.usado_em is not None
    registro = RegistroDeAuditoria.objects.get(acao="token.criar")
    assert (registro.por, registro.depois["escopos"]) == (ana, ["ler"])


def test_vencido_revogado_e_de_quem_saiu_sao_o_mesmo_401(ana: Any, davi: Any, hoje: Any) -> None:
    def novo() -> tuple[TokenDaApi, Client]:
        guardado, segredo = criar_token(pessoa=ana, nome="ERP", escopos=["ler"], dias=1)
        return guardado, Client(headers={"authorization": f"Bearer {segredo}"})

    vencido, do_vencido = novo()
    revogado, do_revogado = novo()
    _, do_vivo = novo()
    TokenDaApi.objects.filter(pk=vencido.pk).update(expiry=vencido.expiry - timedelta(days=1))
    assert revogar(token=revogado, por=davi)
    assert not revogar(token=revogado, por=davi)
    assert [c.get(PEDIDOS).status_code for c in (do_vencido, do_revogado, do_vivo)] == [401, 401, 200]
    desativar(pessoa=ana, por=davi)
    assert do_vivo.get(PEDIDOS).status_code == 401
    reativar(pessoa=ana, por=davi)
    assert do_vivo.get(PEDIDOS).status_code == 401
    assert RegistroDeAuditoria.objects.get(acao="desativar pessoa").depois["tokens revogados"] == 2


def test_o_escopo_nunca_passa_do_papel_e_a_falta_dele_se_diz(ana: Any, token: Any) -> None:
    dito = problema(token(ana, "escrever").get(PEDIDOS))
    assert (dito["status"], "escopo “ler”" in dito["detail"]) == (403, True)
    assert problema(token(ana).get("/api/v1/rodadas/"))["status"] == 403


def test_a_sessao_do_navegador_le_e_quem_ve_como_outro_nao(bruno: Any, ana: Any, entrar: Any) -> None:
    navegador = entrar(bruno)
    assert navegador.get(PEDIDOS).status_code == 200
    sessao = navegador.session
    comecar(sessao, por=bruno, vendedor=ana)
    sessao.save()
    for resposta in (navegador.get(PEDIDOS), navegador.post(PEDIDOS)):
        assert "vendo como outra pessoa" in problema(resposta)["detail"]
        assert resposta.status_code == 403


def test_paginas_por_cursor_nao_pulam_nem_repetem(ana: Any, novo_cliente: Any, token: Any) -> None:
    dia = date(2026, 11, 1)
    novo_cliente("A1", vendedor=ana, compras=[(dia, "1")] * 7)
    chamador, vistos, url = token(ana), [], f"{PEDIDOS}?ordem=-data&por=3"
    while url:
        pagina = chamador.get(url).json()
        vistos += [p["numero"] for p in pagina["resultados"]]
        url = pagina["proxima"]
    assert vistos == [f"A1-{n}" for n in range(1, 8)]


@pytest.mark.parametrize(
    ("parametros", "campo"),
    [
        ("por=0", "por"),
        ("por=501", "por"),
        ("por=x", "por"),
        ("ordem=nada", "ordem"),
        ("apos=emendado", "apos"),
        ("situcao=faturado", "situcao"),
        ("situacao=voando", "situacao"),
        ("de=31/31/2026", "de"),
        ("conta=talvez", "conta"),
    ],
)
def test_parametro_que_nao_se_entende_e_400_e_diz_qual(
    parametros: str, campo: str, ana: Any, token: Any
) -> None:
    dito = problema(token(ana).get(f"{PEDIDOS}?{parametros}"))
    assert (dito["status"], list(dito["erros"])) == (400, [campo])


def test_o_mesmo_objeto_sem_mudanca_e_304(ana: Any, novo_cliente: Any, token: Any) -> None:
    novo_cliente("A1", vendedor=ana, compras=[(date(2026, 11, 1), "10.50")])
    pedido = Pedido.objects.get()
    chamador, url = token(ana), f"{PEDIDOS}{pedido.pk}/"
    primeira = chamador.get(url)
    de_novo = {"if-none-match": primeira["ETag"]}
    assert chamador.get(url, headers=de_novo).status_code == 304
    Pedido.objects.update(valor="11.00")
    outra = chamador.get(url, headers=de_novo)
    assert (outra.status_code, outra.json()["valor"]) == (200, "11.00")
    assert outra["ETag"] != primeira["ETag"]


def test_chamadas_demais_e_429_com_a_espera_e_por_token(ana: Any, token: Any, settings: Any) -> None:
    settings.API_POR_MINUTO = {"ler": 2, "escrever": 2, "lote": 2}
    um, outro = token(ana), token(ana)
    codigos = [um.get(PEDIDOS).status_code for _ in range(3)]
    assert codigos == [200, 200, 429]
    recusada = um.get(PEDIDOS)
    assert 1 <= int(recusada["Retry-After"]) <= 61
    assert problema(recusada)["type"] == "urn:carteira:problema:chamadas-demais"
    assert outro.get(PEDIDOS).status_code == 200


def test_endereco_que_nao_ha_metodo_errado_e_formato_errado_respondem_em_json(ana: Any, token: Any) -> None:
    chamador = token(ana)
    assert problema(chamador.get("/api/v1/nada/"))["status"] == 404
    assert problema(chamador.delete(PEDIDOS))["status"] == 405
    assert problema(chamador.get(PEDIDOS, headers={"accept": "application/xml"}))["status"] == 406
    com_numero = chamador.get("/api/v1/nada/", headers={"x-request-id": "abc-123"})
    assert problema(com_numero)["pedido"] == "abc-123"


def test_a_pagina_da_api_veste_o_tema_da_casa(davi: Any) -> None:
    """O escolhido vai no documento; sem escolha, vale o do aparelho."""
    navegador = Client()
    navegador.force_login(davi)
    assert b"data-tema" not in navegador.get("/api/v1/docs/").content
    navegador.cookies["tema"] = "escuro"
    pagina = navegador.get("/api/v1/docs/").content.decode()
    assert '<html lang="pt-BR" data-tema="escuro">' in pagina
    assert not re.findall(r"<script>|<style|\sstyle=|\son[a-z]+=", pagina)
