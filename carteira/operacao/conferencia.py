"""A conferência inteira, numa leitura só: todas as verificações veem o mesmo instante, e nenhuma escreve nada."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from django.db import DatabaseError, connection, transaction

from carteira.operacao.verificacao import Pedido, Verificacao
from carteira.operacao.verificacoes import SALAS, TODAS


@dataclass(slots=True)
class Resultado:
    """O que uma verificação achou; `erro` é a própria verificação que não pôde ser feita."""

    verificacao: Verificacao
    sala: str
    achados: int = 0
    exemplos: list[str] = field(default_factory=list)
    notas: list[str] = field(default_factory=list)
    ms: int = 0
    erro: str = ""

    @property
    def reprova(self) -> bool:
        return bool(self.erro or (self.achados and self.verificacao.grave))

    @property
    def estado(self) -> str:
        if self.erro:
            return "não conferido"
        if not self.achados:
            return "certo"
        return "errado" if self.verificacao.grave else "a cuidar"

    def como_dicionario(self) -> dict[str, Any]:
        dados = {nome: valor for nome, valor in asdict(self).items() if nome not in {"verificacao", "sala"}}
        v = self.verificacao
        dita = {"nome": v.nome, "sala": self.sala, "verdade": v.verdade, "grave": v.grave}
        return dita | {"estado": self.estado} | dados | ({"fazer": v.fazer} if self.estado != "certo" else {})


def conferir(pedido: Pedido, nomes: Iterable[str] = ()) -> Iterator[Resultado]:
    """Uma por uma, na ordem das salas; só as de `nomes`, se ditos."""
    escolhidas = set(nomes) or set(TODAS)
    with so_leitura():
        for sala, verificacoes in SALAS.items():
            for verificacao in verificacoes:
                if verificacao.nome in escolhidas:
                    yield _uma(verificacao, sala, pedido)


def _uma(verificacao: Verificacao, sala: str, pedido: Pedido) -> Resultado:
    resultado = Resultado(verificacao, sala)
    inicio, pedido.notas = time.monotonic(), []
    try:
        with transaction.atomic():
            resultado.achados, resultado.exemplos = verificacao.achar(pedido)
    except (DatabaseError, OSError) as erro:
        resultado.erro = f"{type(erro).__name__}: {erro}".strip()[:500]
    resultado.notas, resultado.ms = pedido.notas, int((time.monotonic() - inicio) * 1000)
    return resultado


@contextmanager
def so_leitura() -> Iterator[None]:
    """O banco recusa qualquer escrita. Dentro de outra transação, só não há a leitura repetível."""
    aninhada = connection.in_atomic_block
    with transaction.atomic():
        with connection.cursor() as cursor:
            modo = "READ ONLY" if aninhada else "ISOLATION LEVEL REPEATABLE READ, READ ONLY"
            cursor.execute(f"SET TRANSACTION {modo}")
            # contas inteiras sobre tabelas grandes: arranjos em memória, e sem o custo de compilar cada consulta
            cursor.execute("SET LOCAL work_mem = '64MB'")
            cursor.execute("SET LOCAL jit = off")
        yield
