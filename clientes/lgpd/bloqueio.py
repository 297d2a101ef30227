"""Listas de bloqueio, como a Não Me Ligue: números e endereços que não se procuram, guardados só em resumo.

Incluir fecha o canal de quem já os tem; daí em diante um gatilho fecha o de quem passar a tê-los, venha de onde vier.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import connection, transaction

from clientes.models import Bloqueio, TipoDeBloqueio
from clientes.telefones import normalizar_telefone
from contas.auditoria import registrar
from contas.models import Usuario

MAXIMO_DE_LINHAS = 500_000
_LOTE = 10_000


class ListaRecusada(ValueError):
    """O que não se pôde ler, dito para quem enviou."""


@dataclass(frozen=True, slots=True)
class Inclusao:
    """O que uma lista fez: novos, já conhecidos, canais fechados e as linhas não entendidas."""

    novos: int
    repetidos: int
    fechados: int
    nao_entendidas: list[int]


def ler(conteudo: bytes) -> tuple[list[tuple[str, str]], list[int]]:
    """(tipo, valor) de cada linha, na primeira coluna que se entende, e os números das que não se entendem."""
    try:
        texto = conteudo.decode("utf-8-sig")
    except UnicodeDecodeError:
        texto = conteudo.decode("cp1252", "replace")
    achados: dict[tuple[str, str], None] = {}
    ruins: list[int] = []
    separador = ";" if ";" in texto[:2000] else ","
    for n, linha in enumerate(csv.reader(io.StringIO(texto), delimiter=separador), 1):
        if n > MAXIMO_DE_LINHAS:
            raise ListaRecusada("A lista passa de 500 mil linhas: divida-a e envie uma parte por vez.")
        if not any(celula.strip() for celula in linha):
            continue
        lido = next(filter(None, map(entender, linha)), None)
        if lido:
            achados[lido] = None
        elif n > 1:  # a primeira pode ser o cabeçalho
            ruins.append(n)
    return list(achados), ruins


def entender(celula: str) -> tuple[str, str] | None:
    texto = celula.strip()
    if "@" in texto:
        try:
            validate_email(texto)
        except ValidationError:
            return None
        return TipoDeBloqueio.EMAIL, texto.lower()
    telefone = normalizar_telefone(texto)
    return (TipoDeBloqueio.TELEFONE, telefone.valor) if telefone.valido else None


@transaction.atomic
def incluir(
    *,
    valores: list[tuple[str, str]],
    lista: str,
    em: date,
    por: Usuario,
    nao_entendidas: list[int] | None = None,
) -> Inclusao:
    if not valores:
        raise ListaRecusada("Nenhum telefone nem e-mail se entendeu: confira a primeira coluna do arquivo.")
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM clientes_bloqueio")
        ultimo = cursor.fetchone()[0]
        novos = sum(_gravar(cursor, lote, lista, em, por) for lote in _lotes(valores))
        cursor.execute("SELECT lgpd_bloquear(NULL, NULL, %s)", [ultimo])
        fechados = cursor.fetchone()[0]
    inclusao = Inclusao(novos, len(valores) - novos, fechados, nao_entendidas or [])
    registrar(
        "incluir em lista de bloqueio",
        por=por,
        objeto=lista,
        depois={"novos": novos, "já estavam": inclusao.repetidos, "canais fechados": fechados},
    )
    return inclusao


def _lotes(valores: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    for inicio in range(0, len(valores), _LOTE):
        yield valores[inicio : inicio + _LOTE]


def _gravar(cursor: object, lote: list[tuple[str, str]], lista: str, em: date, por: Usuario) -> int:
    cursor.execute(  # type: ignore[attr-defined]
        """INSERT INTO clientes_bloqueio (tipo, resumo, final, lista, em, por_id, incluido_em)
           SELECT tipo, CASE tipo WHEN 'email' THEN lgpd_resumo_do_email(valor) ELSE lgpd_resumo_do_telefone(valor) END,
                  final, %s, %s, %s, now()
             FROM unnest(%s::text[], %s::text[], %s::text[]) AS v (tipo, valor, final)
           ON CONFLICT DO NOTHING""",
        [lista, em, por.pk, [t for t, _ in lote], [v for _, v in lote], [final_de(t, v) for t, v in lote]],
    )
    return cursor.rowcount  # type: ignore[attr-defined]


def final_de(tipo: str, valor: str) -> str:
    """O bastante para reconhecer: os quatro últimos números, ou o domínio."""
    return valor[-4:] if tipo == TipoDeBloqueio.TELEFONE else f"@{valor.partition('@')[2]}"[-12:]


@transaction.atomic
def tirar(*, bloqueio: Bloqueio, por: Usuario) -> None:
    """Sai da lista; a oposição que ela abriu fica, até alguém a retirar na ficha, com o motivo."""
    objeto = f"{bloqueio.lista}: {bloqueio}"
    bloqueio.delete()
    registrar("tirar de lista de bloqueio", por=por, objeto=objeto)
