"""Um programa que manda lotes de pedidos, num processo à parte: sem Django, como um ERP."""

import http.client
import json
import os
import time
from typing import Any

POR_LOTE = 10_000
PRAZO = 120  # segundos até todos estarem prontos


def programa(
    largada: Any, fila: Any, porta: int, token: str, lotes: int, clientes: int, valor: float
) -> None:
    corpos = [_corpo(n, clientes, valor) for n in range(lotes)]
    ligacao = http.client.HTTPConnection("127.0.0.1", porta, timeout=300)
    largada.wait(PRAZO)
    cpu = time.process_time()
    for corpo in corpos:
        cabecalhos = {
            "Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson",
            "Idempotency-Key": os.urandom(8).hex(),
        }  # fmt: skip
        ligacao.request("POST", "/api/v1/pedidos/lote", corpo, cabecalhos)
        resposta = ligacao.getresponse()
        lido = resposta.read()
        if resposta.status != 200:
            fila.put(lido[:500].decode(errors="replace"))
            return
    fila.put(time.process_time() - cpu)


def _corpo(lote: int, clientes: int, valor: float) -> bytes:
    linhas = (
        {
            "numero": f"{lote * POR_LOTE + n}", "cliente_codigo": f"C{(lote * 7919 + n * 31) % clientes}",
            "data": f"2026-{n % 10 + 1:02d}-{n % 28 + 1:02d}", "valor": valor, "valor_sem_impostos": valor,
            "situacao": "faturado",
        }
        for n in range(POR_LOTE)
    )  # fmt: skip
    return "".join(json.dumps(linha) + "\n" for linha in linhas).encode()
