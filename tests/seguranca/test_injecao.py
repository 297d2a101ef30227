"""O que se escreve no endereço: nem SQL, nem número que não cabe, nem data que não existe quebram ou mudam a lista."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.web.decisoes import DECISOES, recusada_por_papel
from tests.web.paginas_abertas import TODOS, ParametrosAnotados

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hoje")]
# A página que percorre todos os parâmetros lê os que conhece; estes são os de lista.
DE_LISTA = (
    "q",
    "ordem",
    "apos",
    "pagina",
    "por",
    "empresa",
    "vendedor",
    "equipe",
    "segmento",
    "uf",
    "status",
    "e",
    "de",
    "ate",
    "data",
    "dono",
    "agrupar",
    "formato",
    "colunas",
    "visao",
    "ver",
    "mes",
    "dias",
    "valor_min",
)
PEDACOS = {
    "sql": "-(SELECT password FROM contas_usuario LIMIT 1)'\"; SELECT pg_sleep(30); --\\%s{0}${jndi:x}<xss>",
    "numero": "9" * 30,
    "fracao": "-1e999",
    "data": "0000-13-99",
    "algarismo": "²",
}


def ler(navegador: Client, rota: str, rodada: dict[str, str]) -> tuple[int, set[str]]:
    """O código, e os parâmetros que a página leu deste pedido."""
    caminho = f"/{rota}?{urlencode(rodada)}"
    with pytest.MonkeyPatch.context() as trocas:
        trocas.setattr("django.core.handlers.wsgi.QueryDict", ParametrosAnotados)
        trocas.setattr(ParametrosAnotados, "lidos", lidos := set())
        resposta = navegador.get(caminho)
        b"".join(resposta.streaming_content) if resposta.streaming else resposta.content
    assert resposta.status_code in {200, 204, 302, 400, 403, 404, 405, 422}, (caminho, resposta.status_code)
    return resposta.status_code, lidos - {"csrfmiddlewaretoken"}


def _de_lista(davi: Any) -> list[str]:
    rotas = [r for r, d in DECISOES.items() if not d.alvos and not recusada_por_papel(r, "davi", davi)]
    return sorted(set(rotas) - {"sair/"})


@pytest.fixture
def navegador(davi: Any, novo_cliente: Any, entrar: Any, monkeypatch: pytest.MonkeyPatch) -> Client:
    # Aqui só se vê se a página se faz: guardar o contexto de cada pedaço dela só custaria tempo.
    monkeypatch.setattr("django.test.client.store_rendered_templates", lambda *a, **k: None)
    novo_cliente("C1", vendedor=davi)
    entrou = entrar(davi)
    entrou.get("/clientes/")
    return entrou


def _com_sql(navegador: Client, rota: str, nomes: set[str]) -> tuple[set[str], set[str]]:
    """Os parâmetros que a página lê e, deles, os que já levaram o pedaço de SQL numa página que se fez.

    A que recusa o pedido ao ler um deles não chegou aos outros: sem parâmetros, diz todos.
    """
    codigo, lidos = ler(navegador, rota, dict.fromkeys(sorted(nomes), PEDACOS["sql"]))
    if codigo != 200 and lidos:
        lidos, nomes = lidos | ler(navegador, rota, {})[1], set()
    return lidos - {TODOS} | ({*DE_LISTA} if TODOS in lidos else set()), nomes


def test_pedaco_de_sql_num_parametro_nao_muda_a_pagina_nem_a_quebra(davi: Any, navegador: Client) -> None:
    """Em cada lista, cada parâmetro que ela lê, com o SQL e um dos outros pedaços; todos, na resistência.

    O primeiro pedido leva os parâmetros que as listas de antes leram, e diz quais são os desta. A empresa que não
    existe se recusa à porta, e por isso vai só. Um erro do banco chegaria aqui como exceção.
    """
    conhecidos, provados, pedacos = {*DE_LISTA} - {"empresa"}, 0, list(PEDACOS.values())
    for vez, rota in enumerate(_de_lista(davi)):
        lidos, com_sql = _com_sql(navegador, rota, conhecidos)
        if novos := lidos - com_sql - {"empresa"}:
            ler(navegador, rota, dict.fromkeys(sorted(novos), PEDACOS["sql"]))
        if outros := sorted(lidos - {"empresa"}):
            ler(navegador, rota, {nome: pedacos[1 + k % 4] for k, nome in enumerate(outros, vez)})
        if "empresa" in lidos:
            ler(navegador, rota, {"empresa": pedacos[vez % 5]})
        conhecidos |= {*outros}
        provados += 2 * len(lidos)
    assert provados > 500


@pytest.mark.resistencia
def test_cada_pedaco_em_cada_parametro(davi: Any, navegador: Client) -> None:
    provados = 0
    for rota in _de_lista(davi):
        lidos = ler(navegador, rota, {})[1]
        nomes = sorted(lidos - {TODOS}) + [n for n in DE_LISTA if TODOS in lidos and n not in lidos]
        for pedaco in PEDACOS.values() if nomes else ():
            ler(navegador, rota, dict.fromkeys(nomes, pedaco))
            provados += len(nomes)
    assert provados > 500


def test_o_caractere_nulo_e_recusado_antes_do_banco(ana: Any, entrar: Any) -> None:
    navegador = entrar(ana)
    for caminho in (
        "/clientes/?q=a%00b",
        "/um-clique/a%00b/",
        "/calendario/a%00.ics",
        "/descadastrar/a%00b/",
    ):
        resposta = navegador.get(caminho)
        assert resposta.status_code == 400, caminho
        assert not re.search(r"Traceback|psycopg", resposta.content.decode())
