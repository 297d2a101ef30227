"""Corre à parte, com um primário e uma réplica de verdade: que página lê de qual, e o que ela diz do atraso.

`python -m tests.replica_em_uso PASSO`: cada passo é um processo novo, como um web que acaba de nascer.
"""

import re
import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

import django

django.setup()

from django.db import connections  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import get_resolver  # noqa: E402

from carteira.replica import _e_de_leitura  # noqa: E402
from clientes.models import Cliente  # noqa: E402
from contas.models import Empresa, Papel, Usuario, Vinculo  # noqa: E402

EMAIL = "davi@exemplo.test"


def preparar() -> None:
    pessoa = Usuario.objects.create_user(EMAIL, "trocar-esta-senha-1", nome="Davi Rocha", papel=Papel.ADMIN)
    Vinculo.objects.create(usuario=pessoa, empresa=Empresa.objects.get(codigo="1"))
    criar()


def criar() -> None:
    empresa = Empresa.objects.get(codigo="1")
    n = Cliente.objects.count() + 1
    Cliente.objects.create(empresa=empresa, codigo=f"C{n}", razao_social=f"Cliente {n}")


def ver() -> None:
    """Imprime, da composição e da lista, quantas consultas foram à réplica e o que a página diz dela."""
    navegador = Client(SERVER_NAME="localhost")
    navegador.force_login(
        Usuario.objects.get(email=EMAIL), backend="django.contrib.auth.backends.ModelBackend"
    )
    for caminho in ("/composicao/", "/clientes/"):
        lidas: list[str] = []
        with connections["leitura"].execute_wrapper(partial(_anotar, lidas)):
            resposta = navegador.get(caminho)
        texto = resposta.content.decode()
        dito = (
            "atraso"
            if "s de atraso" in texto
            else "recusada"
            if "leu do banco principal" in texto
            else "nada"
        )
        # ligar-se e medir o atraso também perguntam à réplica, e não é ler dela
        leu = any("atividade_" in sql for sql in lidas)
        print(caminho, resposta.status_code, "replica" if leu else "primario", dito)


def tudo() -> None:
    """Cada página e planilha de relatório, lida até o fim: imprime o que ainda foi ler ao primário."""
    navegador = Client(SERVER_NAME="localhost")
    navegador.force_login(
        Usuario.objects.get(email=EMAIL), backend="django.contrib.auth.backends.ModelBackend"
    )
    vistas = 0
    for caminho in sorted(_de_leitura()):
        lidas: list[str] = []
        with connections["default"].execute_wrapper(partial(_anotar, lidas)):
            resposta = navegador.get(caminho, {"formato": "csv"})
            corpo = resposta.getvalue() if resposta.status_code == 200 else b""
        vistas += bool(corpo)
        for sql in lidas:
            if sql.startswith(("SELECT", "DECLARE", "WITH")) and re.search(r"\b(atividade|clientes)_", sql):
                print(caminho, sql[:300])
    print("vistas", "20 ou mais" if vistas >= 20 else vistas)


def _de_leitura() -> Iterator[str]:
    """Os endereços sem argumentos que `ReplicaMiddleware` manda à réplica."""
    for rota in get_resolver().url_patterns[-1].url_patterns:
        for folha in getattr(rota, "url_patterns", ()):
            caminho = f"/{rota.pattern}{folha.pattern}"
            if "<" not in caminho and _e_de_leitura(caminho):
                yield caminho


def _anotar(lidas: list[str], fazer: Any, sql: str, *resto: Any) -> Any:
    lidas.append(sql)
    return fazer(sql, *resto)


if __name__ == "__main__":
    {"preparar": preparar, "criar": criar, "ver": ver, "tudo": tudo}[sys.argv[1]]()
