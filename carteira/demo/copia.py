"""COPY a partir dos modelos: o que a linha não diz fica com o valor padrão do campo."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db import connection, models
from django.utils import timezone
from psycopg.types.json import Jsonb


def reservar_ids(modelo: type[models.Model], quantos: int) -> list[int]:
    """Ids tirados da sequência da tabela: quem mais escrever nela não colide."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [modelo._meta.db_table, quantos],
        )
        return [linha[0] for linha in cursor.fetchall()]


def _padroes(modelo: type[models.Model], faltam: set[str]) -> dict[str, Any]:
    agora = timezone.now()
    padroes = {}
    for campo in modelo._meta.concrete_fields:
        if campo.attname not in faltam:
            continue
        automatico = getattr(campo, "auto_now", False) or getattr(campo, "auto_now_add", False)
        padroes[campo.attname] = agora if automatico else campo.get_default()
    return padroes


def copiar(modelo: type[models.Model], linhas: Iterable[Mapping[str, Any]]) -> int:
    """Escreve as linhas de uma vez; todas têm as mesmas chaves (nomes de coluna). Devolve quantas foram."""
    restantes: Iterator[Mapping[str, Any]] = iter(linhas)
    primeira = next(restantes, None)
    if primeira is None:
        return 0
    campos = [
        c
        for c in modelo._meta.concrete_fields
        if not c.generated and (not c.primary_key or c.attname in primeira)
    ]
    colunas = [c.attname for c in campos]
    padroes = _padroes(modelo, set(colunas) - set(primeira))
    em_json = [n for n, c in enumerate(campos) if isinstance(c, models.JSONField)]

    def valores(linha: Mapping[str, Any]) -> list[Any]:
        completa = {**padroes, **linha}
        lista = [completa[nome] for nome in colunas]
        for n in em_json:
            lista[n] = None if lista[n] is None else Jsonb(lista[n])
        return lista

    quantas = 1
    lista = ", ".join(f'"{c.column}"' for c in campos)
    with (
        connection.cursor() as cursor,
        cursor.copy(f'COPY "{modelo._meta.db_table}" ({lista}) FROM STDIN') as copia,
    ):
        copia.write_row(valores(primeira))
        for linha in restantes:
            copia.write_row(valores(linha))
            quantas += 1
    return quantas
