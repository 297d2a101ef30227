"""Os dados da tabela de medições: um milhão de clientes e dez milhões de pedidos em cinco anos, num banco à parte.

Feitos em SQL de conjunto e sempre iguais: o acaso é o resumo (`hashint8`) do número do cliente e do pedido. Noventa
por cento compram; o número de pedidos é exponencial, um terço parou de comprar, 3% foram cancelados e 1%, devolvidos.
Os pedidos entram em ordem de data, como entrariam numa empresa de verdade.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from atividade.recalculo import recalcular
from atividade.retratos import fotografar
from carteira.medicoes import milhao
from contas.models import Empresa

HOJE = date(2026, 11, 2)  # no começo do mês: os dias seguintes cabem nele, e as medianas não se refazem
PEDIDOS_POR_COMPRADOR = 11

_PEDIDOS = """
INSERT INTO clientes_pedido (empresa_id, numero, cliente_id, data, valor, situacao, conta, vendedor_id, criado_em,
                             atualizado_em)
SELECT %(empresa)s, 'P' || row_number() OVER (ORDER BY dia, id, k), id, dia,
       CASE WHEN sorte = 0 THEN -porte ELSE porte END,
       CASE WHEN sorte = 0 THEN 'devolvido' WHEN sorte < 4 THEN 'cancelado' ELSE 'faturado' END,
       sorte >= 4, vendedor_id, now(), now()
  FROM (SELECT c.id, c.vendedor_id, k,
               c.fim - (c.vida * (k - 1) / c.n
                        + abs(hashint8(c.id * 31 + k)::bigint) %% (c.vida / c.n + 1))::int AS dia,
               round((20 + c.gasto * (50 + abs(hashint8(c.id * 17 + k)::bigint) %% 100)) / 100.0, 2) AS porte,
               abs(hashint8(c.id * 13 + k + 5000000)::bigint) %% 100 AS sorte
          FROM (SELECT id, vendedor_id, gasto, fim, n, least(n * ciclo, 1825 - (%(hoje)s::date - fim)) AS vida
                  FROM (SELECT id, vendedor_id, 1 + abs(hashint8(id + 11)::bigint) %% 4000 AS gasto,
                               5 + abs(hashint8(id + 22)::bigint) %% 56
                                 + abs(hashint8(id + 33)::bigint) %% 120 AS ciclo,
                               1 + floor(-ln((1 + abs(hashint8(id + 44)::bigint) %% 999999) / 1000000.0)
                                         * %(por)s)::int AS n,
                               %(hoje)s::date - (CASE WHEN abs(hashint8(id + 55)::bigint) %% 3 = 0
                                   THEN 60 + abs(hashint8(id + 66)::bigint) %% 1400
                                   ELSE abs(hashint8(id + 66)::bigint) %% 60 END)::int AS fim
                          FROM clientes_cliente WHERE empresa_id = %(empresa)s AND id %% 10 > 0) a) c
         CROSS JOIN generate_series(1, c.n) k) p
"""
# Os de um dia, de clientes que o resumo do dia escolhe. Uma medição interrompida os deixou? Ficam.
_DE_UM_DIA = """
INSERT INTO clientes_pedido (empresa_id, numero, cliente_id, data, valor, situacao, conta, vendedor_id, criado_em,
                             atualizado_em)
SELECT %(empresa)s, 'D' || to_char(%(dia)s::date, 'YYMMDD') || '-' || id, id, %(dia)s,
       10 + abs(hashint8(id)::bigint) %% 90000 / 100.0, 'faturado', true, vendedor_id, now(), now()
  FROM clientes_cliente
 WHERE empresa_id = %(empresa)s AND id %% 10 > 0
   AND abs(hashint8(id * 7 + extract(doy FROM %(dia)s::date)::int)::bigint) %% 180 = 0
ON CONFLICT (empresa_id, numero) DO NOTHING
"""
CARREGADAS = ["clientes_cliente", "clientes_pedido", "atividade_indicadores"]
# A unicidade do número é um índice por texto: mantido linha a linha, custa mais que feito no fim.
_SEM_UNICIDADE = "ALTER TABLE clientes_pedido DROP CONSTRAINT pedido_numero_unico"
_COM_UNICIDADE = "ALTER TABLE clientes_pedido ADD CONSTRAINT pedido_numero_unico UNIQUE (empresa_id, numero)"
Dizer = Callable[[str], None]


def nome_do_banco(clientes: int) -> str:
    return f"carteira_bench_{clientes}"


@contextmanager
def banco(dizer: Dizer, clientes: int) -> Iterator[Empresa]:
    """As conexões vão para o banco deste tamanho durante o bloco; se ele não existe, é feito."""
    with milhao.no_banco(nome_do_banco(clientes)) as novo:
        if novo:
            dizer(f"Fazendo os dados: {clientes:,} clientes…".replace(",", "."))
        call_command("migrate", verbosity=0, interactive=False)
        if not Empresa.objects.filter(referencia__isnull=False).exists():
            povoar(dizer, clientes)
        yield Empresa.objects.get(codigo="medida")


def apagar(clientes: int) -> None:
    milhao.apagar(nome_do_banco(clientes))


def povoar(dizer: Dizer, clientes: int) -> None:
    """Pessoas, clientes e pedidos; depois o recálculo de verdade e o retrato do dia."""

    def feito(o_que: str) -> None:
        dizer(f"  {o_que} ({timezone.localtime():%H:%M:%S})")

    empresa, valores = milhao.povoar_clientes(clientes)
    valores |= {"hoje": HOJE, "por": PEDIDOS_POR_COMPRADOR - 1}
    with connection.cursor() as cursor:
        indices = milhao.tirar_indices(cursor, CARREGADAS)
        cursor.execute(_SEM_UNICIDADE)
        cursor.execute("SET session_replication_role = replica")
        for nome, sql in (
            ("clientes", milhao.CLIENTES),
            ("pedidos", _PEDIDOS),
            ("indicadores", milhao.INDICADORES),
        ):
            cursor.execute(sql, valores)
            feito(f"{cursor.rowcount} {nome}")
        cursor.execute("SET session_replication_role = DEFAULT")
        milhao.por_indices(cursor, [_COM_UNICIDADE, *(i for i in indices if "clientes_pedido" in i)])
        cursor.execute("VACUUM (ANALYZE)")
    feito("índices dos pedidos")
    recalcular(empresa=empresa, referencia=HOJE, hoje=HOJE, completo=True)
    feito("primeiro recálculo")
    with connection.cursor() as cursor:
        milhao.por_indices(cursor, [i for i in indices if "clientes_pedido" not in i])
        cursor.execute("VACUUM (FULL, ANALYZE) atividade_indicadores")
        cursor.execute("VACUUM (ANALYZE)")
    fotografar(empresa=empresa, data=HOJE)
    fotografar(empresa=empresa, data=HOJE.replace(day=1) - timedelta(days=1))
    with connection.cursor() as cursor:
        # o que a limpeza automática faria em um minuto: sem estatísticas, o plano do retrato é outro
        cursor.execute("VACUUM (ANALYZE) atividade_retrato")
    feito("índices e retrato")


def passar_um_dia(empresa: Empresa) -> date:
    """Os pedidos do dia seguinte entram pelos gatilhos de verdade; devolve o dia."""
    assert empresa.referencia_regular is not None
    dia: date = empresa.referencia_regular + timedelta(days=1)
    with connection.cursor() as cursor:
        cursor.execute(_DE_UM_DIA, {"empresa": empresa.pk, "dia": dia})
    return dia
