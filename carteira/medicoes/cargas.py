"""A carga de um arquivo de pedidos: numa tabela vazia, ao lado do COPY sem índice nenhum, e numa tabela viva."""

import tempfile
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import connection

from carteira.medicoes import dados, milhao
from carteira.medicoes.custo import Custo, medir
from clientes.importacao import servico
from clientes.models import Cliente
from contas.models import Empresa

Custos = dict[str, list[Custo]]
BANCO = "carteira_bench_carga"
# O arquivo, como um ERP o exporta. Cada vez com outros números: na tabela viva, todos são pedidos novos.
_ARQUIVO = """
COPY (SELECT '{vez}-' || k AS numero, codigo AS cliente_codigo,
             '{hoje}'::date - (abs(hashint8(k)::bigint) % 1800)::int AS data,
             replace(round(10 + abs(hashint8(k * 3)::bigint) % 900000 / 100.0, 2)::text, '.', ',') AS valor,
             'faturado' AS situacao
        FROM generate_series(1, {linhas}) k
        JOIN (SELECT codigo, row_number() OVER (ORDER BY id) - 1 AS n
                FROM clientes_cliente WHERE empresa_id = {empresa}) c
          ON c.n = abs(hashint8(k * 7)::bigint) % {clientes})
  TO STDOUT (FORMAT csv, HEADER, DELIMITER ';')
"""
# O chão: as mesmas linhas, com todas as colunas já prontas, numa tabela igual e sem índice, chave nem gatilho.
_NUA = "CREATE TABLE medida_nua (LIKE clientes_pedido INCLUDING DEFAULTS)"
_DESPEJO = (
    "COPY (SELECT * FROM clientes_pedido WHERE empresa_id = {empresa} AND numero LIKE '{vez}-%') TO STDOUT"
)


def medir_vazia(clientes: int, linhas: int, vezes: int, dizer: Callable[[str], None]) -> Custos:
    """Num banco só dela: os clientes já lá, e nenhum pedido a cada vez."""
    custos: Custos = defaultdict(list)
    milhao.apagar(BANCO)
    with milhao.no_banco(BANCO), tempfile.TemporaryDirectory() as pasta:
        call_command("migrate", verbosity=0, interactive=False)
        empresa = _clientes(clientes)
        for n in range(vezes):
            arquivo = escrever(Path(pasta), empresa, linhas, "V")
            custos["carga_vazia"].append(_importar(arquivo, empresa, linhas))
            custos["copy_nu"].append(_copy_nu(Path(pasta), empresa, linhas, "V"))
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE clientes_pedido CASCADE")
            dizer(f"  carga na tabela vazia, {n + 1} de {vezes}")
    milhao.apagar(BANCO)
    return custos


def medir_viva(empresa: Empresa, linhas: int, vezes: int, dizer: Callable[[str], None]) -> Custos:
    """No banco cheio; depois de medida, o que entrou sai."""
    custos: Custos = defaultdict(list)
    with tempfile.TemporaryDirectory() as pasta:
        for n in range(vezes):
            arquivo = escrever(Path(pasta), empresa, linhas, f"T{n}")
            custos["carga_viva"].append(_importar(arquivo, empresa, linhas))
            custos["copy_nu_viva"].append(_copy_nu(Path(pasta), empresa, linhas, f"T{n}"))
            with connection.cursor() as cursor:
                cursor.execute(
                    "DELETE FROM clientes_pedido WHERE empresa_id = %s AND numero LIKE 'T%%'", [empresa.pk]
                )
            dizer(f"  carga na tabela viva, {n + 1} de {vezes}")
    return custos


def _clientes(quantos: int) -> Empresa:
    empresa, valores = milhao.povoar_clientes(quantos)
    with connection.cursor() as cursor:
        cursor.execute(milhao.CLIENTES, valores)
        cursor.execute("VACUUM (ANALYZE)")
    return empresa


def escrever(pasta: Path, empresa: Empresa, linhas: int, vez: str) -> Path:
    arquivo = pasta / "pedidos.csv"
    clientes = Cliente.objects.filter(empresa=empresa).count()
    sql = _ARQUIVO.format(vez=vez, hoje=dados.HOJE, linhas=linhas, empresa=empresa.pk, clientes=clientes)
    _despejar(sql, arquivo)
    return arquivo


def _despejar(sql: str, arquivo: Path) -> None:
    with connection.cursor() as cursor, cursor.copy(sql) as copia, arquivo.open("wb") as saida:
        for pedaco in copia:
            saida.write(pedaco)


def _copy_nu(pasta: Path, empresa: Empresa, linhas: int, vez: str) -> Custo:
    """As linhas que a importação acaba de gravar, outra vez: só o COPY delas se mede."""
    arquivo = pasta / "pedidos.copy"
    _despejar(_DESPEJO.format(empresa=empresa.pk, vez=vez), arquivo)

    def copiar() -> None:
        comando = "COPY medida_nua FROM STDIN"
        with connection.cursor() as cursor, arquivo.open("rb") as origem, cursor.copy(comando) as copia:
            while pedaco := origem.read(1 << 20):
                copia.write(pedaco)

    with connection.cursor() as cursor:
        cursor.execute(_NUA)
        custo = medir(copiar, linhas=linhas)
        cursor.execute("DROP TABLE medida_nua")
    return custo


def _importar(arquivo: Path, empresa: Empresa, linhas: int) -> Custo:
    feito: dict[str, Any] = {}

    def importar() -> None:
        opcoes = servico.Opcoes("pedidos", empresa, lembrar=False)
        feito["resultado"] = servico.aplicar(arquivo, opcoes, por=None, hoje=_hoje(empresa))

    custo = medir(importar, linhas=linhas)
    if not feito["resultado"].gravado:
        raise RuntimeError("o arquivo da medição foi recusado")
    return custo


def _hoje(empresa: Empresa) -> date:
    return empresa.referencia or dados.HOJE
