"""Um milhão de clientes num banco só das medições: criado uma vez, usado por todas, e apagado a pedido.

Povoa-se em SQL, sem gatilhos, e o recálculo de verdade faz os indicadores. Uma transação que se desfaz não
serviria: sem a limpeza do banco, os índices de cobertura não dispensam a tabela, e a medida seria outra.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from atividade.recalculo import recalcular
from atividade.retratos import fotografar
from clientes.models import Municipio, Segmento
from contas.models import Empresa, Equipe, MembroDeEquipe, Papel, Usuario, Vinculo

BANCO = "carteira_medicao"
MODELO = "template1"  # de que se copiam os bancos que nascem: um já migrado poupa as migrações
HOJE = date(2026, 11, 20)
EQUIPES, POR_EQUIPE = 10, 20

# O acaso é o resumo do número do cliente: o mesmo a cada vez, e sem os períodos de uma conta de resto. Cada vendedor
# tem a sua região de trezentos municípios: sem isso o retrato teria quase uma linha por cliente.
CLIENTES = """
INSERT INTO clientes_cliente (empresa_id, codigo, razao_social, nome_fantasia, documento, documento_valido, cidade, uf,
       municipio_id, segmento_id, porte, perfil, categoria, vendedor_id, equipe_id, telefone, email, bloqueado,
       nao_contatar, encerrado_motivo, fora_do_perfil, adiado_motivo, cadastrado_em, observacao, erp, criado_em,
       atualizado_em)
SELECT %(empresa)s, 'C' || n, 'Cliente ' || n, '', '', false, '', coalesce(m.uf, ''), m.codigo_ibge,
       (%(segmentos)s::bigint[])[1 + (h >> 3) %% 12],
       (ARRAY['', 'MEI', 'Pequeno', 'Médio', 'Grande'])[1 + (h >> 7) %% 5],
       (ARRAY['', 'Revenda', 'Consumo', 'Indústria', 'Serviços', 'Governo'])[1 + (h >> 11) %% 6],
       'cliente', v.usuario_id, v.equipe_id, '', '', false, '{}', '', h %% 97 = 0, '', '2022-01-01', '', '{}',
       now(), now()
  FROM (SELECT n, abs(hashint8(n)::bigint) AS h, abs(hashint8(n + 7777777)::bigint) %% %(pessoas)s AS g
          FROM generate_series(1, %(clientes)s) n) s
  JOIN (SELECT usuario_id, equipe_id, row_number() OVER (ORDER BY usuario_id) - 1 AS k
          FROM contas_membrodeequipe) v ON v.k = s.g
  LEFT JOIN (SELECT codigo_ibge, uf, row_number() OVER (ORDER BY codigo_ibge) - 1 AS k
               FROM clientes_municipio) m ON m.k = (s.g * 27 + (s.h >> 5) %% 300) %% %(municipios)s
"""
# Quem compra muito e quem quase não compra; da equipe medida, dez pedidos por cliente, dos outros, um.
_PEDIDOS = """
INSERT INTO clientes_pedido (empresa_id, numero, cliente_id, data, valor, situacao, conta, vendedor_id, criado_em,
                             atualizado_em)
SELECT %(empresa)s, c.id || '-' || k, c.id,
       %(hoje)s::date - (abs(hashint8(c.id * 31 + k)::bigint) %% (60 + abs(hashint8(c.id)::bigint) %% 1000))::int
                      - CASE WHEN c.id %% 4 = 0 THEN (abs(hashint8(c.id)::bigint) %% 700)::int ELSE 0 END,
       50 + abs(hashint8(c.id * 17 + k)::bigint) %% 400000 / 100.0, 'faturado', true, c.vendedor_id, now(), now()
  FROM clientes_cliente c
 CROSS JOIN LATERAL generate_series(1, CASE WHEN c.equipe_id = %(medida)s THEN 10 ELSE 1 END) k
 WHERE c.empresa_id = %(empresa)s AND c.id %% 20 > 0
"""
INDICADORES = """
INSERT INTO atividade_indicadores (cliente_id, empresa_id, vendedor_id, equipe_id, segmento_id, uf)
SELECT id, empresa_id, vendedor_id, equipe_id, segmento_id, uf FROM clientes_cliente ON CONFLICT DO NOTHING
"""
_SECUNDARIOS = """
SELECT i.indexname, i.indexdef FROM pg_indexes i
 WHERE i.tablename = ANY(%s)
   AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conname = i.indexname)
"""
_DIAS_IGUAIS = """
INSERT INTO atividade_retrato ({colunas}) SELECT {valores} FROM atividade_retrato r,
  generate_series(1, 13) n WHERE r.data = %(hoje)s
