"""`chamar("ler")` com um token de verdade: os testes da API entram por onde um programa entraria."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from carteira.wsgi import application
from contas.models import Usuario
from contas.tokens import criar_token


def com_token(pessoa: Usuario, *escopos: str) -> Client:
    """Um cliente HTTP com um token novo da pessoa."""
    escopos = escopos or ("ler", "escrever", "lote")
    _, segredo = criar_token(pessoa=pessoa, nome="ERP", escopos=escopos, dias=30)
    return Client(headers={"authorization": f"Bearer {segredo}"})


@pytest.fixture
def token() -> Any:
    """`token(pessoa, "ler")` devolve um Client que se identifica só pelo token."""
    return com_token


@pytest.fixture
def aplicacao() -> Iterator[Any]:
    """A aplicação WSGI, para quem fala HTTP de verdade sem rede; a conexão fica na transação do teste."""
    sinais = (request_started, request_finished)
    for sinal in sinais:
        sinal.disconnect(close_old_connections)
    yield application
    for sinal in sinais:
        sinal.connect(close_old_connections)
