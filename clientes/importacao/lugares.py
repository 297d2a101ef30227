"""Municípios pelo nome e UF: sem acentos, também cortados ("SAO JOSE DO RIO P"), quando só um serve."""

import re
from bisect import bisect_left
from collections import defaultdict
from typing import NamedTuple

from django.db import connection

from clientes.importacao.staging import Carga
from clientes.models import Municipio
from clientes.models.lugar import UFS
from contas.texto import chave_de_nome

_LIMITE = 50_000
_MINIMO_DO_PREFIXO = 4
_COM_UF = re.compile(r"(.+?)\s*[/\-–(]\s*([A-Za-z]{2})\)?")
_PONTUACAO = re.compile(r"[^a-z0-9]+")


class Lugar(NamedTuple):
    cidade: str
    uf: str
    municipio: int | None


class _Mapa:
    """Os 5.571 municípios na memória, por UF e em ordem, para achar prefixos."""

    def __init__(self) -> None:
        self._exatos: dict[tuple[str, str], int] = {}
        self._por_nome: dict[str, list[tuple[str, int]]] = defaultdict(list)
        self._ordenados: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for codigo, nome, uf in Municipio.objects.values_list("codigo_ibge", "nome_chave", "uf"):
            chave = _chave(nome)
            self._exatos[chave, uf] = codigo
            self._por_nome[chave].append((uf, codigo))
            self._ordenados[uf].append((chave, codigo))
        for nomes in self._ordenados.values():
            nomes.sort()

    def achar(self, cidade: str, uf: str) -> Lugar:
        achado = _COM_UF.fullmatch(cidade)
        if achado and achado[2].upper() in UFS and uf in {"", achado[2].upper()}:
            cidade, uf = achado[1], achado[2].upper()
        chave = _chave(cidade)
        if not uf:
            iguais = self._por_nome.get(chave, [])
            return Lugar(cidade, *iguais[0]) if len(iguais) == 1 else Lugar(cidade, "", None)
        return Lugar(cidade, uf, self._exatos.get((chave, uf)) or self._por_prefixo(chave, uf))

    def _por_prefixo(self, chave: str, uf: str) -> int | None:
        nomes = self._ordenados[uf]
        inicio = bisect_left(nomes, (chave, 0))
        candidatos = [codigo for nome, codigo in nomes[inicio : inicio + 2] if nome.startswith(chave)]
        return candidatos[0] if len(candidatos) == 1 and len(chave) >= _MINIMO_DO_PREFIXO else None


def _chave(nome: str) -> str:
    return _PONTUACAO.sub(" ", chave_de_nome(nome)).strip()


def reconhecer(cidade: str, uf: str) -> Lugar:
    """O município de um nome digitado, como a importação o leria."""
    return _Mapa().achar(cidade, uf)


def trocar_codigos_do_ibge(carga: Carga) -> None:
    """O código do IBGE vira o nome e a UF do município: o nome escrito ao lado só vale se o código não se acha."""
    if not carga.tem("municipio_ibge"):
        return
    with connection.cursor() as cursor:
        for coluna in ("cidade", "uf"):
            if not carga.tem(coluna):
                cursor.execute(f'ALTER TABLE _carga ADD COLUMN {coluna} text COLLATE "C"')
                carga.colunas.append(coluna)
        cursor.execute(
            f"""SELECT municipio_ibge, coalesce(uf, ''), count(*), min(linha) FROM _carga
                WHERE municipio_ibge <> '' GROUP BY 1, 2 ORDER BY 4 LIMIT {_LIMITE}"""
        )
        escritos = cursor.fetchall()
        achados = _municipios_dos_codigos([(codigo, uf) for codigo, uf, _, _ in escritos])
        cursor.execute(
            "CREATE TEMP TABLE _ibges (codigo text, uf text, nome text, uf_final text) ON COMMIT DROP"
        )
        with cursor.copy("COPY _ibges FROM STDIN") as copia:
            for (codigo, uf), (nome, sigla) in achados.items():
                copia.write_row((codigo, uf, nome, sigla))
        cursor.execute(
            """UPDATE _carga s SET cidade = i.nome, uf = i.uf_final FROM _ibges i
               WHERE i.codigo = s.municipio_ibge AND i.uf = coalesce(s.uf, '')"""
        )
        cursor.execute("DROP TABLE _ibges")
    for codigo, uf, vezes, linha in escritos:
        if (codigo, uf) not in achados:
            carga.avisos.contar(
                linha, carga.rotulo("municipio_ibge"), "código do IBGE não reconhecido", f"{codigo} {uf}".strip(), vezes
            )  # fmt: skip


def _municipios_dos_codigos(pares: list[tuple[str, str]]) -> dict[tuple[str, str], tuple[str, str]]:
    """(código, UF do arquivo) → (nome, UF): cinco dígitos só dizem qual é com a UF ao lado."""
    inteiros: dict[str, tuple[str, str]] = {}
    for codigo, nome, uf in Municipio.objects.values_list("codigo_ibge", "nome", "uf"):
        inteiros[str(codigo)] = inteiros[str(codigo)[:6]] = inteiros[f"{codigo % 100_000:05}{uf}"] = (
            nome,
            uf,
        )
    chaves = {(codigo, uf): f"{codigo}{uf}" if len(codigo) == 5 else codigo for codigo, uf in pares}
    return {par: inteiros[chave] for par, chave in chaves.items() if chave in inteiros}


def resolver_lugares(carga: Carga) -> None:
    """Enche `_lugares` com o que cada par (cidade, UF) do arquivo quer dizer."""
    with connection.cursor() as cursor:
        cursor.execute(
            'CREATE TEMP TABLE _lugares (cidade text COLLATE "C", uf text COLLATE "C", cidade_final text, uf_final text, '
            "municipio_id integer) ON COMMIT DROP"
        )
        if not carga.tem("cidade"):
            return
        uf = "coalesce(uf, '')" if carga.tem("uf") else "''"
        cursor.execute(
            f"SELECT cidade, {uf}, count(*), min(linha) FROM _carga WHERE cidade <> '' GROUP BY 1, 2 ORDER BY 4 LIMIT {_LIMITE}"
        )
        linhas = cursor.fetchall()
        mapa = _Mapa()
        achados = [(linha, mapa.achar(linha[0], linha[1])) for linha in linhas]
        with cursor.copy("COPY _lugares FROM STDIN") as copia:
            for (cidade, sigla, _, _), lugar in achados:
                copia.write_row((cidade, sigla, *lugar))
        cursor.execute("ANALYZE _lugares")
    for (cidade, sigla, vezes, linha), lugar in achados:
        if lugar.municipio is None:
            nome = f"{cidade}/{sigla}" if sigla else cidade
            carga.avisos.contar(
                linha,
                carga.rotulo("municipio"),
                "município não reconhecido, guardado como texto",
                nome,
                vezes,
            )