"""


@contextmanager
def banco(dizer: Callable[[str], None], clientes: int) -> Iterator[Usuario]:
    """As conexões vão para o banco das medições durante o bloco; devolve o gestor de um décimo da carteira."""
    with no_banco(BANCO) as novo:
        if novo:
            dizer("Criando o banco das medições (alguns minutos; da próxima vez já está feito)…")
        call_command("migrate", verbosity=0, interactive=False)
        if not Usuario.objects.filter(papel=Papel.GESTOR).exists():
            povoar(dizer, clientes)
        yield Usuario.objects.filter(papel=Papel.GESTOR).earliest("pk")


def apagar(nome: str = BANCO) -> None:
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {nome} WITH (FORCE)")


@contextmanager
def no_banco(nome: str, copia_de: str = "") -> Iterator[bool]:
    """As conexões vão para este banco durante o bloco; diz se ele acaba de nascer."""
    # Um banco grande se copia arquivo a arquivo, e não bloco a bloco pelo diário.
    modelo = f"{copia_de} STRATEGY FILE_COPY" if copia_de else MODELO
    connection.close()  # não se copia um banco em que há alguém
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [nome])
        if novo := cursor.fetchone() is None:
            cursor.execute(f"CREATE DATABASE {nome} TEMPLATE {modelo}")
    antes, connection.settings_dict["NAME"] = connection.settings_dict["NAME"], nome
    try:
        yield novo
    finally:
        connection.close()
        connection.settings_dict["NAME"] = antes


def povoar_clientes(clientes: int) -> tuple[Empresa, dict[str, Any]]:
    """A empresa, as suas pessoas e os parâmetros do SQL que a povoa."""
    empresa, medida = _pessoas()
    return empresa, {
        "empresa": empresa.pk,
        "segmentos": _segmentos(empresa),
        "clientes": clientes,
        "pessoas": EQUIPES * POR_EQUIPE,
        # além do último número, quem não tem município
        "municipios": Municipio.objects.count() + 60,
        "hoje": HOJE,
        "medida": medida.pk,
    }


def povoar(dizer: Callable[[str], None], clientes: int) -> None:
    empresa, valores = povoar_clientes(clientes)
    with connection.cursor() as cursor:
        indices = tirar_indices(cursor, ["clientes_cliente", "atividade_indicadores"])
        cursor.execute("SET session_replication_role = replica")
        for nome, sql in (("clientes", CLIENTES), ("pedidos", _PEDIDOS), ("indicadores", INDICADORES)):
            cursor.execute(sql, valores)
            dizer(f"  {cursor.rowcount} {nome} ({timezone.localtime():%H:%M:%S})")
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("ANALYZE")
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE, completo=True)
    dizer(f"  recálculo feito ({timezone.localtime():%H:%M:%S})")
    with connection.cursor() as cursor:
        por_indices(cursor, indices)
        cursor.execute("VACUUM (ANALYZE)")
    dizer(f"  índices feitos ({timezone.localtime():%H:%M:%S})")
    retratar(empresa)
    dizer(f"  retratos prontos ({timezone.localtime():%H:%M:%S})")


def tirar_indices(cursor: Any, tabelas: list[str]) -> list[str]:
    """Os que não guardam uma restrição saem antes da carga e voltam depois: sai muito mais barato."""
    cursor.execute(_SECUNDARIOS, [tabelas])
    indices = cursor.fetchall()
    for nome, _ in indices:
        cursor.execute(f'DROP INDEX "{nome}"')
    return [definicao for _, definicao in indices]


def por_indices(cursor: Any, definicoes: list[str]) -> None:
    cursor.execute("SET maintenance_work_mem = '512MB'")
    for definicao in definicoes:
        cursor.execute(definicao)


def retratar(empresa: Empresa) -> None:
    """O retrato de hoje, e o mesmo em treze fins de mês: a leitura custa o que custaria com treze diferentes."""
    fotografar(empresa=empresa, data=HOJE)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns "
            "WHERE table_name = 'atividade_retrato' AND column_name <> 'id'"
        )
        colunas = [nome for (nome,) in cursor.fetchall()]
        fim = "(date_trunc('month', r.data) - (n - 1) * interval '1 month' - interval '1 day')::date"
        pedaco = ", ".join(fim if c == "data" else f"r.{c}" for c in colunas)
        cursor.execute(_DIAS_IGUAIS.format(colunas=", ".join(colunas), valores=pedaco), {"hoje": HOJE})
        cursor.execute("VACUUM (ANALYZE) atividade_retrato")


def _pessoas() -> tuple[Empresa, Equipe]:
    empresa = Empresa.objects.create(codigo="medida", nome="Medida")
    equipes = [Equipe.objects.create(nome=f"Equipe {n:02}") for n in range(EQUIPES)]
    for n in range(EQUIPES * POR_EQUIPE):
        pessoa = _pessoa(f"vendedor{n}", f"Vendedor {n:03}", Papel.VENDEDOR, empresa)
        MembroDeEquipe.objects.create(
            usuario=pessoa, equipe=equipes[n % EQUIPES], periodo=DateRange(None, None)
        )
    equipes[0].gestores.add(_pessoa("gestor", "Gestora Medida", Papel.GESTOR, empresa))
    _pessoa("admin", "Admin Medida", Papel.ADMIN, empresa)
    return empresa, equipes[0]


def _pessoa(login: str, nome: str, papel: Papel, empresa: Empresa) -> Usuario:
    pessoa: Usuario = Usuario.objects.create_user(email=f"{login}@medida.invalid", nome=nome, papel=papel)
    Vinculo.objects.create(usuario=pessoa, empresa=empresa)
    return pessoa


def _segmentos(empresa: Empresa) -> list[int]:
    return [Segmento.objects.create(empresa=empresa, nome=f"Segmento {n:02}").pk for n in range(12)]
