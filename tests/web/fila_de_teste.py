"""Três clientes na fila de Ana, e o que as histórias da fila perguntam à resposta."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

from atividade.models import Status
from clientes.models import Cliente, Ocorrencia
from tests.conftest import HOJE
from tests.web.carteira_de_teste import indicar

HTMX = {"HX-Request": "true"}


def tres_na_fila(ana: Any, novo_cliente: Any) -> dict[str, Cliente]:
    """Três quase inativos, do que mais vale ao que menos: Aurora, Brasil e Central."""
    clientes = {}
    for codigo, nome, valor in (("C1", "Aurora", 9000), ("C2", "Brasil", 6000), ("C3", "Central", 3000)):
        cliente = novo_cliente(
            codigo,
            vendedor=ana,
            razao_social=nome,
            telefone=f"+55479992201{codigo[1]}8",
            email="x@exemplo.test",
        )
        indicar(cliente, HOJE - timedelta(days=80), status=Status.QUASE_INATIVO, valor_12m=Decimal(valor))
        clientes[nome] = cliente
    return clientes


def dados(**mudancas: Any) -> dict[str, Any]:
    """O formulário de um resultado, com outra chave a cada vez."""
    return {
        "canal": "ligacao",
        "ocorrencia": Ocorrencia.objects.get(nome="Vai pensar").pk,
        "observacao": "Confirma na segunda",
        "proximo": "",
        "chave": str(uuid.uuid4()),
        **mudancas,
    }


def em_atendimento(resposta: Any) -> str:
    return resposta.context["a"].cliente.nome if resposta.context.get("a") else ""
