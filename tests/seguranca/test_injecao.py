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


def ler(navegador: Client, caminho: str) -> set[str]:
    """Os parâmetros que a página leu deste pedido."""
    with pytest.MonkeyPatch.context() as trocas:
        trocas.setattr("django.core.handlers.wsgi.QueryDict", ParametrosAnotados)
        trocas.setattr(ParametrosAnotados, "lidos", lidos := set())
        resposta = navegador.get(caminho)
        b"".join(resposta.streaming_content) if resposta.streaming else resposta.content
    assert resposta.status_code in {200, 204, 302, 400, 403, 404, 405, 422}, (caminho, resposta.status_code)
    return lidos


def _rodadas(nomes: list[str], todas: bool) -> list[dict[str, str]]:
    """Cada parâmetro com cada pedaço; sem `todas`, com o de SQL, o número que não cabe e um dos outros três."""
    if todas:
        return [dict.fromkeys(nomes, pedaco) for pedaco in PEDACOS.values()]
    sql, numero, *outros = PEDACOS.values()
    um_dos_outros = {nome: outros[ordem % len(outros)] for ordem, nome in enumerate(nomes)}
    return [dict.fromkeys(nomes, sql), dict.fromkeys(nomes, numero), um_dos_outros]


def _injetar(davi: Any, novo_cliente: Any, entrar: Any, *, todas: bool) -> None:
    novo_cliente("C1", vendedor=davi)
    navegador = entrar(davi)
    navegador.get("/clientes/")
    rotas = [r for r, d in DECISOES.items() if not d.alvos and not recusada_por_papel(r, "davi", davi)]
    provados = 0
    for rota in sorted(set(rotas) - {"sair/"}):
        lidos = ler(navegador, f"/{rota}") - {"csrfmiddlewaretoken"}
        nomes = sorted(lidos - {TODOS}) + [n for n in DE_LISTA if TODOS in lidos and n not in lidos]
        if not nomes:
            continue
        for rodada in _rodadas(nomes, todas):
            ler(navegador, f"/{rota}?{urlencode(rodada)}")
            provados += len(nomes)
    assert provados > 500


def test_pedaco_de_sql_num_parametro_nao_muda_a_pagina_nem_a_quebra(
    davi: Any, novo_cliente: Any, entrar: Any
) -> None:
    """Em cada lista, cada parâmetro que ela lê; um erro do banco chegaria aqui como exceção."""
    _injetar(davi, novo_cliente, entrar, todas=False)


@pytest.mark.resistencia
def test_cada_pedaco_em_cada_parametro(davi: Any, novo_cliente: Any, entrar: Any) -> None:
    _injetar(davi, novo_cliente, entrar, todas=True)


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
